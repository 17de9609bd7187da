"""Signing in, locking and taking over at the screen, by keys alone: who gets in, what is hidden, what is still there
afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update
from textual import events

from console import desk
from console.model.audit import AuditAction
from console.model.tip import Urgency
from console.settings import DeskSettings, Settings
from console.store import Store
from console.store import tables as t
from console.ui.modals.note_tip import NoteTip
from console.ui.screens import going
from console.ui.screens.locked import LockScreen
from console.ui.screens.presence import LOOK_EVERY_S
from console.ui.screens.sign_in import SignInScreen
from tests.passwords import PASSWORD
from tests.ui.console_host import Console, console, unsigned_console
from tests.ui.small_station import TIPS, ZHOU, settings_in
from tests.until import until

WORDS = ("聚众", "赌博", "沪A12345", "sofa", "fire exit", "Loud music", "Weihai", "Kangding", "JNL-1121", "gambling")
"""Of the tips, in every pane."""


def asked(folder: Path, **more: object) -> Settings:
    """Settings by which nobody signs in by themselves."""
    return settings_in(folder, officer=None, password_file=None, **more)


def nothing_of_the_tips(one: Console) -> None:
    """In what would be painted, and in what stands there."""
    strips = one.app.screen._compositor.render_strips()
    painted = "\n".join("".join(segment.text for segment in strip) for strip in strips)
    for words in WORDS:
        assert words not in painted
        assert not one.shows(words)


async def written(one: Console) -> list[str]:
    a = t.audit.c
    query = select(a.action).where(a.station_id == 1, a.tip_id.is_(None)).order_by(a.seq)
    return list(await one.other.read(lambda conn: conn.scalars(query).all()))


async def type_in(one: Console, *lines: str) -> None:
    """Each line, then Enter."""
    for line in lines:
        await one.press(*["space" if letter == " " else letter for letter in line], "enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_code_and_password_lead_to_the_desk(tmp_path: Path, size: tuple[int, int]) -> None:
    async with unsigned_console(asked(tmp_path), size) as one:
        await one.sees("Sign in")
        nothing_of_the_tips(one)
        await type_in(one, "jnl-007", PASSWORD)
        await one.sees("● live")
        await one.sees("Loud music")
        assert await written(one) == [AuditAction.SIGNED_IN]


async def test_a_desk_that_shows_whole_numbers_writes_down_who_signed_in(tmp_path: Path) -> None:
    async with unsigned_console(asked(tmp_path, desk=DeskSettings(mask=False)), (80, 24)) as one:
        await one.sees("Sign in")
        await type_in(one, "jnl-007", PASSWORD)
        await one.sees("Loud music")
        assert await written(one) == [AuditAction.SIGNED_IN, AuditAction.NUMBERS_SHOWN]


async def test_a_password_typed_ahead_does_not_stand_in_the_code(tmp_path: Path) -> None:
    """All keys are there before the first has had its effect."""
    async with unsigned_console(asked(tmp_path), (80, 24)) as one:
        await one.sees("Sign in")
        for key in ("J", "N", "L", "-", "0", "0", "7", "enter", *"secret"):
            one.app.post_message(events.Key(key, key if len(key) == 1 else None))
        screen = one.app.screen
        assert isinstance(screen, SignInScreen)
        await one.until(lambda: screen.form.password == "secret", "it stands elsewhere")
        assert screen.form.code == "JNL-007"


async def test_a_wrong_password_is_said_and_can_be_typed_again(tmp_path: Path) -> None:
    async with unsigned_console(asked(tmp_path), (80, 24)) as one:
        await one.sees("Sign in")
        await type_in(one, "JNL-007", "not this one")
        await one.sees("4 more tries")
        await type_in(one, PASSWORD)
        await one.sees("● live")


async def test_after_five_the_wait_is_counted_down(tmp_path: Path) -> None:
    async with unsigned_console(asked(tmp_path), (80, 24)) as one:
        await one.sees("Sign in")
        await type_in(one, "JNL-007")
        for _ in range(5):
            await type_in(one, "not this one")
            await one.until(lambda: one.app.screen.form.password == "", "it is not tried")  # type: ignore[attr-defined]
        await one.sees("wait 30 s")
        one.clock.move(seconds=20)
        await one.sees("wait 10 s")
        await type_in(one, PASSWORD)
        await one.sees("wait 10 s")
        one.clock.move(seconds=11)
        await one.sees("Try again.")
        await one.press("enter")
        await one.sees("● live")


async def test_a_disabled_officer_is_told_so(tmp_path: Path) -> None:
    async with unsigned_console(asked(tmp_path), (80, 24)) as one:
        await disable(one)
        await one.sees("Sign in")
        await type_in(one, "JNL-007", PASSWORD)
        await one.sees("JNL-007 is disabled: ask an admin.")


async def test_an_input_method_is_told_and_full_width_letters_are_taken(tmp_path: Path) -> None:
    async with unsigned_console(asked(tmp_path), (80, 24)) as one:
        await one.sees("Sign in")
        one.app.post_message(events.Paste("值班"))
        await one.sees("Input method is on")
        one.app.post_message(events.Paste("ＪＮＬ－００７"))
        await one.press("enter")
        one.app.post_message(events.Paste(PASSWORD))
        await one.press("enter")
        await one.sees("● live")


async def test_a_password_file_others_may_read_is_refused_and_one_is_asked(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    assert settings.password_file is not None
    settings.password_file.chmod(0o644)
    async with unsigned_console(settings, (80, 24)) as one:
        await one.sees("Others may read the password file")
        await type_in(one, PASSWORD)
        await one.sees("● live")


async def test_what_lies_over_the_desk_is_dead_before_somebody_signs_in(tmp_path: Path) -> None:
    async with unsigned_console(asked(tmp_path), (80, 24)) as one:
        await one.sees("Sign in")
        for key in ("ctrl+p", "f1", "ctrl+l", "f4", "f5"):
            await one.press(key)
            assert type(one.app.screen) is SignInScreen


# ── the lock ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@asynccontextmanager
async def locked(tmp_path: Path, *keys: str, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Console]:
    """Zhou's desk, locked after these keys."""
    async with console(settings_in(tmp_path), size) as one:
        await one.press(*keys, "ctrl+l")
        assert isinstance(one.app.screen, LockScreen)
        await one.sees("Locked")
        yield one


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=str)
async def test_a_locked_desk_shows_counts_and_alarms_and_no_word(tmp_path: Path, size: tuple[int, int]) -> None:
    async with locked(tmp_path, size=size) as one:
        nothing_of_the_tips(one)
        await one.sees("4 open")
        assert one.shows("alarm 0")
        assert one.shows("JNL-007")
        await until_written(one, AuditAction.LOCKED)


