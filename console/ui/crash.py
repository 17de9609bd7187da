"""The redacted report of a crash: where it happened and of what kind, never locals, messages or words of a tip.
The app writes one before it ends; `run` writes one for what happens outside Textual, and for what threads and the
event loop would print."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import platform
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from textual.worker import WorkerFailed

from console import __version__
from console.errors import StoreDown
from console.paths import PACKAGE_DIR
from console.words import gettext as _

_MOST_FRAMES: Final = 60
"""Frames of one error that are kept, the innermost ones: a recursion repeats itself."""
_MOST_REPORTS: Final = 20
"""Of the newest; what crashes at every start must not fill a disk."""


class Reporter:
    """Writes what broke into one folder, and keeps Python from printing it, words and all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._has_noted = False

    def crashed(self, error: BaseException, at: datetime) -> str:
        """Write the report; returns the one sentence for the terminal."""
        file = write_crash_report(error, self._folder, at)
        if file is None:
            return _("Taskroom has crashed, and no report could be written. Nothing that was stored is lost.")
        return _("Taskroom has crashed; the report without any words of tips is {file}.").format(file=file)

    def note(self, error: BaseException) -> None:
        """What broke beside the screen, which goes on: the first one is written down."""
        if not self._has_noted:
            self._has_noted = True
            write_crash_report(error, self._folder, datetime.now(UTC), kind="fault")

    def of_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The event loop's exception handler: a task nobody waited for."""
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.note(error)

    def take_hooks(self) -> None:
        """For the rest of the process: nothing that breaks in a thread, in a destructor or in a library that logs it
        comes to the terminal with its words."""
        threading.excepthook = lambda broke: self.note(broke.exc_value or RuntimeError())
        sys.unraisablehook = lambda broke: self.note(broke.exc_value or RuntimeError())
        logging.getLogger().addHandler(logging.NullHandler())


def write_crash_report(error: BaseException, folder: Path, at: datetime, *, kind: str = "crash") -> Path | None:
    """Write `crash-….txt` (0600) into the folder and return its path, or None when it cannot be written."""
    name = f"{kind}-{at:%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in sorted(folder.glob(f"{kind}-*.txt"))[: -_MOST_REPORTS + 1]:
            old.unlink(missing_ok=True)
        file = folder / name
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(redacted(error, at))
    except OSError:
        return None
    return file


def redacted(error: BaseException, at: datetime) -> str:
    """The report's text: versions, then each error of the chain with its kind and the places it passed through."""
    lines = [
        f"Taskroom {__version__} crashed at {at:%Y-%m-%dT%H:%M:%SZ}",
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {_versions()}",
        "No words of tips, no names and no values are in this report.",
    ]
    for one in _chain(error):
        lines += ["", _kind(one), *_places(one)]
    return "\n".join(lines) + "\n"


def _versions() -> str:
    found = []
    for package in ("textual", "rich", "sqlalchemy"):
        try:
            from importlib.metadata import version  # for a crash alone: it brings e-mail and zip archives along

            found.append(f"{package} {version(package)}")
        except (ImportError, OSError):  # the package's or, where no file can be opened any more, that module's
            found.append(f"{package} missing")
    return ", ".join(found)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it came from, innermost last; each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        if isinstance(one, WorkerFailed):
            waiting.append(one.error)
        before = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if before is not None:
            waiting.append(before)


def _kind(error: BaseException) -> str:
    """The error's class, and what kind of outage the system or the database calls it. A sentence only of an outage:
    all of these are our own and the same for everybody."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, StoreDown):
        return f"{name}: {error.message}"
    return " ".join((name, *_codes(error)))


def _codes(error: BaseException) -> Iterator[str]:
    """ENOSPC, SQLITE_FULL, 57P01."""
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number in errno.errorcode:
        yield errno.errorcode[number]
    for one in (error, getattr(error, "orig", None)):
        for name in ("sqlite_errorname", "sqlstate"):
            code = getattr(one, name, None)
            if isinstance(code, str) and re.fullmatch(r"[A-Z0-9_]{5,40}", code):
                yield code


def _places(error: BaseException) -> list[str]:
    frames = [*traceback.walk_tb(error.__traceback__)][-_MOST_FRAMES:]
    return [f"  {_short(frame.f_code.co_filename)}:{line} in {frame.f_code.co_name}" for frame, line in frames]


def _short(filename: str) -> str:
    """The path without the folders of this machine."""
    path = Path(filename)
    if path.is_relative_to(PACKAGE_DIR.parent) and "site-packages" not in path.parts:
        return str(path.relative_to(PACKAGE_DIR.parent))
    parts = path.parts
    if "site-packages" in parts:
        return str(Path(*parts[parts.index("site-packages") + 1 :]))
    return path.name
