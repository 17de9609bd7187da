"""Every place where words from outside can stand away from the desk: at signing in, at the lock, at the admin's and the
auditor's screens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import update

from console.model.officer import Officer
from console.store import tables as t
from console.ui.modals.confirm import Confirm
from console.ui.modals.officer_forms import AddOfficer, GrantStation, ResetPassword
from console.ui.screens.admin import AdminScreen
from console.ui.screens.audit_screen import AuditScreen
from console.ui.screens.locked import LockScreen
from console.ui.screens.presence import LOOK_EVERY_S
from console.ui.screens.sign_in import SignInScreen
from console.ui.widgets.sign_in_form import MOST, Row
from tests.hostile_station import SUPERVISOR
from tests.ui.small_station import LI, NIGHT
from tests.ui.tour import Place, Tour, keys, typed

Reach = Callable[[Tour], Awaitable[object]]

MOST_FIELD: Final = 100
"""Characters pasted into a short field."""


def into_form(row: Row, then: tuple[str, ...] = ()) -> Reach:
    """The words into that line of the form, which takes none that an English keyboard does not type; behind them a tag
    that it takes."""

    async def reach(tour: Tour) -> None:
        asks = tour.screen
        assert isinstance(asks, SignInScreen)
        while asks.form._row is not row:
            await tour.press("up")
        await tour.press("ctrl+u")
        await tour.paste(tour.words[: MOST - 50])
        await tour.paste("QZZ")
        await tour.press(*then)

    return reach


async def into_reason(tour: Tour) -> None:
    """The same where one chooses: another code first, so that there is a reason."""
    await into_form(Row.CODE)(tour)
    await tour.press("enter")
    await tour.paste(tour.words)


async def wrong_code(tour: Tour) -> None:
    """Nobody's code, and a password."""
    await tour.sign_in("[/]QZZ[@click=app.quit]", "[/] not this one")
    await tour.console.sees("do not go together")


async def disabled_meanwhile(tour: Tour) -> None:
    """The officer at the desk, whose code is hostile, is disabled."""
    officer = t.officer.c
    gone = tour.console.app.presence.officer
    assert gone is not None
    await tour.console.other.write(
        lambda conn: conn.execute(update(t.officer).where(officer.id == gone.id).values(disabled_at=NIGHT)).close()
    )
    presence = tour.console.app.presence
    later_s = presence.awake_s() + LOOK_EVERY_S
    presence.awake_s = lambda: later_s
    presence.tick()
    await tour.console.until(lambda: isinstance(tour.screen, SignInScreen), "nobody notices")


async def taken_over(tour: Tour) -> None:
    """A supervisor of a hostile name goes on at the desk of another one."""
    await tour.sign_in(SUPERVISOR.code)
    await tour.console.until(lambda: tour.screen is tour.desk, "it is not taken over")
    await tour.console.sees("● live")


async def given(tour: Tour) -> None:
    """The officer who stands in the settings, whose code is hostile."""
    await tour.sign_in("")
    await tour.console.until(lambda: tour.screen is tour.desk, "the settings' officer does not get in")
    await tour.console.sees("● live")


async def refused(tour: Tour) -> None:
    """The same, once disabled."""
    await tour.sign_in("")
    await tour.console.sees("The officer")


def form(opening: str, *fields: str, of: type[object], then: tuple[str, ...] = (), about: Officer = LI) -> Reach:
    """A form about that officer: what to type into each field (`{words}` for the words)."""

    async def reach(tour: Tour) -> None:
        screen = tour.screen
        assert isinstance(screen, AdminScreen)
        while screen._line is None or screen._line.id != about.id:
            await tour.press("down")
        await tour.press(opening)
        await tour.console.until(lambda: isinstance(tour.screen, of), "no form")
        await tour.console.pilot.pause()
        for field in fields:
            await tour.paste(field.replace("{words}", f"QZZ{tour.words[:MOST_FIELD]}"))
            await tour.press("tab")
        await tour.press(*then)

    return reach


def asked(words: str) -> Reach:
    """What the auditor asks for, taken or refused."""
    return typed("slash", words=words, then=("enter", "home"))


async def verified(tour: Tour) -> None:
    await tour.press("V")
    await tour.console.sees("First bad entry")