@pytest.mark.parametrize(
    "keys",
    [
        ("r",),
        ("e",),
        ("f3",),
        ("question_mark",),
        ("ctrl+p",),
        ("slash", "s", "o"),
        ("colon", "g"),
        ("f4",),
    ],
    ids=" ".join,
)
async def test_it_locks_over_everything_and_what_was_open_is_there_again(tmp_path: Path, keys: tuple[str, ...]) -> None:
    """But for the question whether to leave: whoever comes to a locked desk may ask that anew (`test_twice`)."""
    async with console(settings_in(tmp_path), (80, 24)) as one:
        await one.press(*keys)
        await one.pilot.pause()
        before, focused = one.app.screen, one.app.screen.focused
        await one.press("ctrl+l")
        assert isinstance(one.app.screen, LockScreen)
        await one.pilot.pause()
        nothing_of_the_tips(one)
        await type_in(one, PASSWORD)
        await one.until(lambda: not isinstance(one.app.screen, LockScreen), "still locked")
        assert (one.app.screen, one.app.screen.focused) == (before, focused)


async def test_a_question_that_comes_late_does_not_lie_over_the_lock(tmp_path: Path) -> None:
    """r reads the agencies first; ^L is faster."""
    async with console(settings_in(tmp_path), (80, 24)) as one:
        one.app.desk_screen.action_refer_tip()
        one.app.action_lock()
        for _ in range(20):
            await one.pilot.pause(0.02)
            assert isinstance(one.app.screen, LockScreen)
        nothing_of_the_tips(one)
        await type_in(one, PASSWORD)
        await one.sees("Fire brigade")


