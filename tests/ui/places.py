"""Every place of the screen where words from outside can stand, and the keys that lead there. The matrix of hostile
words walks through all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from textual import events
from textual.screen import ModalScreen

from console import desk
from console.intake.heartbeat import Heartbeat, IntakeState
from console.model.incoming import NewTip
from console.ui.modals.approve_reveal import ApproveReveal
from console.ui.screens.desk import DeskScreen
from tests.hostile_station import keepable
from tests.ui.console_host import Console
from tests.ui.small_station import LI, NIGHT


class Intake:
    """An intake whose trouble is told in hostile words, until it is over."""

    def __init__(self, words: str) -> None:
        self._words = words
        self.is_troubled = True

    def beat(self) -> Heartbeat:
        problem = f"QIT{self._words}" if self.is_troubled else ""
        return Heartbeat(1, NIGHT, NIGHT + timedelta(days=9), IntakeState.OK, problem=problem)


MOST_PASTED: Final = 1_900
"""Characters that most boxes take; what is longer is refused whole and tested there."""
MOST_REASON: Final = 300
"""The same of a reason's box, tag included."""


@dataclass
class Tour:
    """A console in whose store everything is hostile, and the words."""

    console: Console
    words: str
    intake: Intake

    @property
    def desk(self) -> DeskScreen:
        return self.console.app.desk_screen

    async def press(self, *keys: str) -> None:
        await self.console.press(*keys)
        await self.console.pilot.pause()

    async def paste(self, words: str) -> None:
        """As a terminal pastes: one event with all of it."""
        self.console.app.post_message(events.Paste(words))
        await self.console.pilot.pause()

    async def modal(self, *keys: str) -> None:
        """Press until a question has opened."""
        await self.press(*keys)
        await self.console.until(lambda: isinstance(self.console.app.screen, ModalScreen), f"no question after {keys}")
        await self.console.pilot.pause()

    async def home(self) -> None:
        """Back to the open tips with the cursor on the newest, whatever is open."""
        self.intake.is_troubled = True
        for _ in range(12):
            if isinstance(self.console.app.screen, DeskScreen) and not self.desk.sight.text:
                break
            await self.press("escape")
        await self.press("escape", "escape", "1")
        for _ in range(4):
            if self.desk.sight.chosen == (1,):
                break
            await self.press("[")
        await self.press("g")
        assert self.console.app.screen is self.desk
        await self.console.until(lambda: self.desk.feed.cursor_line is not None, "no tip")

    async def go_to(self, n: int) -> None:
        """The cursor on tip n, among tips of every status."""
        await self.press(":")
        await self.paste("search status:all")
        await self.press("enter")
        await self.console.until(lambda: self.desk.feed._place.held.total == 4, "not all tips are listed")
        await self.press("g", *["j"] * (4 - n))

    async def hears(self, words: str) -> None:
        """Wait until this is said; an endless ref before it may push it off the line."""
        line = self.desk.status_line
        await self.console.until(lambda: words in (line.said or line.standing), words)
        await self.console.pilot.pause()

    async def command(self, line: str) -> None:
        await self.press(":")
        await self.paste(line)


@dataclass(frozen=True)
class Place:
    """Where words can stand: `tags` of what is to be seen there once `reach` is done, `keys` to turn its pages."""

    name: str
    tags: tuple[str, ...]
    reach: Callable[[Tour], Awaitable[object]]
    pages: str = ""


def keys(*pressed: str) -> Callable[[Tour], Awaitable[object]]:
    return lambda tour: tour.press(*pressed)


def question(*pressed: str, at: int = 0) -> Callable[[Tour], Awaitable[object]]:
    """A question about the newest tip, or about tip `at`."""

    async def reach(tour: Tour) -> None:
        if at:
            await tour.go_to(at)
        await tour.modal(*pressed)

    return reach


def typed(
    *opening: str, words: str = "{words}", then: tuple[str, ...] = (), most: int = MOST_PASTED
) -> Callable[[Tour], Awaitable[object]]:
    """Open something, paste as much of the words as it takes behind a tag, press on."""

    async def reach(tour: Tour) -> None:
        await tour.press(*opening)
        await tour.paste(words.replace("{words}", f"QZZ{tour.words[:most]}"))
        await tour.press(*then)

    return reach


