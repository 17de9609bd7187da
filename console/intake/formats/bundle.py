"""A bundle: a folder with tip.json and the pictures that belong to it."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from console.errors import BadTip
from console.intake.attachments import Attachments
from console.intake.envelope import IncomingAttachment, Submission, read_tip
from console.intake.formats import SOURCE
from console.intake.limits import large_bundle, many_attachments
from console.intake.opening import digest_regular, opened_folder, printable, read_regular
from console.intake.pictures import PictureCheck
from console.model.incoming import NewAttachment, NewTip
from console.model.media import Unshown, noted, plain_media_type
from console.settings import IntakeSettings
from console.words import gettext as _

WORDS = "tip.json"
_DROPPINGS = (".DS_Store", ".directory", "Thumbs.db", "desktop.ini")
_DROPPING_PREFIX = "._"
"""What file browsers leave in a folder: it does not count."""
_UNREAD = "application/octet-stream"


def read_bundle(folder: Path, limits: IntakeSettings, attachments: Attachments, pictures: PictureCheck) -> Submission:
    """The tip with its files kept in `attachments`, those it names first.

    A picture that is damaged, none or too large is noted and costs the tip nothing; a file over the limit stays in the
    bundle. Without a key of the sender's, its key is the SHA-256 of tip.json followed by that of each file.
    Raises BadTip, its field in terms of tip.json, or FileNotFoundError when the folder is gone.
    """
    with opened_folder(folder) as inside:
        names = _names(inside, limits)
        received = read_regular(WORDS, limits.json_bytes, inside=inside)
        submission = read_tip(received, source=SOURCE)
        listed = submission.listed or ()
        _check_listed(listed, names)
        named = {one.name for one in listed}
        listed += tuple(IncomingAttachment.model_construct(name=name) for name in names if name not in named)
        if len(listed) > limits.attachments:
            raise many_attachments(limits.attachments)
        pictures.begin_tip()
        keeping = _Keeping(inside, limits, attachments, pictures)
        kept = tuple(keeping.keep(n, one) for n, one in enumerate(listed))
    return replace(submission, tip=_with_pictures(submission, received, kept))


def _names(inside: int, limits: IntakeSettings) -> list[str]:
    """All files beside tip.json, by name."""
    names, total = [], 0
    with os.scandir(inside) as entries:
        for entry in entries:
            if entry.name in _DROPPINGS or entry.name.startswith(_DROPPING_PREFIX):
                continue
            found = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                raise BadTip("not-a-file", _("A bundle holds regular files only: take out links and folders."))
            total += found.st_size
            names.append(entry.name)
            if len(names) > limits.attachments + 1:
                raise many_attachments(limits.attachments)
    if total > limits.bundle_bytes:
        raise large_bundle(limits.bundle_bytes)
    if WORDS not in names:
        raise BadTip("no-tip", _("The folder holds no tip.json: add it and send the bundle again."))
    return sorted(name for name in names if name != WORDS)


def _check_listed(listed: tuple[IncomingAttachment, ...], names: list[str]) -> None:
    for n, one in enumerate(listed):
        if one.name not in names:
            raise BadTip(
                "no-such-file",
                _("The bundle holds no file of the name in {field}: add the file, or take it off the list.").format(
                    field=f"attachments[{n}].name"
                ),
                f"attachments[{n}].name",
            )


@dataclass(frozen=True, slots=True)
class _Keeping:
    """Puts the files of one bundle, whose folder is the descriptor `inside`, into the attachment store."""

    inside: int
    limits: IntakeSettings
    attachments: Attachments
    pictures: PictureCheck

    def keep(self, n: int, one: IncomingAttachment) -> NewAttachment:
        try:
            return self._keep(one)
        except BadTip as bad:
            raise BadTip(bad.code, bad.message, f"attachments[{n}]") from None

    def _keep(self, one: IncomingAttachment) -> NewAttachment:
        label = printable(one.name)
        try:
            content = read_regular(one.name, self.limits.picture_bytes, inside=self.inside)
        except BadTip as bad:
            if bad.code != "too-large":
                raise
            sha256, size = digest_regular(one.name, self.limits.bundle_bytes, inside=self.inside)
            return NewAttachment(label, noted(_UNREAD, Unshown.TOO_LARGE), size, sha256)
        media_type = self.pictures.media_type(label, content)
        if one.sha256 is not None and hashlib.sha256(content).hexdigest() != one.sha256:
            media_type = noted(plain_media_type(media_type), Unshown.CHANGED)
        return self.attachments.put(label, content, media_type)


def _with_pictures(submission: Submission, received: bytes, kept: tuple[NewAttachment, ...]) -> NewTip:
    key = submission.tip.source_key
    if not submission.raw.get("source_key"):
        digests = b"".join(bytes.fromhex(one.sha256) for one in kept)
        key = hashlib.sha256(received + digests).hexdigest()
    return replace(submission.tip, attachments=kept, source_key=key)
