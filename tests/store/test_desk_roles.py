"""A desk's own role on a real PostgreSQL: what is another station's is not there for it, whatever is asked and however;
its own desk works."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from console import desk
from console.desk import signing
from console.errors import BadTip, NotAllowed, NotFound
from console.model.incoming import NewReporter, NewTip
from console.model.query import Query
from console.model.view import View
from console.store import desk_roles
from console.store.unit import Unit
from tests.desk.test_guard import refusals
from tests.desk.test_tips import counters_hold
from tests.store.both import WORDS, Both, lines_of

TIP_SIDE = (
    "tip",
    "tip_event",
    "tip_seen",
    "observable",
    "reporter",
    "attachment",
    "referral",
    "audit",
    "member",
)


# ── the eight cases ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_1_foreign_rows_are_not_read(both: Both) -> None:
    with both.connect(both.owner_name) as owner, both.connect() as connection:
        for table in TIP_SIDE:
            count = sql.SQL("SELECT count(*) FROM {} WHERE station_id = 2").format(sql.Identifier(table))
            assert owner.execute(count).fetchone() != (0,), f"{table}: nothing is there that could leak"
            assert connection.execute(count).fetchone() == (0,)
            everything = sql.SQL("SELECT DISTINCT station_id FROM {}").format(sql.Identifier(table))
            assert connection.execute(everything).fetchall() in ([], [(1,)])


async def test_2_no_row_is_put_into_a_foreign_station(both: Both) -> None:
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
    with both.connect(both.owner_name) as owner, both.connect() as connection:
        for table in (*TIP_SIDE, "station_counter"):
            names = [name for (name,) in owner.execute(columns, (table,))]
            insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(sql.Literal(2) if name == "station_id" else sql.SQL("NULL") for name in names),
            )
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(insert)


async def test_3_foreign_rows_are_not_changed_nor_taken_over(both: Both) -> None:
    with both.connect() as connection:
        assert connection.execute("UPDATE tip SET outcome = 'x' WHERE station_id = 2").rowcount == 0
        assert connection.execute("UPDATE tip SET outcome = 'x' WHERE id = %s", (both.foreign.id,)).rowcount == 0
        assert connection.execute("UPDATE station_counter SET new = 0 WHERE station_id = 2").rowcount == 0
        assert connection.execute("UPDATE tip SET station_id = 1 WHERE station_id = 2").rowcount == 0
        for table in ("tip", "tip_event", "station_counter"):
            moved = sql.SQL("UPDATE {} SET station_id = 2").format(sql.Identifier(table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                connection.execute(moved)
    assert await both.owner.tip_again(both.foreign) == both.foreign


async def test_4_foreign_rows_are_not_deleted(both: Both) -> None:
    with both.connect() as connection:
        for table in ("reporter", "observable", "attachment", "tip_seen"):
            name = sql.Identifier(table)
            assert connection.execute(sql.SQL("DELETE FROM {} WHERE station_id = 2").format(name)).rowcount == 0
        for table in ("tip", "tip_event", "station", "officer", "room", "member", "desk_role"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


async def test_5_the_audit_only_grows(both: Both) -> None:
    with both.connect() as connection:
        assert connection.execute("SELECT count(*) FROM audit").fetchone() != (0,)
        for statement in (
            "UPDATE audit SET action = 'x'",
            "DELETE FROM audit",
            "TRUNCATE audit",
            "ALTER TABLE audit DISABLE TRIGGER ALL",
            "ALTER TABLE audit DISABLE ROW LEVEL SECURITY",
            "DROP TABLE audit",
            "DROP POLICY desk_reads ON audit",
            "CREATE TABLE mine (n integer)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
        assert connection.execute("SELECT count(*) FROM audit WHERE station_id <> 1").fetchone() == (0,)


async def test_6_nothing_comes_in_through_a_join(both: Both) -> None:
    with both.connect() as connection:
        for table in ("tip_event", "observable", "reporter", "attachment", "referral", "tip_seen"):
            for query in (
                "SELECT count(*) FROM tip RIGHT JOIN {} AS part ON part.tip_id = tip.id WHERE part.station_id <> 1",
                "SELECT count(*) FROM {} AS part WHERE part.tip_id = %(tip)s",
                "SELECT count(part.tip_id) FROM station LEFT JOIN {} AS part ON part.station_id = 2",
            ):
                made = sql.SQL(query).format(sql.Identifier(table))
                assert connection.execute(made, {"tip": both.foreign.id}).fetchone() == (0,), (table, query)
        assert connection.execute("SELECT role, station_id FROM desk_role").fetchall() == [(both.role, 1)]


async def test_7_the_search_functions_tell_nothing_foreign(both: Both) -> None:
    grams = ["bi", "ic", "cy"]
    with both.connect(both.owner_name) as owner, both.connect() as connection:
        held = "SELECT id FROM tip WHERE taskroom_grams(folded, station_id) @> %s"
        assert len(owner.execute(held, (["bic"],)).fetchall()) == 2, "both tips hold the words"
        assert connection.execute(held, (["bic"],)).fetchall() == [(both.own.id,)]
        found = connection.execute("SELECT id FROM taskroom_found(%s, %s)", (["bic"], [0, 1, 2])).fetchall()
        assert found == [(both.own.id,)]
        assert connection.execute("SELECT id FROM taskroom_found(%s, %s)", (grams, [2])).fetchall() == []
        known = connection.execute("SELECT * FROM taskroom_known('test', %s)", (["foreign", "nothing"],)).fetchall()
        assert known == [("foreign", both.foreign.id, 2, both.foreign.ref)], "a delivery's receipt, and no more"
        database = sql.Identifier(str(owner.info.dbname))
        owner.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(database, sql.Identifier(both.role)))
        said: list[str] = []
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        connection.execute(_TALKS.encode())
        connection.execute("SELECT count(*) FROM tip WHERE pg_temp.tell(text)")
        assert said == [both.own.text], "a function of one's own is shown foreign rows before the policy"


_TALKS = """
    CREATE FUNCTION pg_temp.tell(text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$
"""


async def test_8_a_reused_pooled_connection_leaks_nothing_and_the_owner_sees_all(both: Both) -> None:
    """What a transaction set for itself, or tried to set for the session, opens nothing for the next user of the
    connection."""
    store = both.mine.store

    def everything(conn: Unit) -> list[int]:
        return sorted(conn.scalars(text("SELECT station_id FROM tip")))

    def set_locally(conn: Unit) -> list[int]:
        conn.execute(text("SET LOCAL row_security = on"))
        conn.execute(text("SELECT set_config('taskroom.role', :owner, true)"), {"owner": both.owner_name})
        return everything(conn)

    def switch_off(conn: Unit) -> list[int]:
        conn.execute(text("SET LOCAL row_security = off"))
        return everything(conn)

    def become(conn: Unit) -> list[int]:
        conn.execute(text(f"SET ROLE {both.owner_name}"))
        return everything(conn)

    for _ in range(20):  # more than the pools hold
        assert await store.write(set_locally) == await store.read(everything) == [1]
        for attempt in (switch_off, become):
            with pytest.raises(NotAllowed, match="no right"):
                await store.write(attempt)
    assert await store.read(everything) == [1]
    assert await both.owner.store.read(everything) == [1, 2]


# ── its own desk works ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_desk_works_as_its_own_role(both: Both) -> None:
    """List, search, steps, undo, signing off, the tree, the audit of an attempt, counters that hold."""
    store, zhou, chen = both.mine.store, both.mine.zhou, both.mine.chen
    window = await desk.tip_window(store, zhou, View((1,), Query()))
    assert [line.ref for line in window.lines] == [both.own.ref]
    for word in ("bicycle", "cle", "b"):
        found = await desk.tip_window(store, chen, View((0, 1, 2), Query(words=(word,)), ended_too=True))
        assert [line.ref for line in found.lines] == [both.own.ref], word
    tip = await desk.refer_tip(store, zhou, both.own, 1, "please look")
    tip = await desk.investigate_tip(store, zhou, tip)
    tip = await desk.solve_tip(store, zhou, tip, "settled")
    _event, tip = await desk.undo(store, zhou)
    await desk.mark_seen(store, zhou, [(1, tip.id)])
    assert len((await desk.tip_file(store, zhou, 1, tip.id)).history) == 5
    assert await signing.sign_off(store, zhou, "console") == 1, "it may lock the rows of its claims"
    assert (await desk.counts(store, chen, [1, 2])).keys() == {1}
    assert [line.ref for line in await lines_of(store, chen)] == [both.own.ref]
    with pytest.raises(NotFound):
        await desk.tip_file(store, chen, 2, both.foreign.id)  # granted by the program, not by the database
    with pytest.raises(NotFound):
        await desk.tip_file(store, zhou, 2, both.foreign.id)
    assert [one[3:] for one in await refusals(both.owner.store)] == [("tip_file", "KDR")]
    with pytest.raises(NotAllowed):
        await signing.sign_in(store, "nobody", "some words", "console")
    await counters_hold(both.owner.store)


async def test_its_intake_takes_what_is_its_own(both: Both) -> None:
    """A tip for no known room goes to the unrouted lane unseen; one sent before to another desk is the same tip; one
    for another desk's room is refused with a sentence."""
    (known,) = await both.mine.take(NewTip(WORDS, "test", "foreign", room="KDR-1"))
    assert (known.duplicate, known.ref) == (True, both.foreign.ref)
    mine, nowhere = await both.mine.take(
        NewTip("Smoke from the third floor", "test", "m", room="JNL-12", reporter=NewReporter("Li", "139")),
        NewTip("Smoke from the fourth floor", "test", "n", room="XXX-99"),
    )
    assert (mine.station_id, nowhere.unrouted) == (1, True)
    with pytest.raises(BadTip, match="another desk"):
        await both.mine.take(NewTip("For Block 40", "test", "k", room="KDR-1"))
    refs = {line.ref for line in await lines_of(both.mine.store, both.mine.chen)}
    assert refs == {both.own.ref, mine.ref}
    assert nowhere.ref in {line.ref for line in await lines_of(both.owner.store, both.owner.chen)}
    await counters_hold(both.owner.store)


async def test_its_feed_tells_of_its_own_at_once(both: Both) -> None:
    """NOTIFY crosses from one role to the other; what is told is read under the policy."""
    for store in (both.owner.store, both.mine.store):
        store.feed.net_s = 3600.0
    counts = await desk.counts(both.owner.store, both.owner.chen, [1, 2])
    after = {number: one.event_seq for number, one in counts.items()}
    async with aclosing(both.mine.store.feed.follow(both.mine.chen, after, [1, 2])) as following:
        waiting = asyncio.ensure_future(anext(following))
        await desk.note_tip(both.owner.store, both.owner.gao, both.foreign, "called back")
        await desk.claim_tip(both.owner.store, both.owner.zhou, both.own)
        changes = await asyncio.wait_for(waiting, 60)
    assert {(event.station_id, event.tip_id) for event in changes.events} == {(1, both.own.id)}


async def test_a_role_loses_and_gains_stations(both: Both) -> None:
    owner = both.owner.store
    await owner.write(lambda conn: desk_roles.add(conn, both.role, ["KDR"]))
    assert await owner.read(desk_roles.roles) == [desk_roles.DeskRole(both.role, ("KDR",))]
    assert [line.ref for line in await lines_of(both.mine.store, both.mine.chen)] == [both.foreign.ref]
    await owner.write(lambda conn: desk_roles.remove(conn, both.role))
    with pytest.raises(NotAllowed, match="no right"):
        await lines_of(both.mine.store, both.mine.chen)
    for name in ("postgres", both.owner_name):
        with pytest.raises(NotAllowed, match="not bound"):
            await owner.write(partial(desk_roles.add, name=name, codes=["JNL"]))
    with pytest.raises(NotAllowed, match="small letters"):
        await owner.write(lambda conn: desk_roles.add(conn, "x; DROP TABLE tip", ["JNL"]))
    with pytest.raises(NotFound, match="no station XXX"):
        await owner.write(lambda conn: desk_roles.add(conn, both.role, ["JNL", "XXX"]))


async def test_every_table_is_either_behind_a_policy_or_known_to_be_everybodys(both: Both) -> None:
    """A table that a later revision adds is protected, or named here."""
    with both.connect(both.owner_name) as owner:
        open_to_all = owner.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname"
        ).fetchall()
    known = {"agency", "alembic_version", "district", "officer", "officer_grant", "room", "sign_in_wait", "station"}
    known |= {"vault", "vault_key", "delivery_secret", "spent_attachment", "scrub_owed"}
    assert {name for (name,) in open_to_all} <= known
