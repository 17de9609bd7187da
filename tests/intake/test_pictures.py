"""Pictures are looked at in a process of their own: what it dies of costs neither the intake nor the tip's words."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from console.intake import picture_child
from console.intake.attachments import Attachments
from console.intake.folder import FolderIntake
from console.intake.pictures import PictureCheck
from console.intake.shelves import Shelves
from console.model.media import Unshown, plain_media_type, unshown_in, why_not_shown
from console.store import tables as t
from tests.intake.conftest import LIMITS, Intake
from tests.intake.test_envelope import OK

SLOW_START = 60.0
"""Seconds for a picture on a busy machine: the limit itself is tried by a picture that never ends."""


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(made, kind)
    return made.getvalue()


def png_that_claims(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG whose head says so; its content is what `rows` packs to."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def check() -> Iterator[PictureCheck]:
    made = PictureCheck(SLOW_START)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_five_formats_are_shown_whatever_their_name_says(check: PictureCheck, kind: str) -> None:
    assert check.media_type("gate.jpg", picture(kind)) == f"image/{kind.lower()}"


def test_one_child_looks_at_many_pictures(check: PictureCheck) -> None:
    seen = [check.pid]
    for _time in range(5):
        check.media_type("a.png", picture("PNG"))
        seen.append(check.pid)
    assert seen[0] is None
    assert len(set(seen)) == 2


@pytest.mark.parametrize(
    "label,content,plain,why",
    [
        ("cut.jpg", picture("JPEG")[:-200], "image/jpeg", Unshown.DAMAGED),
        ("cut.png", picture("PNG")[:200], "image/png", Unshown.DAMAGED),
        ("head.jpg", b"\xff\xd8\xff 1", "image/jpeg", Unshown.DAMAGED),
        ("noise.png", os.urandom(2000), "application/octet-stream", Unshown.UNKNOWN_FORMAT),
        ("empty.webp", b"", "application/octet-stream", Unshown.UNKNOWN_FORMAT),
        ("phone.heic", b"\0\0\0\x18ftypheic" + b"\0" * 99, "image/heic", Unshown.UNKNOWN_FORMAT),
        ("program.svg", b"<svg onload='x()'/>", "application/octet-stream", Unshown.UNKNOWN_FORMAT),
        ("tiff.jpg", picture("TIFF"), "application/octet-stream", Unshown.UNKNOWN_FORMAT),
        ("bomb.png", png_that_claims(60_000, 60_000), "image/png", Unshown.TOO_MANY_PIXELS),
        ("fifty.png", png_that_claims(10_000, 5_001), "image/png", Unshown.TOO_MANY_PIXELS),
    ],
)
def test_what_is_no_picture_is_noted(check: PictureCheck, label: str, content: bytes, plain: str, why: Unshown) -> None:
    stored = check.media_type(label, content)
    assert (plain_media_type(stored), unshown_in(stored)) == (plain, why)
    assert why_not_shown(stored)
    assert check.media_type("next.png", picture("PNG")) == "image/png"


@pytest.mark.parametrize(
    "label,content,kind",
    [("a.pdf", b"%PDF-1.7", "application/pdf"), ("a.mp4", b"\0\0\0\x18ftypmp42", "video/mp4"), ("a", b"x", None)],
)
def test_what_claims_to_be_no_picture_starts_no_child(
    check: PictureCheck, label: str, content: bytes, kind: str | None
) -> None:
    assert check.media_type(label, content) == (kind or "application/octet-stream")
    assert check.pid is None


def test_a_picture_that_takes_for_ever_is_left(check: PictureCheck) -> None:
    """The child is stopped in the middle, as by a decoder that never ends."""
    check.media_type("a.png", picture("PNG"))
    assert check.pid is not None
    stuck = check.pid
    os.kill(stuck, signal.SIGSTOP)
    check._left_s = 0.2
    assert unshown_in(check.media_type("b.png", picture("PNG"))) is Unshown.TOO_SLOW
    assert unshown_in(check.media_type("c.png", picture("PNG"))) is Unshown.UNCHECKED
    check.begin_tip()
    assert check.media_type("d.png", picture("PNG")) == "image/png"
    assert check.pid not in (None, stuck)


def test_a_child_that_is_killed_is_started_anew(check: PictureCheck) -> None:
    check.media_type("a.png", picture("PNG"))
    assert check.pid is not None
    os.kill(check.pid, signal.SIGKILL)
    assert check.media_type("b.png", picture("PNG")) == "image/png"


def test_without_a_child_pictures_are_unchecked(check: PictureCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.intake.pictures._PROGRAM", Path("/nowhere/child.py"))
    assert unshown_in(check.media_type("a.png", picture("PNG"))) is Unshown.UNCHECKED


LIMITED = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import picture_child as child
child.limit_everything_else()
if sys.argv[2] == "memory":
    from PIL import Image
    def hungry(*_a, **_k): return bytearray(2 << 30)
    Image.open = hungry
    print(child.look(b""))
if sys.argv[2] == "time":
    child.CPU_S = 0
    child.limit_time()
    while True: pass
if sys.argv[2] == "disk":
    open(sys.argv[3], "wb", buffering=0).write(b"x")
"""


