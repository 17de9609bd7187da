"""The palette's provider, built from what is possible now, and the `:` commands. The app lists the provider, the desk
screen offers its actions, stations and views to them and follows the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Protocol, runtime_checkable

from textual.binding import BindingType
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from console.ui.keys import ACTIONS, Action, action, actions_in, keys_in_force
from console.ui.taken_down import TakenDownOnce
from console.ui.text import as_content, one_line
from console.ui.theme import THEME_NAMES
from console.words import gettext as _

SPOKEN_GROUPS = ("tip", "desk", "app", "pane")
"""Groups whose actions are worth finding by words; the movements of the panes are not."""
LONGEST_NAME = 60
"""Cells of an offer's name: an endless one does not hide what stands beside it."""


class Palette(CommandPalette, TakenDownOnce[None]):
    """Textual's palette, in which the key that leaves the console is alive."""

    BINDINGS: ClassVar[list[BindingType]] = [replace(action("app.leave").binding(), action="app.leave")]


@runtime_checkable
class Offers(Protocol):
    """A screen the palette can work on."""

    keymap: dict[str, str]

    def why_not(self, action_id: str) -> str | None: ...
    def perform(self, action_id: str) -> None: ...
    def saved_views(self) -> dict[str, str]: ...
    def show_query(self, query: str) -> None: ...
    def other_stations(self) -> list[tuple[int, str]]: ...
    def show_station(self, station_id: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the palette: what it is called, what stands beside it, what it does."""

    words: str
    beside: str
    do: Callable[[], object]
    possible: bool = True

    @property
    def display(self) -> Content:
        name = as_content(one_line(self.words, LONGEST_NAME), "" if self.possible else "dim")
        return Content.assemble(name, "  ", as_content(one_line(self.beside), "dim"))


class DeskOffers(Provider):
    """All that the palette finds, the possible first: actions, saved views, stations, themes."""

    def offers(self) -> Iterator[Offer]:
        screen = self.screen
        if not isinstance(screen, Offers):
            return
        offers = [*_actions(screen), *_places(screen), *self._themes()]
        yield from (one for one in offers if one.possible)
        yield from (one for one in offers if not one.possible)

    async def discover(self) -> Hits:
        for offer in self.offers():
            yield DiscoveryHit(offer.display, offer.do, text=offer.words)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for offer in self.offers():
            score = matcher.match(offer.words)
            if score > 0:
                yield Hit(score if offer.possible else score / 2, offer.display, offer.do, text=offer.words)

    def _themes(self) -> Iterator[Offer]:
        for name in THEME_NAMES:
            if name != self.app.theme:
                yield Offer(_("Theme: {name}").format(name=name), "", partial(setattr, self.app, "theme", name))


def _actions(screen: Offers) -> Iterator[Offer]:
    """Every action; one that cannot be done now says why not."""
    for group in SPOKEN_GROUPS:
        for one in actions_in(group):
            if one.id != "app.palette":
                yield _action_offer(screen, one, screen.why_not(one.id))


def _action_offer(screen: Offers, one: Action, why: str | None) -> Offer:
    keys = " ".join(keys_in_force(screen.keymap, one))
    beside = f"{keys} · {one.tooltip}" if keys else one.tooltip
    if why is not None:
        beside = _("not now: {why}").format(why=why)
    return Offer(one.words, beside, partial(screen.perform, one.id), possible=why is None)


def _places(screen: Offers) -> Iterator[Offer]:
    """The saved views, and the stations that can be shown instead."""
    for name, query in screen.saved_views().items():
        yield Offer(_("View: {name}").format(name=name), query, partial(screen.show_query, query))
    for station_id, title in screen.other_stations():
        yield Offer(_("Station: {name}").format(name=title), "", partial(screen.show_station, station_id))


# ── the command line ─────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Command:
    """What a `:` line asks for: `verb` is one of 'action', 'search', 'goto', 'theme', 'view'; `argument` its words."""

    verb: str
    argument: str


class BadCommand(ValueError):
    """The line asks for nothing known; the message says what would be right."""


_SHORT = {"q": "app.leave", "quit": "app.leave", "h": "app.help", "u": "tip.undo", "w": "desk.refresh"}


def read_command(line: str, views: dict[str, str]) -> Command:
    """The command of a line without its colon. Raises BadCommand."""
    name, _space, argument = line.strip().partition(" ")
    name, argument = name.lower(), argument.strip()
    if name in ("search", "s") and (name == "search" or argument):
        return Command("search", argument)
    if name == "goto":
        return _with_argument("goto", argument, _("':goto' wants a ref, such as :goto JNL-1120-0042."))
    if name == "theme":
        if argument not in THEME_NAMES:
            raise BadCommand(_("':theme' wants one of {names}.").format(names=", ".join(THEME_NAMES)))
        return Command("theme", argument)
    if name == "view":
        if argument not in views:
            known = ", ".join(views) or _("none are saved; they stand in [views] of the config file")
            raise BadCommand(_("There is no such view: {known}.").format(known=known))
        return Command("view", argument)
    return Command("action", _action_id(line.strip().lower()))


def _with_argument(verb: str, argument: str, sentence: str) -> Command:
    if not argument:
        raise BadCommand(sentence)
    return Command(verb, argument)


def _action_id(words: str) -> str:
    """By short name, id, the id's last part or the action's words."""
    if words in _SHORT:
        return _SHORT[words]
    spoken = [one for one in ACTIONS if one.group in SPOKEN_GROUPS]
    for one in spoken:
        if words in (one.id, one.id.partition(".")[2], one.words.lower()):
            return one.id
    raise BadCommand(_("'{words}' is no command; ? shows what can be done.").format(words=one_line(words, 30)))


def suggestions(views: dict[str, str]) -> list[str]:
    """What completes a `:` line."""
    verbs = ["search ", "goto ", *(f"theme {name}" for name in THEME_NAMES), *(f"view {name}" for name in views)]
    names = [one.id.partition(".")[2] for one in ACTIONS if one.group in SPOKEN_GROUPS]
    return [*verbs, *names, "quit"]
