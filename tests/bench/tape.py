"""The rows our own intake wrote for one batch, to be written again and again by a bare driver under other keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, event

_INSERT = re.compile(r"INSERT INTO (\w+) \(([^)]*)\)")
Batch = list[tuple[str, list[tuple[Any, ...]]]]
"""Statements in order, each with its rows."""


@dataclass(frozen=True, slots=True)
class Written:
    """One INSERT as the driver got it."""

    statement: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

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
    made = raw[:9] + layer.to_bytes(3, "big") + raw[12:]
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
def listening(engine: Engine) -> Iterator[list[Written]]:
    """Gather every INSERT with rows that goes through the engine meanwhile."""
    written: list[Written] = []

    def keep(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        found = _INSERT.match(statement)
        if found:
            columns = tuple(name.strip(' "') for name in found[2].split(","))
            written.append(Written(statement, columns, list(parameters) if many else [parameters]))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield written
    finally:
        event.remove(engine, "before_cursor_execute", keep)
