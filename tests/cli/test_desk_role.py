"""`taskroom desk-role`: adds, lists, prints and removes on PostgreSQL; an embedded store has none."""

from __future__ import annotations

import uuid

from psycopg import sql

from tests import pg
from tests.cli.desk import Desk


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
        as_desk = Desk(seeded.folder, pg.words(pg.url_of(seeded.url).set(username=name)), seeded.capture)
        assert {one["station"] for one in as_desk.run("tips", "--json").records} == {code}
        assert as_desk.run("backup", str(seeded.folder.root / "part.dump")).code == 1
        assert as_desk.run("upgrade").code == 0, "nothing is to be done"
        assert seeded.run("desk-role", "remove", name).code == 0
        assert seeded.run("desk-role", "list", "--json").records == []
        assert seeded.run("desk-role", "remove", name).code == 1
    finally:
        pg.admin(
            pg.url_of(seeded.url),
            sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)),
            sql.SQL("DROP ROLE {}").format(sql.Identifier(name)),
        )