async def unfold(tour: Tour) -> None:
    """The whole tree, over the whole screen."""
    await tour.press("3", "z", "g")
    tree = tour.desk.room_tree
    for row in range(60):
        await tour.console.until(lambda: tree.cursor_branch is not None, "the tree does not come")
        before = tree._outline.rows
        branch = tree.cursor_branch
        if branch is not None and branch.has_children:
            await tour.press("l")
            await tour.console.until(lambda: tree._outline.rows > before, f"row {row} does not unfold")  # noqa: B023
        if tree.cursor_row + 1 >= tree._outline.rows:
            break
        await tour.press("j")


async def find_in_tree(tour: Tour) -> None:
    await tour.press("3", "z", "/")
    await tour.paste("QMP")
    await tour.console.sees("found · Esc ends")


async def search_for(tour: Tour) -> None:
    """A phrase that can be followed, so that what is listed is said to be its tips."""
    await tour.press("/")
    await tour.paste('"QZZ{}"'.format(tour.words[:MOST_PASTED].replace('"', "")))
    tour.intake.is_troubled = False
    await tour.press("enter")
    await tour.hears("Esc ends the search")


async def a_tip_comes_above(tour: Tour) -> None:
    """While the reader has gone down the list."""
    tour.console.pilot.app.screen.set_focus(tour.desk.feed)
    await tour.press("G")
    tips = [NewTip(f"QNW{keepable(tour.words, 'sqlite')[:20_000]}", "late", f"{n}", room="JNL-7") for n in range(60)]
    await desk.receive_tips(tour.console.other, tour.console.vault, tips)
    await tour.press("G")
    late = NewTip(f"QNW{keepable(tour.words, 'sqlite')[:20_000]}", "late", "last", room="JNL-7")
    await desk.receive_tips(tour.console.other, tour.console.vault, [late])
    await tour.console.sees("new ↑")


async def somebody_is_faster(tour: Tour) -> None:
    """Another officer takes a step on the tip under the cursor while a question about it is open."""
    await tour.go_to(3)
    await tour.modal("s")
    line = tour.desk.feed.cursor_line
    assert line is not None
    tip = (await desk.tip_file(tour.console.other, LI, line.station_id, line.id)).tip
    await desk.claim_tip(tour.console.other, LI, tip)
    await tour.press("enter")
    await tour.hears("meanwhile")


async def marked(tour: Tour) -> None:
    await tour.press("space", "space", "s")
    await tour.console.until(lambda: isinstance(tour.console.app.screen, ModalScreen), "it is not asked")


async def step_done(tour: Tour) -> None:
    await tour.go_to(2)
    await tour.press("c")
    await tour.hears("is yours now")


async def step_undone(tour: Tour) -> None:
    await tour.press("u")
    await tour.hears("Undone:")


async def copied(tour: Tour) -> None:
    await tour.press("y")
    await tour.hears("is in the clipboard")


async def ask_for_a_reveal(tour: Tour) -> None:
    """A reason (behind the words left there before) and a reference, up to the question for the second officer."""
    await typed("R", then=("tab",), most=100)(tour)
    await tour.paste(f"QZY{tour.words[:20]}")
    await tour.press("enter")
    await tour.console.until(lambda: isinstance(tour.console.app.screen, ApproveReveal), "it is not asked")
    await tour.console.pilot.pause()


DETAIL: Final = (
    "QRF", "QTX", "QPL", "QRC", "QRK", "QOC", "QUN", "QAN", "QOU", "QEW", "QEA", "QAL", "QAM", "QOS", "QAG", "QNO",
)  # fmt: skip
"""All that the detail shows of tip 4."""

