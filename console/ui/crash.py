"""The redacted report of a crash: where it happened and of what kind, never locals, messages or words of a tip.
The app writes one before it ends; `run` writes one for what happens outside Textual."""

from __future__ import annotations

import os
import platform
import traceback
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from textual.worker import WorkerFailed

from console import __version__
from console.errors import ConsoleError
from console.paths import PACKAGE_DIR

_MOST_FRAMES = 60
"""Frames of one error that are kept, the innermost ones: a recursion repeats itself."""


def write_crash_report(error: BaseException, folder: Path, at: datetime) -> Path | None:
    """Write `crash-….txt` (0600) into the folder and return its path, or None when it cannot be written."""
    name = f"crash-{at:%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
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
    """The error's class; the sentence only of our own errors, which by their promise carry no words from outside."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{name}: {error.message}" if isinstance(error, ConsoleError) else name


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return [f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    """The path without the folders of this machine."""
    path = Path(filename)
    if path.is_relative_to(PACKAGE_DIR.parent) and "site-packages" not in path.parts:
        return str(path.relative_to(PACKAGE_DIR.parent))
    parts = path.parts
    if "site-packages" in parts:
        return str(Path(*parts[parts.index("site-packages") + 1 :]))
    return path.name
