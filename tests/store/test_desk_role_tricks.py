"""What a desk's role might make of its own to be taken for the store's, and what its desk does in the lane that it does
not see."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select

from console import desk
from console.model.incoming import NewTip
from console.model.tip import OVERSIGHT_STATION_ID, Category
from console.store import desk_roles
from console.store import tables as t
from tests.store.both import Both

_ASKED = "SELECT id FROM taskroom_found(ARRAY['bi', 'ic', 'cy'], ARRAY[2])"
_EVIL = """
    CREATE FUNCTION pg_temp.evil() RETURNS integer LANGUAGE plpgsql AS $$
    BEGIN
        RAISE NOTICE 'as %', current_user;
        EXECUTE format('INSERT INTO public.desk_role VALUES (%L, 2)', session_user);
        RETURN 2;
    END $$
"""


def let_make_temporary(one: Both) -> None:
    """As an administrator might for another program of the same database."""
    with one.connect(one.owner_name) as owner:
        database = sql.Identifier(str(owner.info.dbname))
        owner.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO PUBLIC").format(database))


async def test_the_owner_runs_nothing_that_a_role_made(both: Both) -> None:
    """A view of its own with the name of the store's table is not asked by the functions that run as the owner."""
    let_make_temporary(both)
    said: list[str] = []
    with both.connect() as connection:
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        connection.execute(_EVIL.encode())
        connection.execute(
            "CREATE TEMP VIEW desk_role AS SELECT session_user::name AS role, pg_temp.evil() AS station_id"
        )
        connection.execute(
            "CREATE TEMP TABLE tip (source_key text, id uuid, station_id integer, ref text, source text)"
        )
        connection.execute("GRANT SELECT ON pg_temp.desk_role, pg_temp.tip TO PUBLIC")
        assert connection.execute(_ASKED.encode()).fetchall() == []
        known = connection.execute("SELECT ref FROM taskroom_known('test', ARRAY['foreign'])").fetchall()
        assert known == [(both.foreign.ref,)]
    assert said == []
    assert await both.owner.store.read(desk_roles.roles) == [desk_roles.DeskRole(both.role, ("JNL",))]


async def test_what_runs_as_the_owner_looks_into_temporary_tables_last(both: Both) -> None:
    """A function that a later revision adds, too."""
    with both.connect(both.owner_name) as owner:
        found = owner.execute("SELECT proname, proconfig FROM pg_proc WHERE prosecdef").fetchall()
    assert sorted(found) == [(name, ["search_path=public, pg_temp"]) for name in ("taskroom_found", "taskroom_known")]


async def test_a_role_makes_nothing_of_its_own(both: Both) -> None:
    with both.connect() as connection:
        for statement in ("CREATE TEMP TABLE desk_role (n integer)", "CREATE FUNCTION mine() RETURNS int RETURN 1"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


async def test_a_complaint_taken_by_a_desks_role_knows_its_station(both: Both) -> None:
    """The lane's rows are not seen, so that nothing of them is changed after they are put in."""
    new = NewTip("The patrol took money", "test", "c", room="JNL-12", category=Category.POLICE)
    await both.mine.take(new)
    await desk.pass_to_oversight(both.mine.store, both.mine.zhou, both.own, both.mine.vault, "names police")
    origins = select(t.tip.c.origin_id).where(t.tip.c.station_id == OVERSIGHT_STATION_ID)
    assert await both.owner.store.read(lambda conn: list(conn.scalars(origins))) == [1, 1]
