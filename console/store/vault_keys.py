"""The store's keys as rows, and the reporters that are sealed by one of them. `desk.sealing` calls it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, tuple_, update

from console.model.ring import Ring, WrappedKey
from console.store import tables as t

_K, _R = t.vault_key.c, t.reporter.c


@dataclass(frozen=True, slots=True)
class SealedReporter:
    """One reporter's row: opened only by the vault."""

    station_id: int
    tip_id: UUID
    sealed: bytes


def ring_of(conn: Connection) -> Ring | None:
    """The store's keys; None when it has none yet."""
    vault = conn.execute(select(t.vault.c.fingerprint, t.vault.c.index_key)).one_or_none()
    if vault is None:
        return None
    keys = conn.execute(select(_K.number, _K.wrapped, _K.made_at, _K.retired_at).order_by(_K.number))
    return Ring(vault.fingerprint, vault.index_key, tuple(WrappedKey(*row) for row in keys))


def may_keep(conn: Connection) -> bool:
    """Whether this account may give the store keys and drop them; a desk's role on PostgreSQL may not."""
    if conn.dialect.name == "sqlite":
        return True
    return bool(conn.scalar(text("SELECT has_table_privilege('vault_key', 'DELETE')")))


def keep_ring(conn: Connection, ring: Ring) -> Ring:
    """These keys for a store that has none; what it has when another process was first."""
    if conn.dialect.name != "sqlite":
        conn.execute(text("LOCK TABLE vault IN SHARE ROW EXCLUSIVE MODE"))
    known = ring_of(conn)
    if known is not None:
        return known
    conn.execute(insert(t.vault).values(id=1, fingerprint=ring.fingerprint, index_key=ring.index))
    for key in ring.keys:
        _add(conn, key)
    return ring


def turn(conn: Connection, key: WrappedKey) -> None:
    """From now on `key` seals what is new; those before it are retired."""
    conn.execute(update(t.vault_key).where(_K.retired_at.is_(None)).values(retired_at=key.made_at))
    _add(conn, key)


def await_those_under_way(conn: Connection) -> None:
    """When this returns, every transaction that began before and may seal by a retired key has ended."""
    if conn.dialect.name != "sqlite":
        # Who takes tips in asks for the key in the statement that moves the counter row on, and holds it until the end.
        conn.execute(text("LOCK TABLE station_counter IN SHARE ROW EXCLUSIVE MODE"))


def sealed_before(conn: Connection, number: int, after: SealedReporter | None, most: int) -> list[SealedReporter]:
    """Up to `most` reporters sealed by a key of a lower number, in the order of their keys, behind `after`."""
    rows = select(_R.station_id, _R.tip_id, _R.sealed).where(_R.key_number < number)
    if after is not None:
        rows = rows.where(tuple_(_R.station_id, _R.tip_id) > (after.station_id, after.tip_id))
    found = conn.execute(rows.order_by(_R.station_id, _R.tip_id).limit(most))
    return [SealedReporter(*row) for row in found]


def count_before(conn: Connection, number: int) -> int:
    """How many reporters are sealed by a key of a lower number."""
    return conn.scalar(select(func.count()).select_from(t.reporter).where(_R.key_number < number)) or 0


def seal_again(conn: Connection, rows: Sequence[SealedReporter], number: int) -> None:
    """Put what is sealed by the key `number` in the place of what was sealed before; a row that is gone stays gone."""
    statement = update(t.reporter).where(
        _R.station_id == bindparam("at"), _R.tip_id == bindparam("tip"), _R.key_number < number
    )
    again = [{"at": one.station_id, "tip": one.tip_id, "made": one.sealed} for one in rows]
    conn.execute(statement.values(sealed=bindparam("made"), key_number=number), again)


def drop_before(conn: Connection, number: int) -> bool:
    """Drop the keys of a lower number; False when a row still needs one, and then none is dropped."""
    if conn.scalar(select(_R.tip_id).where(_R.key_number < number, _R.key_number > 0).limit(1)) is not None:
        return False
    conn.execute(delete(t.vault_key).where(_K.number < number))
    return True


def _add(conn: Connection, key: WrappedKey) -> None:
    conn.execute(
        insert(t.vault_key).values(
            number=key.number, wrapped=key.wrapped, made_at=key.made_at, retired_at=key.retired_at
        )
    )
