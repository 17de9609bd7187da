"""What is done to the store and its files as a whole, as entries of the audit: verbs of the command line, and the
intake's own copies. They stand in the chain of the unrouted lane, which every store has.

Who did it is the officer who signed in for it; a verb that also runs with nobody there (a backup by the clock) is told
by the number of the machine's account that ran it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime

from console.model.audit import AuditAction
from console.model.officer import Officer
from console.model.station import UNROUTED_STATION_ID
from console.store import Store, audit
from console.store.unit import Unit

About = Mapping[str, str | int | None]


async def write_down(store: Store, action: AuditAction, about: About, officer: Officer | None = None) -> None:
    """One entry. Raises StoreDown: then what it tells of must not be done."""
    now = store.now()
    await store.write(lambda conn: append(conn, action, about, now, officer))


def append(conn: Unit, action: AuditAction, about: About, now: datetime, officer: Officer | None = None) -> None:
    """The same in the transaction of what it tells of."""
    who = None if officer is None else officer.id
    told = about if officer is not None else {**about, "account": os.getuid()}
    audit.append(conn, UNROUTED_STATION_ID, who, action, now, about=told)