async def test_drafts_and_the_place_survive(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (120, 40)) as one:
        await one.press("j", "e")
        await one.press(*"half a note")
        line = one.line
        await one.press("ctrl+l")
        await type_in(one, PASSWORD)
        await one.until(lambda: isinstance(one.app.screen, NoteTip), "the note is gone")
        assert one.shows("half a note")
        await one.press("enter")
        await one.becomes(3, lambda tip: tip.version == 2)
        assert one.line.id == line.id


async def test_a_wrong_password_leaves_it_locked(tmp_path: Path) -> None:
    async with locked(tmp_path) as one:
        await type_in(one, "not this one")
        await one.sees("4 more tries")
        assert isinstance(one.app.screen, LockScreen)
        nothing_of_the_tips(one)
        await until_written(one, AuditAction.UNLOCK_FAILED)


async def test_new_tips_and_alarms_are_counted_while_it_is_locked(tmp_path: Path) -> None:
    async with locked(tmp_path) as one:
        rung: list[bool] = []
        one.app.bell = lambda: rung.append(True)  # type: ignore[method-assign]
        tip = replace(TIPS[0], source_key="late", urgency=Urgency.ALARM)
        await desk.receive_tips(one.other, one.vault, [tip])
        await one.sees("5 open")
        await one.sees("⚠ 1 ALARM")
        await one.until(lambda: bool(rung), "it does not ring")
        nothing_of_the_tips(one)


async def test_an_idle_desk_locks_by_itself(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (80, 24)) as one:
        presence = one.app.presence
        gone = [presence.awake_s()]
        presence.awake_s = lambda: gone[0]
        await one.press("j")
        gone[0] += 299
        presence.tick()
        assert not presence.is_locked
        await one.press("k")
        gone[0] += 299
        presence.tick()
        assert not presence.is_locked
        gone[0] += 1
        presence.tick()
        assert isinstance(one.app.screen, LockScreen)
        nothing_of_the_tips(one)
        await until_written(one, AuditAction.LOCKED)


