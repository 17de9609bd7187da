"""A desk's own role on PostgreSQL where the city's whole store is wanted: keys, audit, counts, and an owner who may not
make roles. What it cannot do is said, what it does not see is no damage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url, text

from console import desk
from console.desk import audit
from console.desk.erasing import Erasing, Kept
from console.desk.sealing import Rotation, join_store, open_vault
from console.desk.whole import station_figures
from console.errors import NotAllowed, StoreRefused, VaultLocked
from console.model.chain import Head
from console.model.incoming import NewTip
from console.model.officer import Role
from console.settings import Settings
from console.store import Store, chain, desk_roles
from console.store.recounts import recount, retotal
from console.ui.screens.recall import Recall
from console.vault import Vault
from tests import pg
from tests.store.both import WORDS, Both, lines_of


async def test_a_desk_is_told_that_the_owner_gives_a_store_its_keys(both: Both, tmp_path: Path) -> None:
    """It makes no key file of its own, which would be in the way of the right one."""
    store = both.mine.store
    settings = Settings(data=tmp_path / "desk", database=both.url, vault_key=tmp_path / "desk.key")
    await both.owner.store.write(lambda conn: conn.execute(text("DELETE FROM reporter")))
    await both.owner.store.write(lambda conn: conn.execute(text("DELETE FROM vault_key")))
    await both.owner.store.write(lambda conn: conn.execute(text("DELETE FROM vault")))
    with pytest.raises(VaultLocked, match="taskroom init"):
        await open_vault(store, settings)
    with pytest.raises(VaultLocked, match="taskroom init"):
        await join_store(store, Vault.open(tmp_path / "vault.key", create=False))
    assert not (tmp_path / "desk.key").exists()
    owners = await open_vault(both.owner.store, settings)
    (tmp_path / "desk.key").unlink()
    with pytest.raises(VaultLocked, match=f"the one of fingerprint {owners.fingerprint}"):
        await open_vault(store, settings)


async def test_a_desk_seals_its_own_again_and_the_owner_drops_the_old_key(both: Both) -> None:
    """What a desk sees of the reporters says nothing of the other desks'."""
    by_owner = Rotation(both.owner.store, both.owner.vault, lambda *_: None)
    at_desk = Rotation(both.mine.store, both.mine.vault, lambda *_: None)
    with pytest.raises(NotAllowed, match="do it as the owner"):
        await at_desk.begin()
    await by_owner.begin()
    await at_desk.begin()
    await at_desk.seal_again()
    assert not await at_desk.finish(alone=True)
    assert not await by_owner.finish(alone=True), "the other station's reporter still needs it"
    await by_owner.seal_again()
    assert not await at_desk.finish(alone=True)
    assert await by_owner.finish(alone=True)


async def test_a_desk_does_not_take_the_lanes_for_tampered_with(both: Both, tmp_path: Path) -> None:
    """Everybody moves the lanes' counter rows on; the entries they name are shown to the owner only."""
    await both.mine.take(NewTip("Smoke from the fourth floor", "test", "n", room="XXX-99"))
    store, lanes = both.mine.store, Head("UNR", 1, b"\0" * 32)
    assert "UNR" in {head.station for head in await audit.heads(both.owner.store)}
    assert {head.station for head in await audit.heads(store)} == {"JNL"}
    recall = Recall(store, tmp_path / "heads.json")
    assert [await recall.look(), await recall.look()] == [None, None]
    assert await audit.faults_against(store, [lanes]) == []
    verdict = await audit.verify(store, await audit.operator(store), [lanes, *await audit.heads(store)])
    assert (verdict.faults, verdict.stations, verdict.anchors) == ((), 1, 1)
    auditor = replace(both.mine.chen, role=Role.AUDITOR)  # of the lanes too
    assert [end.station for end in await store.read(lambda conn: chain.ends(conn, auditor))] == ["JNL"]
    assert not (await audit.verify(both.owner.store, await audit.operator(both.owner.store), [lanes])).is_sound


