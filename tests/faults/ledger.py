"""What the store holds against what was promised: lost, twice, unasked, and rows that do not belong together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from sqlalchemy import Connection, func, select

from console.desk.sealing import join_store
from console.errors import VaultLocked
from console.intake.attachments import Attachments
from console.model.change import EventKind
from console.store import Store
from console.store import tables as t
from console.store.checks import check_rows
from console.vault import Vault
from tests.faults.mail import Key, Mail, Promise


@dataclass(slots=True)
class Verdict:
    """Empty lists everywhere: nothing is lost and nothing is broken."""

    lost: list[Key] = field(default_factory=list)
    twice: list[Key] = field(default_factory=list)
    unasked: list[Key] = field(default_factory=list)
    """In the store, though nobody sent it."""
    changed: list[Key] = field(default_factory=list)
    """Other words, no reporter, or other pictures than were sent."""
    without_event: list[Key] = field(default_factory=list)
    without_audit: list[Key] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    """Of `taskroom doctor`'s checks: counters, gaps in the feed and in the audit, history, search."""
    left: list[str] = field(default_factory=list)
    """Still in new/ or claimed/ when all was to be taken."""
    not_rejected: list[bytes] = field(default_factory=list)
    """Bad mail that is not kept in rejected/ with a reason."""

    @property
    def faults(self) -> dict[str, list[object]]:
        """What is not empty, five of each."""
        return {one.name: getattr(self, one.name)[:5] for one in fields(self) if getattr(self, one.name)}


async def verdict_on(url: str, mail: Mail, *, is_all_taken: bool = True) -> Verdict:
    """Look through the store at `url` and, when all mail is to be in, through the shelves."""
    store = await Store.open(url, create=False)
    try:
        verdict = await store.read(lambda conn: _judge(conn, mail))
        pictures = await store.read(_pictures)
        vault = Vault.open(mail.folder.vault_key, create=False)
        await join_store(store, vault)
    finally:
        await store.close()
    await asyncio.to_thread(_judge_pictures, verdict, mail, pictures, vault)
    if is_all_taken:
        await asyncio.to_thread(_judge_shelves, verdict, mail)
    return verdict


def _judge(conn: Connection, mail: Mail) -> Verdict:
    tip = t.tip.c
    rows = conn.execute(select(tip.source, tip.source_key, tip.id, tip.text, tip.has_reporter)).all()
    found = {(row.source, row.source_key): row for row in rows}
    words = Counter(row.text for row in rows)
    known = {**mail.asked, **mail.promised}
    events = _first_rows(conn, t.tip_event, t.tip_event.c.kind)
    audits = _first_rows(conn, t.audit, t.audit.c.action)
    return Verdict(
        lost=[key for key in mail.promised if key not in found],
        twice=_more_than_once(((row.source, row.source_key) for row in rows), known, words),
        unasked=[key for key in found if key not in known],
        changed=[key for key, row in found.items() if key in known and not _is_same(row, known[key])],
        without_event=[key for key, row in found.items() if events[row.id] != 1],
        without_audit=[key for key, row in found.items() if audits[row.id] != 1],
        findings=[f"{one.check}: {one.found}" for one in check_rows(conn) if not one.ok],
    )


def _is_same(row: object, promise: Promise) -> bool:
    return (getattr(row, "text", None), getattr(row, "has_reporter", None)) == (promise.text, promise.reporter)


def _first_rows(conn: Connection, table: object, kind: object) -> Counter[object]:
    """How many rows say that the tip was received, by tip."""
    c = table.c  # type: ignore[attr-defined]  # either of two tables
    query = select(c.tip_id, func.count()).where(kind == EventKind.RECEIVED.value).group_by(c.tip_id)  # type: ignore[arg-type]
    return Counter({row[0]: row[1] for row in conn.execute(query)})


def _more_than_once(keys: Iterable[Key], known: Mapping[Key, Promise], words: Counter[str]) -> list[Key]:
    """By key, and by the words, each of which is in one promise only."""
    counted = Counter(keys)
    by_words = {key for key, promise in known.items() if words[promise.text] > 1}
    return sorted({key for key, count in counted.items() if count > 1} | by_words)


def _pictures(conn: Connection) -> dict[Key, list[str]]:
    """SHA-256 of each tip's attachments, in order."""
    a, tip = t.attachment.c, t.tip.c
    query = (
        select(tip.source, tip.source_key, a.sha256)
        .join(t.tip, (tip.station_id == a.station_id) & (tip.id == a.tip_id))
        .order_by(a.station_id, a.tip_id, a.n)
    )
    found: dict[Key, list[str]] = {}
    for source, source_key, sha256 in conn.execute(query):
        found.setdefault((source, source_key), []).append(sha256)
    return found


def _judge_pictures(verdict: Verdict, mail: Mail, pictures: Mapping[Key, list[str]], vault: Vault) -> None:
    attachments = Attachments(mail.folder.attachments, vault)
    lost = set(verdict.lost)
    for key, promise in mail.promised.items():
        if key not in lost and promise.pictures != tuple(_content(attachments, pictures.get(key, []))):
            verdict.changed.append(key)


def _content(attachments: Attachments, digests: Iterable[str]) -> Iterable[bytes | None]:
    for sha256 in digests:
        try:
            yield attachments.get(sha256)
        except (FileNotFoundError, VaultLocked):
            yield None


def _judge_shelves(verdict: Verdict, mail: Mail) -> None:
    verdict.left = [
        f"{shelf}/{path.name}"
        for shelf in ("new", "claimed")
        for path in sorted((mail.folder.intake / shelf).iterdir())
        if not path.name.startswith(".")
    ]
    rejected = mail.folder.intake / "rejected"
    kept = Counter[bytes]()
    for path in rejected.iterdir():
        if not path.name.endswith(".why.json") and path.with_name(f"{path.name}.why.json").exists():
            kept.update({path.read_bytes().strip(), *path.read_bytes().splitlines()})
    verdict.not_rejected = [content for content in mail.bad if content not in kept]
