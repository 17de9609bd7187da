"""Every place of the desk where words from outside can stand, and the keys that lead there."""

from __future__ import annotations

from typing import Final

from textual.screen import ModalScreen

from console import desk
from console.model.incoming import NewTip
from console.ui.modals.approve_reveal import ApproveReveal
from console.ui.modals.link_duplicate import LONGEST_REF
from tests.hostile_station import keepable
from tests.ui.small_station import LI
from tests.ui.tour import MOST_PASTED, MOST_REASON, Place, Tour, keys, question, typed


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

PANES: Final = (
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
)

BOXES: Final = (
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
)

QUESTIONS: Final = (
    Place("menu", ("QRF", "QTX"), question("f4")),
    Place("refer", ("QRF", "QTX", "QAG"), question("r")),
    Place("refer: the note", ("QZZ",), typed("r", "tab"), "pageup"),
    Place("solve", ("QRF", "QTX", "QZZ"), typed("s"), "pageup"),
    Place("close", ("QRF", "QTX"), question("x")),
    Place("note", ("QRF", "QTX", "QZZ"), typed("e"), "pageup"),
    Place("assign", ("QRF", "QTX", "QOC", "QON"), question("A")),
    Place("link a duplicate", ("QRF", "QTX"), question("D")),
    Place("link a duplicate: a ref", ("QZZ",), typed("D", "tab", most=LONGEST_REF - len("QZZ"))),
    Place("urgency", ("QRF", "QTX"), question("f4", "u")),
    Place("category", ("QRF", "QTX"), question("f4", "k")),
    Place("reopen", ("QRF", "QTX"), question("X", at=1)),
    Place("menu: why not", ("QRF",), question("f4", at=2)),
    Place("hold", ("QRF", "QTX"), question("f4", "h")),
    Place("hold: the reason", ("QZZ",), typed("f4", "h", "tab", "tab", "tab", most=MOST_REASON), "pageup"),
)

FORMS: Final = (
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