@pytest.mark.parametrize("what", ["memory", "time", "disk"])
def test_the_childs_limits_hold(what: str, tmp_path: Path) -> None:
    folder = str(Path(picture_child.__file__).parent)
    command = [sys.executable, "-I", "-c", LIMITED, folder, what, str(tmp_path / "written")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    if what == "memory":
        assert done.stdout.strip() == "bad too-much-memory"
    elif what == "time":
        assert done.returncode == -signal.SIGXCPU
    else:
        assert "File too large" in done.stderr
        assert (tmp_path / "written").stat().st_size == 0


def send_bundle(intake: Intake, words: Mapping[str, object], **files: bytes) -> None:
    made = intake.inbox.path("tmp", "b")
    made.mkdir()
    (made / "tip.json").write_text(json.dumps(words))
    for name, content in files.items():
        (made / f"{name}.png").write_bytes(content)
    made.rename(intake.inbox.path("new", "b"))


async def kept(intake: Intake) -> list[tuple[str, str, str]]:
    rows = await intake.desk.store.read(
        lambda conn: conn.execute(select(t.attachment).order_by(t.attachment.c.n)).all()
    )
    return [(row.label, row.media_type, row.sha256) for row in rows]


async def test_a_bad_picture_never_costs_the_tip_its_words(intake: Intake) -> None:
    good, bad, other = picture("PNG"), picture("PNG")[:100], picture("PNG")
    sha256s = [hashlib.sha256(content).hexdigest() for content in (other, good, bad)]
    listed = {"attachments": [{"name": "other.png", "sha256": "0" * 64}]}
    send_bundle(intake, {**OK, **listed}, bad=bad, good=good, other=other)
    await intake.folder.run_once()
    assert await intake.texts() == ["words"]
    assert await kept(intake) == [
        ("other.png", "image/png; unshown=changed", sha256s[0]),
        ("bad.png", "image/png; unshown=damaged", sha256s[2]),
        ("good.png", "image/png", sha256s[1]),
    ]
    store = Attachments(intake.inbox.folder.attachments, intake.desk.vault)
    assert [store.get(sha256) for sha256 in sha256s] == [other, good, bad]
    assert (intake.inbox.names("rejected"), os.listdir(intake.inbox.path("done", "b"))) == ([], ["tip.json"])


def small_pictures_only(intake: Intake) -> FolderIntake:
    limits = replace(LIMITS, picture_bytes=500)
    return FolderIntake(Shelves(intake.inbox.folder, intake.desk.vault, limits), intake.taker, intake.pulse, limits)


@pytest.mark.parametrize("crash", [False, True])
async def test_a_picture_over_the_limit_goes_to_rejected_and_the_tip_is_taken(intake: Intake, crash: bool) -> None:
    """Also when the power goes after the bundle's tip is kept and before its pictures are put away."""
    large = picture("BMP")
    assert len(large) > 500
    send_bundle(intake, OK, large=large)
    folder = small_pictures_only(intake)
    if crash:
        claimed = intake.inbox.path("claimed", ".spent-b")
        intake.inbox.path("new", "b").rename(claimed)
    await folder.run_once()
    assert intake.inbox.names("rejected") == ["b.large.png", "b.large.png.why.json"]
    assert intake.inbox.path("rejected", "b.large.png").read_bytes() == large
    why = intake.inbox.why("b.large.png")
    assert (why["code"], why["part_of"], why["sha256"]) == ("too-large", "b", hashlib.sha256(large).hexdigest())
    assert "at most 500 bytes" in why["sentence"]
    assert intake.inbox.names("claimed") == []
    if not crash:
        assert await kept(intake) == [
            ("large.png", "application/octet-stream; unshown=too-large", hashlib.sha256(large).hexdigest())
        ]
    folder._shelves.close()


async def test_what_comes_into_a_bundle_after_it_was_taken_is_kept(intake: Intake) -> None:
    """A sender that still holds the folder open makes things in it."""
    send_bundle(intake, OK)
    spent = intake.inbox.path("claimed", ".spent-b")
    intake.inbox.path("new", "b").rename(spent)
    (spent / "late").mkdir()
    (spent / "late" / "words.txt").write_text("late words")
    await intake.folder.run_once()
    assert intake.inbox.names("rejected") == ["b", "b.why.json"]
    assert intake.inbox.why("b")["code"] == "late"
    assert (intake.inbox.path("rejected", "b") / "late" / "words.txt").read_text() == "late words"


async def test_files_a_bundle_does_not_name_are_kept_too(intake: Intake) -> None:
    """Hidden ones included, but for what file browsers leave behind."""
    made = intake.inbox.path("tmp", "b")
    made.mkdir()
    words = {**OK, "attachments": [{"name": "z.pdf"}]}
    for name, content in (("tip.json", json.dumps(words)), ("z.pdf", "%PDF-1"), (".hidden", "h"), ("b", "b")):
        (made / name).write_text(content)
    for dropping in (".DS_Store", "._z.pdf", "Thumbs.db"):
        (made / dropping).write_text("a file browser was here")
    made.rename(intake.inbox.path("new", "b"))
    await intake.folder.run_once()
    assert [label for label, _kind, _sha in await kept(intake)] == ["z.pdf", ".hidden", "b"]
