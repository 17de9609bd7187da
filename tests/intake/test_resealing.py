"""Kept files sealed by another key: while somebody takes drafts away, and beside files that are none of ours."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.intake.attachments import Attachments
from console.intake.durable import DRAFT, LEFT_AFTER_S
from console.intake.forgetting import forget_done, sha256_of
from console.intake.kept import sealed_json
from console.intake.resealing import Resealing
from console.intake.shelves import Shelves
from console.paths import DataFolder
from console.settings import IntakeSettings
from console.vault import Vault
from console.vault.vault import number_of
from tests.intake.conftest import LIMITS, Inbox

NOW = datetime(2026, 11, 30, tzinfo=UTC)
KEPT = {"text": "x", "reporter": {"name": "Person"}}


@pytest.fixture
def joined(vault: Vault) -> Vault:
    """Sealing by the first key of a ring."""
    vault.join(vault.new_ring(NOW))
    return vault


def turn(vault: Vault) -> None:
    """From now on the vault seals by its second key."""
    assert vault.ring is not None
    (first,) = vault.ring.keys
    vault.join(replace(vault.ring, keys=(replace(first, retired_at=NOW), vault.new_key(2, NOW))))


def kept_by(vault: Vault) -> bytes:
    kept = sealed_json(KEPT, vault)
    assert kept is not None
    return kept


def key_of(file: Path) -> int:
    """The number of the key that sealed the kept words."""
    return number_of(base64.b64decode(json.loads(file.read_bytes())["reporter"]["sealed"]))


def again(folder: DataFolder, vault: Vault, limits: IntakeSettings = LIMITS) -> Resealing:
    resealing = Resealing(folder, vault, limits, lambda *_: None)
    resealing.run(lambda: False)
    return resealing


def at_each_flush(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None], times: int) -> None:
    """Do the work before the first so many flushes: a draft is written then, and has not got its name."""
    flush, left = os.fsync, times

    def fsync(descriptor: int) -> None:
        nonlocal left
        if left:
            left -= 1
            work()
        flush(descriptor)

    monkeypatch.setattr("console.intake.durable.os.fsync", fsync)


def clear_drafts(folder: DataFolder) -> None:
    for place in (folder.attachments, folder.intake / "done", folder.intake / "rejected"):
        for draft in place.glob(f"{DRAFT}*"):
            draft.unlink()


def test_an_intake_that_starts_leaves_a_draft_under_way(
    inbox: Inbox, joined: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Attachments(inbox.folder.attachments, joined).put("a.jpg", b"picture", "image/jpeg")
    done = inbox.path("done", "a.json")
    done.write_bytes(kept_by(joined))
    turn(joined)
    at_each_flush(monkeypatch, Shelves(inbox.folder, joined, LIMITS).tidy, times=20)
    assert again(inbox.folder, joined).left == []
    sealed = inbox.folder.attachments / held.sha256[:2] / held.sha256
    assert (number_of(sealed.read_bytes()), key_of(done)) == (2, 2)


def test_drafts_an_hour_old_are_removed_at_the_start(inbox: Inbox, joined: Vault) -> None:
    places = [inbox.folder.attachments, *(inbox.folder.intake / name for name in ("done", "rejected"))]
    old, young = ([place / f"{DRAFT}{name}" for place in places] for name in ("old", "young"))
    claimed = inbox.path("claimed", f"{DRAFT}young")
    for draft in (*old, *young, claimed):
        draft.write_bytes(b"half")
    at = time.time() - LEFT_AFTER_S - 60
    for draft in old:
        os.utime(draft, (at, at))
    Shelves(inbox.folder, joined, LIMITS).tidy()
    assert [draft.exists() for draft in (*old, *young)] == [False] * 3 + [True] * 3
    assert not claimed.exists(), "nobody but the intake writes there"


@pytest.mark.parametrize("times", [1, 9])
@pytest.mark.parametrize("what", ["attachment", "done"])
def test_a_file_whose_draft_was_taken_away_is_sealed_by_the_new_key_or_named(
    inbox: Inbox, joined: Vault, monkeypatch: pytest.MonkeyPatch, what: str, times: int
) -> None:
    """Else the old key is dropped, and it never opens again."""
    file = inbox.path("done", "a.json")
    if what == "done":
        file.write_bytes(kept_by(joined))
    else:
        held = Attachments(inbox.folder.attachments, joined).put("a.jpg", b"picture", "image/jpeg")
        file = inbox.folder.attachments / held.sha256[:2] / held.sha256
    turn(joined)
    at_each_flush(monkeypatch, lambda: clear_drafts(inbox.folder), times)
    left = again(inbox.folder, joined).left
    number = key_of(file) if what == "done" else number_of(file.read_bytes())
    assert (number, left) == ((2, []) if times == 1 else (1, [file]))


def test_a_file_that_went_away_meanwhile_stays_away(
    inbox: Inbox, joined: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = inbox.path("done", "a.json")
    file.write_bytes(kept_by(joined))
    turn(joined)

    def take_away() -> None:
        clear_drafts(inbox.folder)
        file.unlink(missing_ok=True)

    at_each_flush(monkeypatch, take_away, 1)
    assert again(inbox.folder, joined).left == []
    assert inbox.names("done") == []


@pytest.mark.parametrize("times", [1, 9])
def test_words_are_forgotten_though_the_draft_of_the_rest_was_taken_away(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Or it is said that they were not: what calls this erases their rows next."""
    file = inbox.path("done", "a.jsonl")
    file.write_text('{"text": "forget"}\n{"text": "keep"}\n')
    at_each_flush(monkeypatch, lambda: clear_drafts(inbox.folder), times)
    said = False
    with suppress(FileNotFoundError):
        forget_done(file.parent, {sha256_of("forget")})
        said = True
    assert (said, "forget" in file.read_text()) == (times == 1, times == 9)
    assert "keep" in file.read_text()


