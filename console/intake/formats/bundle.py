"""A bundle: a folder with tip.json and the pictures that belong to it."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import replace
from pathlib import Path

from console.errors import BadTip
from console.intake.attachments import Attachments
from console.intake.envelope import IncomingAttachment, Submission, read_tip
from console.intake.formats import SOURCE
from console.intake.opening import opened_folder, read_regular
from console.model.incoming import NewAttachment, NewTip
from console.settings import IntakeSettings
from console.words import gettext as _

WORDS = "tip.json"


def read_bundle(folder: Path, limits: IntakeSettings, attachments: Attachments) -> Submission:
    """The tip with its pictures kept in `attachments`.

    Without a key of the sender's, its key is the SHA-256 of tip.json followed by the SHA-256 of each picture.
    Raises BadTip, its field in terms of tip.json, or FileNotFoundError when the folder is gone.
    """
    with opened_folder(folder) as inside:
        names = _names(inside, limits)
        received = read_regular(WORDS, limits.json_bytes, inside=inside)
        submission = read_tip(received, source=SOURCE)
        listed = submission.listed
        if listed is None:
            listed = tuple(IncomingAttachment.model_construct(name=name) for name in names)
        if len(listed) > limits.attachments:
            raise BadTip(
                "too-many",
                _("attachments has too many entries: at most {limit}.").format(limit=limits.attachments),
                "attachments",
            )
        _check_listed(listed, names)
        kept = tuple(_keep(n, one, inside, limits, attachments) for n, one in enumerate(listed))
    return replace(submission, tip=_with_pictures(submission, received, kept))


def _names(inside: int, limits: IntakeSettings) -> list[str]:
    """All files beside tip.json by name; hidden ones are the work of a file browser and do not count."""
    names, total = [], 0
    with os.scandir(inside) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            found = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                raise BadTip("not-a-file", _("A bundle holds regular files only: take out links and folders."))
            total += found.st_size
            names.append(entry.name)
    if total > limits.bundle_bytes:
        raise BadTip(
            "too-large", _("The bundle is too large: at most {limit} MiB.").format(limit=limits.bundle_bytes >> 20)
        )
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


def _keep(
    n: int, one: IncomingAttachment, inside: int, limits: IntakeSettings, attachments: Attachments
) -> NewAttachment:
    try:
        content = read_regular(one.name, limits.picture_bytes, inside=inside)
    except BadTip as bad:
        raise BadTip(bad.code, bad.message, f"attachments[{n}]") from None
    if one.sha256 is not None and hashlib.sha256(content).hexdigest() != one.sha256:
        raise BadTip(
            "changed-file",
            _("The file of {field} is not the one that was meant: send the bundle again.").format(
                field=f"attachments[{n}].sha256"
            ),
            f"attachments[{n}].sha256",
        )
    label = os.fsencode(one.name).decode(errors="replace")
    return attachments.put(label, content)


def _with_pictures(submission: Submission, received: bytes, kept: tuple[NewAttachment, ...]) -> NewTip:
    key = submission.tip.source_key
    if not submission.raw.get("source_key"):
        digests = b"".join(bytes.fromhex(one.sha256) for one in kept)
        key = hashlib.sha256(received + digests).hexdigest()
    return replace(submission.tip, attachments=kept, source_key=key)
