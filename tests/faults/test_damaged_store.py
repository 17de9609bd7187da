"""A damaged store is refused with what to do, by every verb, the intake and the console, and left as it is."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from console.paths import DataFolder
from console.settings import load_settings
from console.store import Store
from console.store.first_look import APPLICATION_ID, beside, why_not_open
from console.ui.app import ConsoleApp
from tests.cli.desk import Desk, seed_small
from tests.faults.damage import KINDS, Damage, flip_pages, leave_a_log
from tests.ui.reading import rows_on
from tests.until import until

VERBS: tuple[tuple[str, ...], ...] = (
    ("tips",),
    ("tip", "JNL-1"),
    ("rooms",),
    ("figures",),
    ("init",),
    ("upgrade",),
    ("seed",),
    ("search", "rebuild"),
    ("backup", "copy.tar"),
    ("intake", "--once"),
    ("intake",),
)
READING: tuple[tuple[str, ...], ...] = (
    ("tips", "--json", "--limit", "1000"),
    ("rooms", "--json"),
    ("figures", "--json"),
)
FEW, MANY = range(10), range(10, 150)
"""Seeds; each garbles one to twelve pages of some 300."""


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A seeded desk that nobody has open; tests damage copies of it."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    return seed_small(folder, f"sqlite:///{folder}/taskroom.db")


@pytest.fixture
def desk(whole: DataFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    shutil.copytree(whole.root, tmp_path / "data")
    return Desk(DataFolder(tmp_path / "data"), None, capsys)


def _content(desk: Desk) -> dict[str, str]:
    """What lies there, but for locks and marks."""
    files = [desk.folder.store, beside(desk.folder.store, "-wal")]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.exists()}


@pytest.mark.parametrize("damage", KINDS, ids=lambda damage: damage.name)
def test_every_verb_refuses_it_with_what_to_do(desk: Desk, damage: Damage, tmp_path: Path) -> None:
    assert desk.run("figures").code == 0
    damage.do(desk.folder.store)
    before = _content(desk)
    for verb in VERBS:
        told = desk.run(*(str(tmp_path / word) if word.endswith(".tar") else word for word in verb))
        assert told.code == 78, (verb, told)
        assert told.out == "", verb
        assert damage.says in told.err, verb
        assert "taskroom restore --force" in told.err or "another file" in told.err, verb
        assert _content(desk) == before, verb
    assert not (tmp_path / "copy.tar").exists()
    doctor = desk.run("doctor", "--repair", "--json")
    (found,) = (one for one in doctor.records if one.get("check") == "store")
    assert (doctor.code, found["ok"]) == (1, False)
    assert damage.says in found["found"]
    assert _content(desk) == before


@pytest.mark.parametrize("damage", KINDS, ids=lambda damage: damage.name)
async def test_the_console_says_it_and_writes_nothing(desk: Desk, damage: Damage) -> None:
    damage.do(desk.folder.store)
    before = _content(desk)
    app = ConsoleApp(load_settings(data=desk.folder.root))
    async with app.run_test(size=(120, 40), notifications=True):
        await until(
            lambda: any(words in _list_of(app) for words in ("is damaged", "cannot be used", "another program"))
        )
    assert _content(desk) == before


def _list_of(app: ConsoleApp) -> str:
    """The words in the list's frame as one line: where they break depends on the folder's name."""
    return " ".join(row.split("┃")[1].strip() for row in rows_on(app) if row.count("┃") > 1)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"])
def test_flipped_pages_are_never_half_read(desk: Desk, whole: DataFolder, seeds: range) -> None:
    """Each reading prints exactly what the whole store prints, or refuses; once it refused, everything does, and a
    restore brings all of it back."""
    copy = desk.folder.root.parent / "copy.tar"
    assert desk.run("backup", str(copy)).code == 0
    twin = replace(desk, folder=whole)
    right = {verb: desk.run(*verb).out for verb in READING}
    refused = unharmed = 0
    for seed in seeds:
        shutil.copyfile(whole.store, desk.folder.store)
        flip_pages(desk.folder.store, seed, 1 + seed % 12)
        outcomes = [desk.run(*verb) for verb in READING]
        for verb, told in zip(READING, outcomes, strict=True):
            if told.code == 0:
                assert told.out in (right[verb], twin.run(*verb).out), (seed, verb)  # figures go with the clock
                continue
            assert told.code in (75, 78), (seed, verb, told)
            assert told.out == "", (seed, verb)
            assert "damaged" in told.err, (seed, verb, told.err)
        if all(told.code == 0 for told in outcomes):
            unharmed += 1
            continue
        refused += 1
        assert desk.run("figures").code == 78, seed
        assert desk.run("doctor").code == 1, seed
        assert desk.run("restore", "--force", str(copy)).code == 0, seed
        for verb in READING:
            assert desk.run(*verb).out in (right[verb], twin.run(*verb).out), (seed, verb)
    print(f"flipped pages, seeds {seeds}: {refused} stores refused, {unharmed} read without meeting a broken page")
    assert refused >= len(seeds) // 4


async def test_a_store_that_breaks_while_it_is_open_is_shut_for_everybody(desk: Desk, whole: DataFolder) -> None:
    """Also for what could still be read; the next start looks it through, and refuses only what is damaged."""
    from sqlalchemy import text

    store = await Store.open(f"sqlite:///{desk.folder.store}", create=False)
    size = desk.folder.store.stat().st_size
    with desk.folder.store.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xee" * (size - 4096))
    with pytest.raises(Exception, match="damaged"):
        await store.read(lambda conn: conn.execute(text("SELECT * FROM tip ORDER BY n")).all())
    for work in (store.read, store.write):
        with pytest.raises(Exception, match="damaged"):
            await work(lambda conn: conn.execute(text("SELECT 1")).all())
    await store.close()
    assert (await asyncio.to_thread(desk.run, "figures")).code == 78
    shutil.copyfile(whole.store, desk.folder.store)
    assert (await asyncio.to_thread(desk.run, "figures")).code == 0
    assert not beside(desk.folder.store, "-damaged").exists()


def test_a_killed_writers_log_is_no_damage(desk: Desk) -> None:
    """The fault every start meets: it must not be taken for one of the others."""
    leave_a_log(desk.folder.store)
    assert why_not_open(desk.folder.store) is None
    assert desk.run("figures").code == 0


def test_a_log_of_zeros_is_what_a_power_cut_leaves(desk: Desk) -> None:
    beside(desk.folder.store, "-wal").write_bytes(bytes(4096))
    assert why_not_open(desk.folder.store) is None
    assert desk.run("figures").code == 0


def test_a_store_without_the_stamp_of_a_newer_program_is_opened(desk: Desk) -> None:
    import sqlite3

    with sqlite3.connect(desk.folder.store) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        connection.execute("PRAGMA application_id = 0")
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    assert desk.run("figures").code == 0