async def test_an_idle_desk_stays_open_when_that_is_set(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    never = replace(settings.desk, idle_lock_s=0)
    async with console(replace(settings, desk=never), (80, 24)) as one:
        one.app.presence.awake_s = lambda: 1e9
        one.app.presence.tick()
        assert not one.app.presence.is_locked


async def test_a_supervisor_takes_over_with_a_reason(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (120, 40)) as one:
        await one.press("c")
        await one.becomes(4, lambda tip: tip.claimed_by == ZHOU.id)
        await one.press("e", *"a draft of Zhou", "ctrl+l")
        await one.press("shift+tab", *["backspace"] * 7)
        await type_in(one, "jnl-001")
        await one.sees("Reason")
        await one.press("2", "enter")
        await type_in(one, PASSWORD)
        await one.sees("Chen Wei")
        await one.sees("● live")
        await one.sees("You have taken over from JNL-007, whose claims are free again.")
        assert one.app.screen is one.app.desk_screen
        assert not one.app.desk_screen.has_words
        tip = await one.becomes(4, lambda tip: tip.claimed_by is None)
        file = await desk.tip_file(one.other, ZHOU, 1, tip.id)
        assert file.history[-1].why == "JNL-001 took over the desk: taken ill"
        await until_written(one, AuditAction.TAKEN_OVER)
        await one.press("c")
        await one.becomes(4, lambda tip: tip.claimed_by == 9)


async def test_a_colleague_does_not_take_over(tmp_path: Path) -> None:
    async with locked(tmp_path) as one:
        await one.press("shift+tab", *["backspace"] * 7)
        await type_in(one, "jnl-008", "", PASSWORD)
        await one.sees("Only a supervisor takes over")
        nothing_of_the_tips(one)
        await one.press("up", "up", "backspace", "1")
        await one.until(lambda: not one.shows("Only a supervisor"), "it was said of another code")


# ── while somebody is there ──────────────────────────────────────────────────────────────────────────────────────────
async def test_signing_off_gives_claims_back_and_asks_who_is_next(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (120, 40)) as one:
        await one.press("c")
        await one.becomes(4, lambda tip: tip.claimed_by == ZHOU.id)
        await one.press("colon", *"sign-off", "enter")
        await one.sees("Sign off?")
        await one.press("enter")
        await one.sees("Sign in")
        nothing_of_the_tips(one)
        await one.becomes(4, lambda tip: tip.claimed_by is None)
        await one.press("shift+tab", *["backspace"] * 7)
        await type_in(one, "jnl-008", PASSWORD)
        await one.sees("Li Na")
        await one.sees("● live")


async def test_leaving_gives_claims_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going, "_SIGN_OFF_S", 60.0)
    async with console(settings_in(tmp_path), (80, 24)) as one:
        await one.press("c")
        await one.becomes(4, lambda tip: tip.claimed_by == ZHOU.id)
        await one.press("ctrl+q", "y")
        await one.becomes(4, lambda tip: tip.claimed_by is None)


async def test_a_grant_that_ends_takes_its_station_off_the_screen(tmp_path: Path) -> None:
    async with unsigned_console(settings_in(tmp_path), (120, 40), ends_in=timedelta(minutes=5)) as one:
        await one.sees("● live")
        assert [station.code for station in one.app.desk_screen.sight.stations] == ["CJD", "JNL"]
        one.clock.move(minutes=6)
        gone = one.app.presence.awake_s() + LOOK_EVERY_S
        one.app.presence.awake_s = lambda: gone
        one.app.presence.tick()
        await one.sees("Your grant has ended: CJD.")
        assert [station.code for station in one.app.desk_screen.sight.stations] == ["JNL"]
        await one.sees("Loud music")


async def test_an_officer_who_is_disabled_meanwhile_is_signed_off(tmp_path: Path) -> None:
    async with console(settings_in(tmp_path), (80, 24)) as one:
        await disable(one)
        gone = one.app.presence.awake_s() + LOOK_EVERY_S
        one.app.presence.awake_s = lambda: gone
        one.app.presence.tick()
        await one.sees("JNL-007 was disabled meanwhile.")
        nothing_of_the_tips(one)


@pytest.mark.parametrize("key", ["j", "f5", "right_square_bracket"])
async def test_who_is_disabled_meanwhile_is_signed_off_by_the_next_reading(tmp_path: Path, key: str) -> None:
    async with unsigned_console(settings_in(tmp_path), (120, 40), ends_in=timedelta(hours=5)) as one:
        await one.sees("● live")
        await disable(one)
        one.clock.move(seconds=2)
        await one.press(key)
        await one.sees("JNL-007 was disabled meanwhile.")
        nothing_of_the_tips(one)


async def disable(one: Console) -> None:
    await disable_zhou(one.other)


async def disable_zhou(store: Store) -> None:
    def write(conn: Connection) -> None:
        conn.execute(update(t.officer).where(t.officer.c.code == "JNL-007").values(disabled_at=store.now()))

    await store.write(write)


async def until_written(one: Console, action: AuditAction) -> None:
    async def is_written() -> bool:
        return action in await written(one)

    await until(is_written)