LOCK: Final = (
    Place("lock: over a question", ("QOC", "QON", "Password"), keys("e", "ctrl+l"), stays=LockScreen),
    Place("lock: another code", ("Code", "QZZ"), into_form(Row.CODE), seat=Tour.lock, stays=LockScreen),
    Place("lock: the reason", ("Reason", "went home"), into_reason, seat=Tour.lock, stays=LockScreen),
    Place("lock: the password", ("QOC", "Password"), into_form(Row.PASSWORD), seat=Tour.lock, stays=LockScreen),
    Place("lock: no supervisor's code", ("QZZ",), wrong_code, seat=Tour.lock, stays=LockScreen),
    Place("lock: taken over", ("QON", "QRF"), taken_over, seat=Tour.lock),
    Place("lock: the officer's name", ("QON",), keys(), seat=Tour.lock, stays=LockScreen),
)
"""The first ones at the desk of who is there at the beginning, whose code is hostile."""

SIGN_IN: Final = (
    Place("sign-in: the settings' officer", ("QON", "QRF"), given, seat=Tour.sign_off),
    Place("sign-in: disabled meanwhile", ("QOC", "was disabled"), disabled_meanwhile, stays=SignInScreen),
    Place("sign-in: disabled", ("QOC",), refused, seat=Tour.sign_off, stays=SignInScreen),
    Place("sign-in: the code", ("QZZ",), into_form(Row.CODE), seat=Tour.sign_off, stays=SignInScreen),
    Place("sign-in: the password", ("Password",), into_form(Row.PASSWORD), seat=Tour.sign_off, stays=SignInScreen),
    Place("sign-in: nobody's code", ("QZZ",), wrong_code, seat=Tour.sign_off, stays=SignInScreen),
)

ADMIN: Final = tuple(
    Place(name, tags, reach, seat=Tour.be_admin, stays=stays)
    for name, tags, reach, stays in (
        ("admin: the officers", ("QOC", "QON", "QSC"), keys(), AdminScreen),
        ("admin: the filter", ("QZZ", "0 officers"), typed("slash", then=("home",), most=MOST_FIELD), AdminScreen),
        ("admin: an officer found", ("QOC", "1 officer"), typed("slash", words=LI.code, then=("enter",)), AdminScreen),
        ("admin: add", ("QZZ", "Input method"), form("a", "值{words}", "{words}", of=AddOfficer), AddOfficer),
        ("admin: stations", ("QOC", "QON", "QSC"), form("t", of=GrantStation), GrantStation),
        ("admin: a station and a day", ("QOC",), form("t", "{words}", "{words}", of=GrantStation), GrantStation),
        (
            "admin: no such station",
            ("QZS",),
            form("t", "[/]QZS", of=GrantStation, then=("enter",), about=SUPERVISOR),
            AdminScreen,
        ),
        ("admin: another password", ("QOC", "QON"), form("w", "{words}", of=ResetPassword), ResetPassword),
        ("admin: disable", ("QOC", "Disable"), form("x", of=Confirm), Confirm),
        ("admin: a code nobody types", ("QOC",), form("x", of=Confirm, then=("y",)), AdminScreen),
        ("admin: locked", ("QON",), keys("ctrl+l"), LockScreen),
    )
)

AUDIT: Final = tuple(
    Place(name, tags, reach, pages, seat=Tour.be_auditor, stays=AuditScreen)
    for name, tags, reach, pages in (
        ("audit: entries, each as a whole", ("QSC", "QOC", "QRF", "QAB", "QON"), keys(), "j"),
        ("audit: the filter", ("QZZ",), typed("slash"), ""),
        ("audit: a wrong term", ("QZZ",), asked("{words}"), ""),
        ("audit: a wrong action", ("QZZ",), asked("action:{words}"), ""),
        ("audit: a wrong time", ("QZZ",), asked("since:{words} tip:x"), ""),
        ("audit: nobody", ("QZZ",), asked("officer:{words}"), ""),
        ("audit: no such tip", ("QZZ",), asked("tip:{words}"), ""),
        ("audit: verified", ("QSC", "not whole", "First bad"), verified, ""),
        ("audit: no tip of the station", ("QZS",), asked("station:[/]QZS"), ""),
    )
)

DOORS: Final = (*LOCK, *SIGN_IN, *ADMIN, *AUDIT)
