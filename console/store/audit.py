"""The audit's one way in: an entry takes its number and the hash before it from the station's counter row, in the
transaction of what it tells of. Repositories call it; the intake's many rows go by `lot` in the same form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, update

from console.errors import NotFound
from console.model.audit import AuditEntry, about_of
from console.store import tables as t


def append(
    conn: Connection,
    station_id: int,
    officer_id: int | None,
    action: str,
    now: datetime,
    *,
    tip_id: UUID | None = None,
    version: int | None = None,
    about: Mapping[str, str | int | None] | None = None,
) -> AuditEntry:
    """One more entry of the station's chain, for what changes no tip's version. `about` holds no words of a tip and
    no person. Raises NotFound when there is no such station."""
    c = t.station_counter.c
    row = conn.execute(
        update(t.station_counter)
        .where(c.station_id == station_id)
        .values(audit_seq=c.audit_seq + 1)
        .returning(c.audit_seq, c.audit_head)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such station.")
    entry = AuditEntry(station_id, row.audit_seq, now, officer_id, action, tip_id, version, version, about_of(about))
    add_entry(conn, entry, row.audit_head)
    return entry


def add_entry(conn: Connection, entry: AuditEntry, before: bytes) -> None:
    """Write an entry whose number the counter row has just given, and make it the station's newest."""
    add_entries(conn, [entry], before)


def add_entries(conn: Connection, entries: Sequence[AuditEntry], before: bytes) -> None:
    """Many entries of one station in the order of their numbers, as `add_entry`."""
    rows, head = [], before
    for entry in entries:
        head = entry.hash_after(head)
        rows.append(
            {
                "station_id": entry.station_id,
                "seq": entry.seq,
                "at": entry.at,
                "officer_id": entry.officer_id,
                "action": entry.action,
                "tip_id": entry.tip_id,
                "version_before": entry.version_before,
                "version_after": entry.version_after,
                "about": entry.about,
                "hash": head,
            }
        )
    conn.execute(insert(t.audit), rows)
    c = t.station_counter.c
    conn.execute(update(t.station_counter).where(c.station_id == entries[0].station_id).values(audit_head=head))
