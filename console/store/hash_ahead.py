"""An officer's password hash, read before SQLAlchemy is imported: a console tries the password meanwhile."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from console.model.officer import code_of
from console.store.driver import plain_sqlite, sqlite_module
from console.store.first_look import is_marked_damaged, why_not_open
from console.store.tenancy import move_in


class NoneAhead(Exception):
    """The store is not one that can be read just so: what opens it whole sees why."""


def hash_ahead(file: Path, code: str) -> str | None:
    """The hash as the store has it now, None of a code or an officer without one. Raises NoneAhead, StoreDown during a
    restore, OSError."""
    if not file.exists() or is_marked_damaged(file) or why_not_open(file) is not None:
        raise NoneAhead
    whole = code.encode("utf-8", "replace").decode()
    tenancy = move_in(file)
    try:
        with closing(plain_sqlite(file, timeout_s=0)) as connection:
            asked = "SELECT password FROM officer WHERE code IN (?, ?)"
            found = connection.execute(asked, (whole, code_of(code))).fetchone()
    except sqlite_module().Error as error:
        raise NoneAhead from error
    finally:
        os.close(tenancy)
    return None if found is None else found[0]
