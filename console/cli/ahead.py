"""Tries the password of the settings' officer while the console is still being imported: argon2 needs neither the
interpreter nor the core it runs on, and took as long as a fifth of a start when it was waited for."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from console.settings import Settings
from console.store.hash_ahead import hash_ahead
from console.vault.password_file import read_password
from console.vault.passwords import password_fits

BEHIND = 10
"""Steps of niceness of the thread, whose four lanes would else take the core the imports run on."""


class TriedAhead:
    """One password and one hash, tried in a thread from now on. It is only time that is gained: the answer counts for
    exactly this pair, and whoever signs in looks up for themselves which pair it is, and whether any is tried now."""

    def __init__(self, file: Path, code: str, password_file: Path) -> None:
        self._tried: tuple[str | None, str, bool] | None = None
        about = (file, code, password_file)
        self._thread = threading.Thread(target=self._try, args=about, name="taskroom-password", daemon=True)
        self._thread.start()

    def __call__(self, hashed: str | None, password: str) -> bool | None:
        """Whether the two go together; None when it was another pair that was tried, or none could be. Blocks until
        it has been. The pair is kept no longer."""
        self._thread.join()
        tried, self._tried = self._tried, None
        return tried[2] if tried is not None and tried[:2] == (hashed, password) else None

    # ── in the thread ────────────────────────────────────────────────────────────────────────────────────────────────
    def _try(self, file: Path, code: str, password_file: Path) -> None:
        _let_imports_first()
        try:
            password, hashed = read_password(password_file), hash_ahead(file, code)
            self._tried = hashed, password, password_fits(hashed, password)
        except Exception:  # noqa: BLE001 - whatever is wrong is met again, and told, by opening the store or signing in
            return


def try_ahead(settings: Settings) -> TriedAhead | None:
    """Begin; None where nobody signs in by a file, or the store is another than the data folder's."""
    if settings.database is not None or not settings.officer or settings.password_file is None:
        return None
    return TriedAhead(settings.folder.store, settings.officer, settings.password_file)


def _let_imports_first() -> None:
    """On Linux a thread has a niceness of its own."""
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + BEHIND)
