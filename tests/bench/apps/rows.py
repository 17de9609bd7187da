"""Textual's own DataTable on a file of tips, as one would write it in an evening: a peer of P14.

`python -m tests.bench.apps.rows FILE`: tab-separated time, ref and words, one tip a line; follows what is appended;
`/` moves the cursor to the newest tip that has the words.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Input


class Rows(App[None]):
    """The newest tip at the bottom, where adding one is cheapest."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("slash", "search")]

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file.open(encoding="utf-8")
        self._tips: list[tuple[str, ...]] = []
        self._table: DataTable[str] = DataTable(cursor_type="row")
        self._search = Input()

    def compose(self) -> ComposeResult:
        yield self._table
        yield self._search

    def on_mount(self) -> None:
        self._search.display = False
        self._table.add_columns("time", "ref", "words")
        self._follow()
        self.set_interval(1 / 30, self._follow)
        self._table.focus()

    def _follow(self) -> None:
        came = [tuple(line.rstrip("\n").split("\t")) for line in self._file.readlines()]
        if came:
            self._tips += came
            self._add(came)

    def _find(self, words: str) -> None:
        """Filling the table anew with the hits alone, and then with all again, takes it many seconds each time."""
        found = (row for row in range(len(self._tips) - 1, -1, -1) if words in self._tips[row][2])
        self._table.move_cursor(row=next(found, self._table.cursor_row), animate=False)

    def _add(self, tips: list[tuple[str, ...]]) -> None:
        self._table.add_rows(tips)
        self._table.move_cursor(row=self._table.row_count - 1, animate=False)

    def action_search(self) -> None:
        self._search.value = ""
        self._search.display = True
        self._search.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._find(event.value)
        self._search.display = False
        self._table.focus()


if __name__ == "__main__":
    Rows(Path(sys.argv[1])).run()
