"""`taskroom desk-role`: adds, lists, prints and removes on PostgreSQL; an embedded store has none."""

from __future__ import annotations

import shutil
import uuid

from psycopg import sql

from console.paths import DataFolder
from tests import pg
from tests.cli.desk import Desk, about, entries


def test_the_owner_gives_a_store_its_keys_before_a_desk_comes(fresh_postgres_url: str, fresh: Desk) -> None:
    """A store that `upgrade` made has none, and a desk's role may not make them."""
    owner = Desk(fresh.folder, fresh_postgres_url, fresh.capture)
    name = f"desk_{uuid.uuid4().hex[:12]}"
    assert owner.run("upgrade").code == 0
    try:
        made = owner.run("desk-role", "add", name, "--stations", "UNR")
        assert (made.code, f"wrapped by {owner.folder.key_apart}" in made.out) == (0, True), made
        assert owner.folder.key_apart is not None
        assert owner.folder.key_apart.exists()
        assert "has keys now" not in owner.run("desk-role", "add", name, "--stations", "UNR").out
        at_desk = Desk(DataFolder(fresh.folder.root / "desk"), with_role(fresh_postgres_url, name), fresh.capture)
        told = at_desk.run("init")
        assert (told.code, "copy there the one of fingerprint" in told.err) == (78, True), told
        assert at_desk.folder.key_apart is not None
        shutil.copyfile(owner.folder.key_apart, at_desk.folder.key_apart)
        at_desk.folder.key_apart.chmod(0o600)
        assert at_desk.run("init").code == 0
        assert at_desk.run("vault", "status").code == 0
    finally:
        drop(fresh_postgres_url, name)


def looks_through_its_own(desk: Desk, code: str) -> None:
    """The lanes' counter rows are everybody's, what they count is not: neither is damage, nothing there is mended."""
    whole = desk.run("audit", "verify")
    assert (whole.code, "is whole" in whole.out) == (0, True), whole
    found = {one["check"]: one for one in desk.run("doctor", "--json").records}
    assert [name for name, one in found.items() if not one["ok"] and name not in ("backup", "key")] == []
    assert found["stations"]["found"].startswith(f"{code} looked through")
    assert "stations" not in desk.run("doctor", "--repair").out.split("DONE")[-1].partition("ok ")[0]
    refused = desk.run("search", "rebuild")
    assert (refused.code, "no right" in refused.err) == (1, True), refused


def with_role(url: str, name: str) -> str:
    return pg.words(pg.url_of(url).set(username=name))


def drop(url: str, name: str) -> None:
    owned, role = sql.SQL("DROP OWNED BY {}"), sql.SQL("DROP ROLE {}")
    pg.admin(pg.url_of(url), owned.format(sql.Identifier(name)), role.format(sql.Identifier(name)))


def test_a_role_comes_and_goes(seeded: Desk) -> None:
    name = f"desk_{uuid.uuid4().hex[:12]}"
    code = seeded.run("figures", "--json").records[0]["station"]
    if seeded.url is None:
        refused = seeded.run("desk-role", "add", name, "--stations", code)
        assert (refused.code, refused.out) == (1, "")
        assert "no roles" in refused.err
        return
    printed = seeded.run("desk-role", "sql", name, "--stations", code).out
    assert f"CREATE ROLE {name} LOGIN" in printed
    assert "GRANT SELECT, INSERT ON audit" in printed
    assert seeded.run("desk-role", "list").out.find(name) == -1, "sql changes nothing"
    try:
        assert seeded.run("desk-role", "add", name, "--stations", code.lower()).code == 0
        assert seeded.run("desk-role", "list", "--json").records == [{"role": name, "stations": [code]}]
        assert "CREATE ROLE" not in seeded.run("desk-role", "sql", name, "--stations", "all").out
        assert seeded.run("desk-role", "add", name, "--stations", "XXX").code == 1
        assert seeded.run("desk-role", "add", "Desk;", "--stations", code).code == 1
        as_desk = Desk(seeded.folder, with_role(seeded.url, name), seeded.capture)
        assert {one["station"] for one in as_desk.run("tips", "--json").records} == {code}
        assert as_desk.run("backup", str(seeded.folder.root / "part.dump")).code == 1
        assert as_desk.run("upgrade").code == 0, "nothing is to be done"
        looks_through_its_own(as_desk, code)
        assert seeded.run("desk-role", "remove", name).code == 0
        told = [about(one) for one in entries(seeded, "setting.changed") if one.station == "UNR"][:2]
        assert [(one["role"], one["stations"]) for one in told] == [(name, ""), (name, code)]
        assert [one for one in entries(seeded, "store.backed-up") if one.station == "UNR"] == []
        assert seeded.run("desk-role", "list", "--json").records == []
        assert seeded.run("desk-role", "remove", name).code == 1
    finally:
        drop(seeded.url, name)