async def test_a_desk_offers_the_stations_it_is_shown(both: Both) -> None:
    """An empty list of a granted station would say that nothing happens there."""
    for at, codes in ((both.mine, ["JNL"]), (both.owner, ["JNL", "KDR", "UNR"])):
        assert [one.code for one in await desk.stations(at.store, at.chen)] == codes
        assert [one.code for one in await station_figures(at.store, at.chen)] == codes


async def test_a_desk_recounts_its_own_stations_only(both: Both) -> None:
    counters = "SELECT * FROM station_counter ORDER BY station_id"
    await both.mine.take(NewTip("Smoke from the fourth floor", "test", "n", room="XXX-99"))
    before = await both.owner.store.read(lambda conn: conn.execute(text(counters)).all())
    wrong = text("UPDATE station_counter SET new = new + 5 WHERE station_id = 1")
    await both.owner.store.write(lambda conn: conn.execute(wrong))
    assert await both.mine.store.write(recount) == 1
    assert await both.mine.store.write(retotal) == 0
    assert await both.owner.store.read(lambda conn: conn.execute(text(counters)).all()) == before


async def test_an_owner_who_may_not_make_roles_takes_one_that_is_there(both: Both, postgres_url: str) -> None:
    server, owner = pg.url_of(postgres_url), sql.Identifier(both.owner_name)
    pg.admin(server, sql.SQL("ALTER ROLE {} NOCREATEROLE").format(owner))
    name = f"{both.role}_2"
    with pytest.raises(NotAllowed, match=r"CREATEROLE.* administrator"):
        await both.owner.store.write(lambda conn: desk_roles.add(conn, name, ["KDR"]))
    pg.admin(server, sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    await both.owner.store.write(lambda conn: desk_roles.add(conn, name, ["KDR"]))
    store = await Store.open(pg.words(make_url(both.url).set(username=name)))
    assert [line.ref for line in await lines_of(store, both.owner.chen)] == [both.foreign.ref]
    await store.close()


async def test_a_role_without_any_right_is_told_so(both: Both) -> None:
    await both.owner.store.write(lambda conn: desk_roles.remove(conn, both.role))
    with pytest.raises(StoreRefused, match="taskroom desk-role"):
        await Store.open(as_role(both))


async def test_a_desk_erases_its_own_and_the_owner_scrubs(both: Both, postgres_url: str, tmp_path: Path) -> None:
    """VACUUM and ANALYZE are the owner's: until then PostgreSQL's statistics quote what was erased."""
    owner, server = both.owner.store, pg.url_of(postgres_url).set(database=make_url(both.url).database)
    more = [
        NewTip(f"{WORDS} {room}-{n}", "test", f"{room}-{n}", room=room)
        for n in range(5)
        for room in ("JNL-12", "KDR-1")
    ]
    await both.owner.take(*more)
    due = text("UPDATE tip SET status = 'closed', close_reason = 'unfounded', erase_at = now() WHERE station_id = 1")
    await owner.write(lambda conn: conn.execute(due))
    pg.admin(make_url(both.url), sql.SQL("ANALYZE tip"))
    kept = Kept(tmp_path / "attachments", lambda words: 0)
    at_desk = await Erasing(both.mine.store, as_role(both), kept, lambda *_: None).run()
    assert (at_desk.tips, at_desk.is_clean) == (6, False)
    assert len(quoted(server)) == 10
    by_owner = await Erasing(owner, both.url, kept, lambda *_: None).run()
    assert (by_owner.tips, by_owner.is_clean) == (0, True)
    assert len(quoted(server)) == 5
    assert (await both.owner.tip_again(both.foreign)).erased_at is None


def as_role(both: Both) -> str:
    return pg.words(make_url(both.url).set(username=both.role))


def quoted(server: URL) -> list[str]:
    """The tips' words that PostgreSQL's own statistics quote, as its superuser is shown them."""
    query = "SELECT unnest(histogram_bounds::text::text[]) FROM pg_stats WHERE tablename = 'tip' AND attname = 'text'"
    with psycopg.connect(host=str(server.query["host"]), user=server.username, dbname=server.database) as connection:
        return [word for (word,) in connection.execute(query) if WORDS in word and word != WORDS]
