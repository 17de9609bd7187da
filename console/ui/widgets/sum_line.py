"""The line below the panes: how many tips are shown, filtered and out of view, which always adds up; how many are
marked; and for a few seconds what was just said. The desk screen writes it."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual.timer import Timer

from console.ui.widgets.part_line import Part, PartLine
from console.words import gettext as _
from console.words import ngettext

SAY_S: Final = 6.0
"""Seconds for which a sentence stays: long enough to be read twice."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Tips on the list, tips hidden by the query, tips that are ended and out of view, and all of them."""

    shown: int
    filtered: int
    out_of_view: int
    total: int
    capped: bool = False

    def why_not_true(self) -> str | None:
        """Why this sum may not be shown as one."""
        if self.capped:
            return _("Counted only so far.")
        if self.shown + self.filtered + self.out_of_view != self.total:
            return _("The counts are of different moments.")
        return None


class SumLine(PartLine):
    """One row. Counts that do not add up are not shown as a sum."""

    PREFIX = "sum-line"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"sum-line--{name}" for name in ("ground", "quiet", "marked", "said", "wrong")
    }

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._sum: Sum | None = None
        self._marked = 0
        self._said: Part | None = None
        self._hush_timer: Timer | None = None

    def show(self, shown: int, filtered: int, out_of_view: int, total: int, capped: bool = False) -> None:
        """The counts of the list now; `capped` means at least `shown`, the rest not counted."""
        self._sum = Sum(shown, filtered, out_of_view, total, capped)
        self._write()

    def show_marked(self, count: int) -> None:
        """How many tips are marked."""
        self._marked = count
        self._write()

    def say(self, words: str, *, wrong: bool = False) -> None:
        """Show the sentence (raw) on the right for a few seconds or until the next; `wrong` puts a sign before it."""
        self._said = Part((_("! {words}").format(words=words) if wrong else words,), 90, "wrong" if wrong else "said")
        if self._hush_timer is not None:
            self._hush_timer.stop()
        self._hush_timer = self.set_timer(SAY_S, self.hush)
        self._write()

    def hush(self) -> None:
        """Take the sentence away."""
        self._said = None
        self._write()

    def on_mount(self) -> None:
        self._write()

    def _write(self) -> None:
        left = [Part(_sum_words(self._sum), 10)]
        if self._marked:
            words = ngettext("◆ {count} marked", "◆ {count} marked", self._marked).format(count=f"{self._marked:,}")
            left.append(Part((words, ""), 50, "marked"))
        self.set_parts(left, () if self._said is None else (self._said,))


def _sum_words(one: Sum | None) -> tuple[str, ...]:
    if one is None or (one.why_not_true() is not None and not one.capped):
        return (_("counting…"), "")
    shown, total = f"{one.shown:,}", f"{one.total:,}"
    if one.capped:
        return (_("at least {shown} shown of {total}").format(shown=shown, total=total), "")
    return (
        _("{shown} shown + {filtered} filtered + {out_of_view} closed = {total}").format(
            shown=shown, filtered=f"{one.filtered:,}", out_of_view=f"{one.out_of_view:,}", total=total
        ),
        _("{shown} of {total}").format(shown=shown, total=total),
        "",
    )
