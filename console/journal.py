"""The intake's log: one JSON object a line, in the data folder, rotated, without words from outside. The `intake` verb
calls `keep`.

Our own messages are sentences of this program, with numbers and places of this machine in them. Of a library's message
only its form is kept, of an error its class and where it happened.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

MOST_BYTES: Final = 1 << 20
KEPT: Final = 5
"""Older files beside the one being written: some ten thousand lines in all."""

_LONGEST = 400
_MOST_FRAMES = 20
_OURS = "console"


def keep(folder: Path, name: str) -> Path:
    """Write what this process logs to `name` in the folder, and to stderr where that is no file of its own; nothing
    that breaks is printed with its words. A second call takes the place of the first. Returns the file."""
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one.formatter, _Line)]:
        root.removeHandler(old)
        old.close()
    file = folder / name
    kept: list[logging.Handler] = [_Rotating(file, maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)]
    if _is_read_by_somebody(sys.stderr):
        kept.append(logging.StreamHandler(sys.stderr))
    for one in kept:
        one.setFormatter(_Line())
        root.addHandler(one)
    root.setLevel(logging.WARNING)
    logging.raiseExceptions = False
    sys.excepthook = _broke
    threading.excepthook = lambda broke: _note(broke.exc_value)
    sys.unraisablehook = lambda broke: _note(broke.exc_value)
    return file


def line(level: str, where: str, words: str, broke: list[str] | None = None) -> str:
    """One line as it stands in the log."""
    record: dict[str, object] = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", "level": level, "where": where}
    record["said"] = words[:_LONGEST]
    if broke:
        record["broke"] = broke
    return json.dumps(record, ensure_ascii=True)


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        is_ours = record.name.partition(".")[0] == _OURS
        words = record.getMessage() if is_ours else str(record.msg)
        error = record.exc_info[1] if record.exc_info else None
        return line(record.levelname.lower(), record.name, words, None if error is None else list(places(error)))


class _Rotating(RotatingFileHandler):
    """Its files are this account's alone, whatever the umask says."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.fdopen(os.open(self.baseFilename, flags, 0o600), "a", encoding="utf-8")


def places(error: BaseException) -> Iterator[str]:
    """The error's class and the places it passed through, the innermost last; no message and no value."""
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    found: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    yield from found[-_MOST_FRAMES:]


def _broke(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _note(error)


def _note(error: BaseException | None) -> None:
    if error is not None:
        logging.getLogger(__name__).critical("broke off", exc_info=error)


def _is_read_by_somebody(stream: TextIO | None) -> bool:
    """A terminal or a journal that stderr leads to; the console gives its intake a file there."""
    try:
        return stream is not None and not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False
