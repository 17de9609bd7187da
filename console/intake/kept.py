"""The form in which a tip's JSON is kept: as it came, its reporter sealed. For what lies in done/ and in rejected/."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from console.errors import BadTip, VaultLocked
from console.intake.encoding import decode
from console.intake.strict import strict_json
from console.vault import Vault, number_of

ABOUT = b"reporter kept by the intake"


def sealed_json(raw: Mapping[str, object], vault: Vault) -> bytes | None:
    """The object in UTF-8 with `"reporter": {"sealed": "<base64>"}`; None when it names no reporter."""
    reporter = raw.get("reporter")
    if not reporter:
        return None
    sealed = vault.seal(json.dumps(reporter, ensure_ascii=False).encode(), ABOUT)
    kept = {**raw, "reporter": {"sealed": base64.b64encode(sealed).decode()}}
    return json.dumps(kept, ensure_ascii=False).encode()


def sealed_bytes(received: bytes, vault: Vault) -> bytes | None:
    """The same for bytes that were refused; None also when they cannot be read as one object."""
    try:
        value = strict_json(decode(received)[0])
    except BadTip:
        return None
    return sealed_json(value, vault) if isinstance(value, dict) else None


def unsealed_bytes(kept: bytes, vault: Vault, sha256: str | None) -> bytes | None:
    """What `sealed_bytes` made, with the reporter in clear again for another delivery; None when none is sealed in it.

    `sha256` of the bytes as they first came is its delivery key where the sender gave none, so that it stays the same
    tip. Raises VaultLocked.
    """
    found = _sealed_in(kept)
    if found is None:
        return None
    value, sealed = found
    made = {**value, "reporter": json.loads(vault.unseal(sealed, ABOUT))}
    if sha256 is not None and not value.get("source_key"):
        made["source_key"] = sha256
    return json.dumps(made, ensure_ascii=False).encode()


def sealed_again(kept: bytes, vault: Vault, most_bytes: int) -> bytes | None:
    """What `sealed_bytes` made, alone or in many lines, with its reporters sealed by the vault's newest key; None when
    all of them are, or none is in it. An object of more than `most_bytes` was never read, so never sealed. Raises
    VaultLocked."""
    if b'"sealed"' not in kept:
        return None
    whole = _object_again(kept, vault) if len(kept) <= most_bytes else None
    if whole is not None:
        return whole
    ending = b"\n" if kept.endswith(b"\n") else b""
    lines = kept.removesuffix(b"\n").split(b"\n")
    if len(lines) == 1:
        return None
    again = [_object_again(line, vault) if len(line) <= most_bytes else None for line in lines]
    if not any(again):
        return None
    return b"\n".join(now or line for line, now in zip(lines, again, strict=True)) + ending


def _object_again(kept: bytes, vault: Vault) -> bytes | None:
    found = _sealed_in(kept)
    if found is None:
        return None
    value, sealed = found
    try:
        if number_of(sealed) == vault.number:
            return None
    except VaultLocked:  # a sender's own word, not ours
        return None
    again = base64.b64encode(vault.seal(vault.unseal(sealed, ABOUT), ABOUT)).decode()
    return json.dumps({**value, "reporter": {"sealed": again}}, ensure_ascii=False).encode()


def _sealed_in(kept: bytes) -> tuple[dict[str, Any], bytes] | None:
    """The object and its sealed reporter; None when it is none or has none."""
    try:
        value = strict_json(decode(kept)[0])
    except BadTip:
        return None
    reporter = value.get("reporter") if isinstance(value, dict) else None
    sealed = reporter.get("sealed") if isinstance(reporter, dict) else None
    if not isinstance(value, dict) or not isinstance(sealed, str):
        return None
    try:
        return value, base64.b64decode(sealed, validate=True)
    except ValueError:
        return None
