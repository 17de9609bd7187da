"""A small station in whose store every word that can come from outside is hostile, each behind a tag of its own, so
that a test sees on the screen or in print which word it has reached."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, Table, literal, update

from console import desk
from console.desk import setup
from console.model.audit import AuditAction
from console.model.incoming import NewAttachment, NewReporter, NewTip
from console.model.officer import Officer, Role
from console.model.referral import Referral, ReferralState
from console.model.tip import Category, CloseReason
from console.settings import Settings
from console.store import Store
from console.store import tables as t
from console.store.audit import append
from console.store.driver import plain_sqlite
from console.store.past import add_referrals
from tests.passwords import CHEAP_HASH, signs_in
from tests.ui.small_station import CHEN, LI, TIPS, Clock, fill

LONGEST_NAME: Final = 20_000
"""Characters that names, labels and kinds get of a long text, a hundred times what the intake lets through; a tip's
words, its outcome, place and notes get the whole of it."""
LONGEST_CODE: Final = 300
"""The same for codes and refs: PostgreSQL has an index over them, whose entries are short."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column for words from outside and its tag; `longest` is how much of a text it gets, `only` a row's id when the
    other rows keep their words. Behind the tag of a `code` stands what it was, as codes are unique."""

    tag: str
    table: Table
    column: str
    longest: int | None = None
    only: int | None = None

    @property
    def is_code(self) -> bool:
        return self.longest == LONGEST_CODE

    def value(self, before: str, words: str) -> str:
        """What stands in the column instead of `before`; the desk looks codes up in capitals, without blanks."""
        return (
            f"{self.tag}{before}{words[:LONGEST_CODE].upper()}." if self.is_code else self.tag + words[: self.longest]
        )

    def write(self, conn: Connection, words: str) -> None:
        column = self.table.c[self.column]
        before, _, after = (
            self.value("\n\n", words).partition("\n\n") if self.is_code else (self.value("", words), "", "")
        )
        value = literal(before).concat(column).concat(after) if self.is_code else literal(before)
        change = update(self.table).where(column.is_not(None)).values({self.column: value})
        conn.execute(change if self.only is None else change.where(self.table.c.id == self.only))


FIELDS: Final = (
    Field("QDN", t.district, "name", LONGEST_NAME),
    Field("QSC", t.station, "code", LONGEST_CODE, only=1),
    Field("QSN", t.station, "name", LONGEST_NAME, only=2),
    Field("QOC", t.officer, "code", LONGEST_CODE),
    Field("QON", t.officer, "name", LONGEST_NAME),
    Field("QAG", t.agency, "name", LONGEST_NAME),
    Field("QRC", t.room, "code", LONGEST_CODE, only=12),
    Field("QRN", t.room, "name", LONGEST_NAME, only=12),
    Field("QRP", t.room, "purpose", LONGEST_NAME, only=7),
    Field("QMP", t.member, "pseudonym", LONGEST_NAME),
    Field("QRF", t.tip, "ref", LONGEST_CODE),
    Field("QRF", t.tip, "duplicate_of", LONGEST_CODE),
    Field("QTX", t.tip, "text"),
    Field("QPL", t.tip, "place"),
    Field("QRK", t.tip, "reporter_kind", LONGEST_NAME),
    Field("QUN", t.tip, "unrouted_name", LONGEST_NAME),
    Field("QAN", t.tip, "answers", LONGEST_NAME),
    Field("QOU", t.tip, "outcome"),
    Field("QEW", t.tip_event, "why"),
    Field("QEA", t.tip_event, "about", LONGEST_NAME),
    Field("QOS", t.observable, "shown", LONGEST_NAME),
    Field("QAL", t.attachment, "label", LONGEST_NAME),
    Field("QAM", t.attachment, "media_type", LONGEST_NAME),
    Field("QNO", t.referral, "note"),
)

HOSTILE_TIPS: Final[tuple[NewTip, ...]] = (
    *TIPS[:3],
    replace(
        TIPS[3],
        text="The car 沪A12345 again.",
        station=None,
        room="JNL-12",
        answers="B-1",
        reporter=NewReporter("somebody", "13800138000", "guard"),
        attachments=(NewAttachment("door.jpg", "image/jpeg", 2_048, "ab" * 32),),
    ),
)
"""Tip 4 has all that a tip can have; tip 1 and 3 share its plate, tip 2 is its duplicate."""


def keepable(words: str, url: str) -> str:
    """The words as that database can keep them: none takes half a character, PostgreSQL no NUL either."""
    whole = words.encode("utf-8", "replace").decode()
    return whole if url.startswith("sqlite") else whole.replace("\0", "")


def reader_code(words: str, url: str) -> str:
    """The code by which the supervisor, who sees all, signs in when everything is hostile."""
    return FIELDS[3].value(CHEN.code, keepable(words, url))


async def fill_hostile(settings: Settings, clock: Clock, words: str) -> None:
    """Set the station up, take its tips, work them, then put the words into every column of FIELDS. The supervisor of
    the hostile code signs in there."""
    signs_in(settings.folder.root, reader_code(words, settings.database_url))
    await fill(settings, clock, HOSTILE_TIPS)
    store = await Store.open(settings.database_url, now=clock)
    try:
        await _work(store)
        kept = keepable(words, settings.database_url)

        def write(conn: Connection) -> None:
            conn.execute(update(t.tip).values(unrouted_name="x", outcome="x"))
            conn.execute(update(t.tip_event).values(why="x", about="x"))
            for field in FIELDS:
                field.write(conn, kept)

        await store.write(write)
    finally:
        await store.close()


SUPERVISOR: Final = Officer(91, "SUP-1", "QON", Role.SUPERVISOR, 1, frozenset({0, 1, 2}))
ADMIN: Final = Officer(92, "ADM-1", "QON", Role.ADMIN, 1, frozenset({1}))
AUDITOR: Final = Officer(93, "AUD-1", "QON", Role.AUDITOR, 1, frozenset({0, 1, 2}))
"""Whose codes can be typed, and whose names are hostile."""


async def add_typable(settings: Settings, clock: Clock, words: str) -> None:
    """Officers who sign in by hand, and what the audit can hold of words from outside: what is said about a step, which
    is hostile, and an entry that was changed afterwards."""
    name = f"QON{keepable(words, settings.database_url)[:LONGEST_NAME]}"
    store = await Store.open(settings.database_url, now=clock)
    try:
        officers = [replace(one, name=name) for one in (SUPERVISOR, ADMIN, AUDITOR)]
        await setup.add_places(store, officers=officers, password=CHEAP_HASH)
        about = {"why": f"QAB{name}"}
        await store.write(lambda conn: append(conn, 1, LI.id, AuditAction.LOCKED, clock(), about=about))
    finally:
        await store.close()
    with closing(plain_sqlite(settings.folder.store)) as connection:
        connection.execute("DROP TRIGGER audit_is_not_changed")
        connection.execute("UPDATE audit SET officer_id = 9 WHERE station_id = 1 AND seq = 2")
        connection.commit()


async def _work(store: Store) -> None:
    fourth = (await desk.tip_file_by_ref(store, CHEN, "JNL-1121-0004")).tip
    second = (await desk.tip_file_by_ref(store, CHEN, "JNL-1121-0002")).tip
    await desk.link_duplicate(store, LI, second, fourth.ref)
    first = (await desk.tip_file_by_ref(store, CHEN, "JNL-1121-0001")).tip
    await desk.close_tip(store, LI, first, CloseReason.NO_ACTION)
    fourth = await desk.claim_tip(store, LI, fourth)
    fourth = await desk.note_tip(store, LI, fourth, "x")
    await desk.set_category(store, LI, fourth, Category.TRAFFIC)
    referral = Referral(fourth.station_id, fourth.id, 1, 1, "", ReferralState.RETURNED, "x", store.now())
    await store.write(lambda conn: add_referrals(conn, [(referral, LI.id)]))
