"""The rows our own intake wrote for one batch, to be written again and again by a bare driver under other keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

from console.store.direct import Table
from console.store.lot import Lot

Batch = list[tuple[str, list[tuple[Any, ...]]]]
"""Statements in order, each with its rows."""


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of one table, in the driver's own types, and the statement that inserts one of them."""

    statement: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    @classmethod
    def of(cls, head: str, rows: Sequence[Sequence[Any]], mark: str) -> Written:
        columns = tuple(name.strip() for name in head[head.index("(") + 1 : head.rindex(")")].split(","))
        return cls(f"{head} VALUES ({', '.join([mark] * len(columns))})", columns, list(rows))

    def under_keys(self, layer: int, shift: int) -> tuple[str, list[tuple[Any, ...]]]:
        """The same rows with ids of that layer, and numbers moved on by `shift`."""
        change = [_changes.get(name) for name in self.columns]
        rows = [
            tuple(value if turn is None else turn(value, layer, shift) for value, turn in zip(row, change, strict=True))
            for row in self.rows
        ]
        return self.statement, rows


def _other_id(value: Any, layer: int, _shift: int) -> Any:
    raw = value.bytes if isinstance(value, UUID) else bytes(value)
    made = raw[:13] + layer.to_bytes(3, "big")
    return UUID(bytes=made) if isinstance(value, UUID) else made


def _further(value: Any, _layer: int, shift: int) -> Any:
    return value + shift


_changes: dict[str, Any] = {
    "id": _other_id,
    "tip_id": _other_id,
    "n": _further,
    "rowid": _further,
    "seq": _further,
    "source_key": lambda value, layer, _shift: f"{value}-{layer}",
}
"""How a column's value is made another; `n` of an attachment does not occur, our tips have none."""


@contextmanager
def listening(mark: str) -> Iterator[list[Written]]:
    """Gather the rows that our intake writes meanwhile; `mark` stands for a value in the driver's SQL."""
    written: list[Written] = []
    tables = Lot.tables

    def keep(lot: Lot) -> list[Table]:
        found = tables(lot)
        written.extend(Written.of(head, rows, mark) for head, rows in found if rows)
        return found

    with patch.object(Lot, "tables", keep):
        yield written
