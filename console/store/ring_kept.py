"""The keys of a store that is replaced, handed to the one that comes: what lies on disk stays sealed by them. `restore`
calls it."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from console.store.driver import plain_sqlite, sqlite_module
from console.store.first_look import why_not_open

_Row = tuple[int, bytes, int, int | None]


@dataclass(frozen=True, slots=True)
class _Rows:
    """A ring as the store has it."""

    fingerprint: str
    index_key: bytes
    keys: list[_Row]


def keep_keys(of: Path, into: Path, fingerprint: str) -> int:
    """Give the store `into` the keys that only the store at `of` has, when the key file of that fingerprint wraps them;
    how many. All but the newest are retired then: `taskroom vault rotate` seals everything by that one.

    A store that is not there, is damaged or has no keys yet gives none. Raises the driver's error of `into`.
    """
    rows = _rows_at(of)
    if rows is None or rows.fingerprint != fingerprint:
        return 0
    with closing(plain_sqlite(into)) as store:
        store.execute("BEGIN IMMEDIATE")
        # Of before it had keys, its reporters are sealed by the file's own, which opens them with any ring.
        store.execute("INSERT OR IGNORE INTO vault VALUES (1, ?, ?)", (rows.fingerprint, rows.index_key))
        kept = store.executemany(
            "INSERT OR IGNORE INTO vault_key (number, wrapped, made_at, retired_at) VALUES (?, ?, ?, ?)", rows.keys
        ).rowcount
        store.execute(
            "UPDATE vault_key SET retired_at = (SELECT made_at FROM vault_key ORDER BY number DESC LIMIT 1) "
            "WHERE retired_at IS NULL AND number < (SELECT max(number) FROM vault_key)"
        )
        store.execute("COMMIT")
    return kept


def _rows_at(file: Path) -> _Rows | None:
    if not os.path.lexists(file) or why_not_open(file) is not None:
        return None
    with suppress(sqlite_module().Error), closing(plain_sqlite(file)) as store:
        vault = store.execute("SELECT fingerprint, index_key FROM vault").fetchone()
        keys = store.execute("SELECT number, wrapped, made_at, retired_at FROM vault_key").fetchall()
        return None if vault is None else _Rows(vault[0], vault[1], keys)
    return None


def newest_key(file: Path) -> int:
    """The number of the key that seals what is new in the store at `file`; 0 when it has none yet. Raises the driver's
    error."""
    with closing(plain_sqlite(file)) as store:
        return int(store.execute("SELECT coalesce(max(number), 0) FROM vault_key").fetchone()[0])
