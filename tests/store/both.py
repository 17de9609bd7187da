"""One PostgreSQL opened as its owner and as the role of one desk, for the tests of what such a role may and sees."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url, text

from console import desk
from console.model.incoming import NewReporter, NewTip
from console.model.officer import Officer
from console.model.query import Query
from console.model.tip import Tip, TipLine
from console.model.view import View
from console.store import Store, desk_roles, upgrade_store
from console.store.tip_list import TipList
from console.vault import Vault
from tests import pg
from tests.desk.conftest import Desk, furnished
from tests.until import until

WORDS = "Two men at the bicycle shed of Block 40, plate 沪A12345, telephone 13800138000"


@dataclass
class Both:
    """One database, a store opened as its owner, and one opened as the role of station 1's desk."""

    owner: Desk
    mine: Desk
    url: str
    role: str
    own: Tip
    foreign: Tip

    @property
    def owner_name(self) -> str:
        return str(make_url(self.url).username)

    def connect(self, role: str | None = None) -> psycopg.Connection[Any]:
        """As the desk's role, past everything the program does."""
        url = make_url(self.url)
        user = role or self.role
        return psycopg.connect(host=str(url.query["host"]), user=user, dbname=url.database, autocommit=True)


@pytest.fixture
def owned_url(postgres_url: str) -> Iterator[str]:
    """A new database of an owner who is no superuser and may make roles."""
    server, name = pg.url_of(postgres_url), f"owner_{uuid.uuid4().hex[:12]}"
    owner = sql.Identifier(name)
    with pg.fresh_database(server) as database:
        pg.admin(server, sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(owner))
        pg.admin(server, sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(str(database.database)), owner))
        pg.admin(database, sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
        yield pg.words(database.set(username=name))
    left = [name, *pg.roles_like(server, f"desk_{name}%")]
    for role in reversed(left):
        pg.admin(server, sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.fixture
async def both(owned_url: str, tmp_path: Path) -> AsyncIterator[Both]:
    await upgrade_store(owned_url)
    vault = Vault.open(tmp_path / "vault.key", create=True)
    owner = await Store.open(owned_url)
    all_of_it = await furnished(owner, vault)
    role = f"desk_{make_url(owned_url).username}"
    await owner.write(lambda conn: desk_roles.add(conn, role, ["JNL"]))
    store = await Store.open(pg.words(make_url(owned_url).set(username=role)))
    mine = Desk(store, vault, all_of_it.zhou, all_of_it.lin, all_of_it.gao, all_of_it.chen)
    own = await all_of_it.new_tip("A sofa in the bicycle shed of Lane 22", "own")
    reporter = NewReporter("Mrs Wang", "13911112222", "guard")
    (receipt,) = await all_of_it.take(NewTip(WORDS, "test", "foreign", room="KDR-1", reporter=reporter))
    foreign = await all_of_it.tip(receipt)
    await desk.refer_tip(owner, all_of_it.gao, foreign, 1, "please look")
    foreign = await all_of_it.tip(receipt)
    await desk.mark_seen(owner, all_of_it.gao, [(2, foreign.id)])
    await owner.write(lambda conn: conn.execute(_ATTACHED, {"tip": foreign.id}))
    await owner.write(lambda conn: conn.execute(_JOINED))
    try:
        yield Both(all_of_it, mine, owned_url, role, own, foreign)
        await until(lambda: owner.checked_out == store.checked_out == 0)
    finally:
        await store.close()
        await owner.close()


_ATTACHED = text(
    "INSERT INTO attachment (station_id, tip_id, n, label, media_type, size, sha256)"
    " VALUES (2, :tip, 1, 'photo.jpg', 'image/jpeg', 3, 'aa')"
)
_JOINED = text(
    "INSERT INTO member (station_id, id, room_id, pseudonym, kind, state, joined_at)"
    " VALUES (2, 9, 1, 'm-of-2', 'guard', 'active', now())"
)


async def lines_of(store: Store, officer: Officer) -> list[TipLine]:
    """All the officer is shown, by whichever account the store was opened."""
    now = store.now()
    view = View((0, 1, 2), Query(), ended_too=True)
    return list((await store.read(lambda conn: TipList(conn, officer, view, now).window(None, 0, 9))).lines)