def test_a_file_with_a_second_name_is_sealed_again_and_the_other_stays(
    inbox: Inbox, joined: Vault, tmp_path: Path
) -> None:
    """A backup that links, as `cp -al`."""
    file, linked = inbox.path("done", "a.json"), tmp_path / "linked"
    file.write_bytes(kept_by(joined))
    os.link(file, linked)
    turn(joined)
    assert again(inbox.folder, joined).left == []
    assert (key_of(file), key_of(linked)) == (2, 1)


def test_a_file_of_many_that_grew_by_sealing_is_sealed_again(inbox: Inbox, joined: Vault) -> None:
    line = kept_by(joined)
    file = inbox.path("done", "a.jsonl")
    file.write_bytes(b"".join(line + b"\n" for _ in range(10)))
    turn(joined)
    limits = replace(LIMITS, json_bytes=100, line_bytes=100, many_bytes=len(line) * 10 // 3)
    assert again(inbox.folder, joined, limits).left == []
    lines = file.read_bytes().splitlines()
    assert [number_of(base64.b64decode(json.loads(one)["reporter"]["sealed"])) for one in lines] == [2] * 10


def test_what_was_refused_and_never_sealed_ends_no_change_of_the_key(inbox: Inbox, joined: Vault) -> None:
    """A sender's own `sealed` in what is too large to be read, or beside a bundle's words, is no seal of ours."""
    foreign = json.dumps({"reporter": {"sealed": base64.b64encode(b"\x01" + bytes(60)).decode()}}).encode()
    limits = replace(LIMITS, json_bytes=100, line_bytes=100, many_bytes=200)
    film, padded = inbox.path("rejected", "film.mp4"), inbox.path("rejected", "padded.json")
    film.write_bytes(foreign + bytes(6 * 200))
    padded.write_bytes(foreign + b" " * 600)
    bundle = inbox.path("rejected", "bundle")
    bundle.mkdir()
    (bundle / "tip.json").write_bytes(kept_by(joined))
    (bundle / "a.jpg").write_bytes(foreign)
    turn(joined)
    assert again(inbox.folder, joined, limits).left == []
    assert key_of(bundle / "tip.json") == 2
    assert (bundle / "a.jpg").read_bytes() == foreign


def test_what_is_sealed_and_cannot_be_sealed_again_is_named(inbox: Inbox, joined: Vault) -> None:
    foreign = json.dumps({"reporter": {"sealed": base64.b64encode(b"\x01" + bytes(60)).decode()}}).encode()
    closed, other = inbox.path("done", "a.json"), inbox.path("rejected", "b.json")
    closed.write_bytes(kept_by(joined) + b" " * 1200)
    other.write_bytes(foreign)
    turn(joined)
    limits = replace(LIMITS, json_bytes=100, line_bytes=100, many_bytes=200)
    assert again(inbox.folder, joined, limits).left == [closed, other]