PLACES: Final = (
    Place("header: station and officer", ("QSC", "QON"), keys("1")),
    Place("feed: words, place, claim, ref", ("QTX", "QPL", "QOC", "QRF"), keys("1")),
    Place("feed: zoomed", ("QTX", "QPL", "QOC", "QRF"), keys("1", "z")),
    Place("titles of the panes", ("QRF",), keys("2", "j")),
    Place("detail", DETAIL, keys("2", "z", "g"), "pagedown"),
    Place("detail: links under the cursor", ("QRF",), keys("2", "z", "g", "l", "l", "h")),
    Place("detail: beside the list", ("QRF", "QTX"), keys("2", "g"), "ctrl+d"),
    Place("tree", ("QDN", "QSC", "QSN", "QON", "QRC", "QRP", "QMP"), unfold, "ctrl+u"),
    Place("tree: found", ("QMP", "QRC"), find_in_tree),
    Place("tree: the filter's box", ("QZZ",), typed("3", "/", then=("home",), most=90)),
    Place("status line: intake's trouble", ("QIT",), keys("1")),
    Place("status line: a dead key's reason", ("QOC",), keys("1", "c")),
    Place("status line: a step done", ("QRF",), step_done),
    Place("status line: a step undone", ("QRF",), step_undone),
    Place("status line: copied", ("QRF",), copied),
    Place("status line: somebody was faster", ("QOC", "QRF"), somebody_is_faster),
    Place("search box", ("QZZ",), typed("/")),
    Place("search box: a wrong term", ("QZZ",), typed("/", words="status:{words}", then=("enter", "home"))),
    Place(
        "search box: a wrong value's sentence", ("QZZ",), typed("/", words="since:{words} x", then=("enter", "home"))
    ),
    Place("search: what is listed", ("QZZ",), search_for),
    Place("command line", ("QZZ",), typed(":", then=("home",))),
    Place("command line: completion", ("QVN",), lambda tour: tour.command("view Q")),
    Place("command line: no such command", ("qzz",), typed(":", then=("enter",))),
    Place("command line: no such view", ("QVN",), typed(":", words="view {words}", then=("enter",))),
    Place("command line: no such tip", (), typed(":", words="goto {words}", then=("enter",))),
    Place("command line: a wrong search", (), typed(":", words="search statsu:{words}", then=("enter",))),
    Place("palette: typed", ("QZZ",), typed("ctrl+p")),
    Place("palette: saved views", ("QVN", "QVQ"), typed("ctrl+p", words="View: Q")),
    Place("palette: stations", ("QSC", "QSN"), typed("ctrl+p", words="Station: Q")),
    Place("palette: why not", ("QOC",), typed("ctrl+p", words="Release")),
    Place("help: why not", ("QOC",), keys("question_mark"), "pagedown"),
    Place("menu", ("QRF", "QTX"), question("f4")),
    Place("refer", ("QRF", "QTX", "QAG"), question("r")),
    Place("refer: the note", ("QZZ",), typed("r", "tab"), "pageup"),
    Place("solve", ("QRF", "QTX", "QZZ"), typed("s"), "pageup"),
    Place("close", ("QRF", "QTX"), question("x")),
    Place("note", ("QRF", "QTX", "QZZ"), typed("e"), "pageup"),
    Place("assign", ("QRF", "QTX", "QOC", "QON"), question("A")),
    Place("link a duplicate", ("QRF", "QTX"), question("D")),
    Place("link a duplicate: a ref", ("QZZ",), typed("D", "tab")),
    Place("urgency", ("QRF", "QTX"), question("f4", "u")),
    Place("category", ("QRF", "QTX"), question("f4", "k")),
    Place("reopen", ("QRF", "QTX"), question("X", at=1)),
    Place("menu: why not", ("QRF",), question("f4", at=2)),
    Place("hold", ("QRF", "QTX"), question("f4", "h")),
    Place("hold: the reason", ("QZZ",), typed("f4", "h", "tab", "tab", "tab", most=MOST_REASON), "pageup"),
    Place("to oversight", ("QRF", "QTX", "QZZ"), typed("f4", "o", most=MOST_REASON), "pageup"),
    Place("reveal: the reason", ("QRF", "QTX", "QZZ"), typed("R", most=MOST_REASON), "pageup"),
    Place("reveal: the second officer", ("QOC", "QRF", "QZZ", "QZY"), ask_for_a_reveal),
    Place("reveals", ("QRF",), question("p")),
    Place("filter", ("QVN", "QVQ"), question("f")),
    Place("stations", ("QSC", "QSN"), question("t")),
    Place("stations: narrowed", ("QZZ",), typed("t")),
    Place("new tip", ("QZZ",), typed("a"), "pageup"),
    Place("new tip: rooms found", ("QSC",), typed("a", "tab", words="Q")),
    Place("new tip: no such room", ("QZZ",), typed("a", "x", "tab", then=("f3",))),
    Place("leave, words unsaved", (), question("ctrl+q")),
    Place("marked tips", (), marked),
    Place("feed: new ones above", ("QNW",), a_tip_comes_above),
)
