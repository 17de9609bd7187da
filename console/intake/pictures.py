"""Looks at pictures through a process of its own, which may die of them. Bundles ask here; Pillow is never imported."""

from __future__ import annotations

import mimetypes
import os
import select
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path, PurePath

from console.intake.picture_child import FORMATS
from console.model.media import Unshown, noted

_PROGRAM = Path(__file__).with_name("picture_child.py")
_UNKNOWN = "application/octet-stream"
_BEGINNINGS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
)
"""Offset, bytes and media type: what the content says counts for more than what its name says."""
_SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp")
_ENDINGS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".heic": "image/heic",
    ".heif": "image/heic",
    ".avif": "image/avif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".svg": "image/svg+xml",
}
"""What `mimetypes` says of them differs from machine to machine."""
_START_S = 10.0
"""An idle machine starts the child in 0.1 s."""
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""Of our environment, which may hold the password of a database."""


class PictureCheck:
    """One child that is started with the first picture, and anew after one it died of; for one thread at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left_s = seconds
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the child that runs; None when none does."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def begin_tip(self) -> None:
        """The pictures that follow have the seconds of the settings together."""
        self._left_s = self._seconds

    def media_type(self, label: str, content: bytes) -> str:
        """The media type of an attachment, with a note when it is a picture that is not to be shown."""
        promised = _promised(label, content)
        if not promised.startswith("image/"):
            return promised
        found, unshown = self._look(content)
        if unshown is Unshown.UNKNOWN_FORMAT and _begins(content) in _SHOWN:
            unshown = Unshown.DAMAGED
        if unshown is Unshown.UNKNOWN_FORMAT and _begins(content) is None:
            promised = _UNKNOWN
        return noted(found or promised, unshown)

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()

    def _look(self, content: bytes) -> tuple[str, Unshown | None]:
        """A second child is asked when the first was ended by something else than the picture."""
        for _attempt in range(2):
            try:
                child = self._running()
            except (OSError, subprocess.SubprocessError):
                self.close()
                return "", Unshown.UNCHECKED
            began = time.monotonic()
            if self._left_s <= 0:
                return "", Unshown.UNCHECKED
            try:
                reply = _ask(child, content, began + self._left_s)
            except TimeoutError:
                self.close()
                return "", Unshown.TOO_SLOW
            finally:
                self._left_s -= time.monotonic() - began
            if reply:
                return _understood(reply)
            if self._ended_by() == -signal.SIGXCPU:
                return "", Unshown.TOO_SLOW
        return "", Unshown.UNCHECKED

    def _running(self) -> subprocess.Popen[bytes]:
        """The child, ready. Raises OSError when it cannot be started."""
        if self._child is not None and self._child.poll() is None:
            return self._child
        self.close()
        self._child = child = subprocess.Popen(
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            start_new_session=True,  # ^C at our terminal is not meant for it
        )
        if not _receive(child, time.monotonic() + _START_S):
            raise BrokenPipeError
        return child

    def _ended_by(self) -> int | None:
        if self._child is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=1)
        code = self._child.returncode
        self.close()
        return code


def _understood(reply: str) -> tuple[str, Unshown | None]:
    verdict, _space, word = reply.partition(" ")
    if verdict == "ok" and word in FORMATS:
        return f"image/{word.lower()}", None
    return "", next((unshown for unshown in Unshown if unshown == word), Unshown.UNCHECKED)


def _ask(child: subprocess.Popen[bytes], content: bytes, until: float) -> str:
    """The child's reply; '' when it ended. `until` is of the monotonic clock. Raises TimeoutError."""
    assert child.stdin is not None  # noqa: S101 - for the type checker: both are pipes
    to = child.stdin.fileno()
    os.set_blocking(to, False)
    left = memoryview(struct.pack(">Q", len(content)) + content)
    writable = select.poll()
    writable.register(to, select.POLLOUT)
    while left:
        if not writable.poll(max(0, until - time.monotonic()) * 1000):
            raise TimeoutError
        try:
            left = left[os.write(to, left) :]
        except BrokenPipeError:
            return ""
    return _receive(child, until)


def _receive(child: subprocess.Popen[bytes], until: float) -> str:
    """One line of the child's; '' when it ended. Raises TimeoutError."""
    assert child.stdout is not None  # noqa: S101 - as above
    back = child.stdout.fileno()
    readable = select.poll()
    readable.register(back, select.POLLIN)
    if not readable.poll(max(0, until - time.monotonic()) * 1000):
        raise TimeoutError
    return os.read(back, 1024).decode().strip()


def _promised(label: str, content: bytes) -> str:
    """The media type as content or else name promise it."""
    by_name = _ENDINGS.get(PurePath(label).suffix.lower()) or mimetypes.guess_type(label)[0]
    return _begins(content) or by_name or _UNKNOWN


def _begins(content: bytes) -> str | None:
    return next((kind for offset, begin, kind in _BEGINNINGS if content.startswith(begin, offset)), None)
