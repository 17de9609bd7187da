"""Copies of a store that is being written: whole, private, never over another file; and the daily ones."""

from __future__ import annotations

import asyncio
import os
import random
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.errors import ConsoleError, NotAllowed, StoreDown, StoreRefused
from console.store import Store, archive
from console.store import daily as of_each_day
from console.store.backup import back_up
from console.store.checks import check_rows
from console.store.daily import copies, is_due, make_daily
from console.store.driver import plain_sqlite
from console.store.first_look import is_write_ahead
from console.store.restore import Restore
from console.store.snapshot import Stopped, take_snapshot
from console.store.tenancy import alone
from tests.store.rows import add_event, add_stations
from tests.until import until

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def quiet(stage: str, done: int, total: int) -> None:
    assert 0 <= done <= total, stage


async def written(url: str, tips: int = 50) -> Path:
    """A store with so many tips, closed."""
    store = await Store.open(url)
    await store.write(lambda conn: add_stations(conn, 1, 2))
    for number in range(tips):
        await store.write(lambda conn, n=number: add_event(conn, 1 + n % 2))  # type: ignore[misc]
    await store.close()
    return file_of(url)


async def test_a_copy_made_while_others_write_holds_what_was_acknowledged(sqlite_url: str, tmp_path: Path) -> None:
    """Every copy is a moment of the store: all that was acknowledged before it began, numbers without holes."""
    store = await Store.open(sqlite_url)
    await store.write(lambda conn: add_stations(conn, 1, 2))
    acknowledged = 0
    is_over = asyncio.Event()

    async def write(station: int) -> None:
        nonlocal acknowledged
        while not is_over.is_set():
            await store.write(lambda conn: add_event(conn, station))
            acknowledged += 1

    writers = [asyncio.create_task(write(1 + n % 2)) for n in range(8)]
    seen = []
    for number in range(5):
        await until(lambda reached=acknowledged + 20: acknowledged > reached)  # type: ignore[misc]
        before = acknowledged
        target = tmp_path / f"copy-{number}.db"
        held = await asyncio.to_thread(take_snapshot, file_of(sqlite_url), target)
        assert before <= held.tips <= acknowledged + len(writers)
        seen.append(held.tips)
    is_over.set()
    await asyncio.gather(*writers)
    await store.close()
    assert acknowledged > 100, "nobody wrote meanwhile"
    assert seen == sorted(seen)
    for number, tips in enumerate(seen):
        copy = await Store.open(f"sqlite:///{tmp_path}/copy-{number}.db", create=False)
        findings = {one.check: one.ok for one in await copy.read(check_rows)}
        assert (findings["store"], findings["feed"], findings["history"]) == (True, True, True)
        assert await copy.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM tip").scalar()) == tips
        await copy.close()


async def test_a_copy_is_private_and_never_over_another_file(sqlite_url: str, tmp_path: Path) -> None:
    file = await written(sqlite_url)
    target = tmp_path / "copy.db"
    take_snapshot(file, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    before = target.read_bytes()
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "nowhere")
    for taken in (target, link):
        for make in (take_snapshot, lambda a, b: back_up(a, b, tmp_path / "none", "", quiet)):
            with pytest.raises(NotAllowed, match="exists already"):
                make(file, taken)
    assert target.read_bytes() == before
    assert not (tmp_path / "nowhere").exists()
    assert [path.name for path in tmp_path.iterdir() if ".part-" in path.name] == []


@pytest.mark.parametrize("after", [0, 1, 5, 12])
async def test_stopped_it_leaves_nothing(sqlite_url: str, tmp_path: Path, after: int) -> None:
    file = await written(sqlite_url)
    (tmp_path / "to").mkdir()
    asked = 0

    def is_stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    attachments = tmp_path / "attachments"
    for number in range(8):
        sha256 = f"{number:02}" + "0" * 62
        (attachments / sha256[:2]).mkdir(parents=True)
        (attachments / sha256[:2] / sha256).write_bytes(bytes(100))
    with pytest.raises(Stopped):
        back_up(file, tmp_path / "to" / "backup.tar", attachments, "", quiet, is_stopped)
    assert asked > after
    assert list((tmp_path / "to").iterdir()) == []


async def test_attachments_go_with_it_and_a_missing_one_is_told(sqlite_url: str, tmp_path: Path) -> None:
    file = await written(sqlite_url)
    attachments, sha256 = tmp_path / "attachments", "ab" + "1" * 62
    (attachments / "ab").mkdir(parents=True)
    (attachments / "ab" / sha256).write_bytes(b"sealed")
    (attachments / "ab" / ".draft-1").write_bytes(b"half")
    with closing(plain_sqlite(file)) as connection:
        for named in (sha256, "cd" + "2" * 62):
            connection.execute(
                "INSERT INTO attachment SELECT station_id, id, ?, 'a', 'image/png', 6, ? FROM tip WHERE n = 1",
                (ord(named[0]), named),
            )
    told: dict[str, tuple[int, int]] = {}
    made = back_up(file, tmp_path / "b.tar", attachments, "", lambda stage, *how_far: told.update({stage: how_far}))
    assert [stage for stage, (done, total) in told.items() if done == total] == ["copy MiB", "pack MiB", "check MiB"]
    assert (made.held.tips, made.attachments, made.missing) == (50, 1, 1)
    other = tmp_path / "elsewhere"
    done = Restore(tmp_path / "b.tar", other / "taskroom.db", other / "attachments", None, quiet).run()
    assert (done.held, done.attachments, done.kept) == (made.held, 1, None)
    kept = other / "attachments" / "ab" / sha256
    assert (kept.read_bytes(), stat.S_IMODE(kept.stat().st_mode)) == (b"sealed", 0o600)
    assert is_write_ahead(other / "taskroom.db")
    store = await Store.open(f"sqlite:///{other}/taskroom.db", create=False)
    assert all(one.ok for one in await store.read(check_rows) if one.check in ("store", "feed", "history"))
    await store.close()


@pytest.mark.parametrize("stage", ["copy MiB", "pack MiB"])
async def test_an_attachment_erased_meanwhile_stays_out(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """Between the list and the look at their sizes, or before its turn: all the others are in it."""
    file, attachments = await written(sqlite_url), tmp_path / "attachments"
    names = [f"{number:02}" + "0" * 62 for number in range(3)]
    for name in names:
        (attachments / name[:2]).mkdir(parents=True)
        (attachments / name[:2] / name).write_bytes(name.encode())
    last = attachments / names[-1][:2] / names[-1]
    in_order = list(archive.attachments_in(attachments))
    monkeypatch.setattr(archive, "attachments_in", lambda _root: in_order)

    def erase(at: str, _done: int, _total: int) -> None:
        if at == stage:
            last.unlink(missing_ok=True)

    made = back_up(file, tmp_path / "b.tar", attachments, "", erase)
    assert made.attachments == 2
    other = tmp_path / "elsewhere"
    done = Restore(tmp_path / "b.tar", other / "taskroom.db", other / "attachments", None, quiet).run()
    assert (done.held, done.attachments) == (made.held, 2)
    kept = sorted(path.name for path in (other / "attachments").glob("*/*"))
    assert kept == names[:2]


async def test_a_backup_cut_or_changed_anywhere_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    """Cut at 40 places, one bit changed at 60: nothing is ever put in the store's place."""
    file = await written(sqlite_url)
    attachments = tmp_path / "attachments" / "ab"
    attachments.mkdir(parents=True)
    (attachments / ("ab" + "1" * 62)).write_bytes(random.Random(5).randbytes(20_000))
    back_up(file, tmp_path / "b.tar", attachments.parent, "", quiet)
    content = (tmp_path / "b.tar").read_bytes()
    end = content.rindex(b"}") + 1
    drawn = random.Random(7)
    broken = [content[: drawn.randrange(end)] for _ in range(40)]
    for _ in range(60):
        changed = bytearray(content)
        changed[drawn.randrange(end)] ^= 1 << drawn.randrange(8)
        broken.append(bytes(changed))
    before = file.read_bytes()
    bad, harmless, refused, said = tmp_path / "bad.tar", 0, 0, set[str]()
    for one in broken:
        bad.write_bytes(one)
        target = tmp_path / "target" / "taskroom.db"
        try:
            Restore(bad, target, tmp_path / "target" / "attachments", None, quiet, force=True).run()
        except ConsoleError as error:
            said.add(str(error).replace(str(bad), "FILE"))
            refused += 1
            assert not target.exists()
        else:
            harmless += 1  # a bit of padding, or of a name's rights, that nobody reads
            target.unlink()
    print(f"broken backups: {refused} refused, {harmless} changed where nothing is kept (seed 7)")
    assert refused >= 90
    assert all(words.endswith(".") and "FILE" in words for words in said), said
    assert file.read_bytes() == before


async def test_a_restore_and_an_open_store_shut_each_other_out(sqlite_url: str, tmp_path: Path) -> None:
    file = await written(sqlite_url)
    take_snapshot(file, tmp_path / "copy.db")
    store = await Store.open(sqlite_url)
    with pytest.raises(StoreDown, match="works with the store"):
        Restore(tmp_path / "copy.db", file, tmp_path / "a", None, quiet, force=True).run()
    await store.close()
    with alone(file), pytest.raises(StoreDown, match="being restored"):
        await Store.open(sqlite_url)
    before = file.stat().st_ino
    done = Restore(tmp_path / "copy.db", file, tmp_path / "a", None, quiet, force=True).run()
    assert done.kept is not None
    assert done.kept.stat().st_ino == before
    assert file.stat().st_ino != before
    await (await Store.open(sqlite_url)).close()


async def test_what_was_only_in_the_log_is_in_the_store_kept_aside(sqlite_url: str, tmp_path: Path) -> None:
    from tests.faults.damage import leave_a_log

    file = await written(sqlite_url)
    take_snapshot(file, tmp_path / "copy.db")
    leave_a_log(file)
    done = Restore(tmp_path / "copy.db", file, tmp_path / "a", None, quiet, force=True).run()
    assert done.kept is not None
    with closing(plain_sqlite(done.kept)) as kept, closing(plain_sqlite(file)) as now:
        count = "SELECT count(*) FROM sqlite_master WHERE name = 'grows'"
        assert (kept.execute(count).fetchone(), now.execute(count).fetchone()) == ((1,), (0,))


async def test_daily_copies_are_made_once_a_day_and_the_oldest_go(sqlite_url: str, tmp_path: Path) -> None:
    file, folder = await written(sqlite_url), tmp_path / "daily"
    assert is_due(folder, NOW)
    for day in range(10):
        at = NOW + timedelta(days=day)
        assert is_due(folder, at)
        (folder / ".daily-1.db.part-2").parent.mkdir(exist_ok=True)
        (folder / ".daily-1.db.part-2").write_bytes(b"half")
        make_daily(file, folder, 7, at)
        assert not is_due(folder, at + timedelta(hours=23))
    assert [made_at for made_at, _file in copies(folder)] == [NOW + timedelta(days=day) for day in range(3, 10)]
    assert len(list(folder.iterdir())) == 7
    assert is_due(folder, NOW), "copies from the future, of a clock that was wrong, do not count"


async def test_a_daily_copy_without_room_says_how_much_it_needs(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await written(sqlite_url)
    monkeypatch.setattr(of_each_day, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(StoreDown, match=r"MiB left and needs .* make room"):
        make_daily(file, tmp_path / "daily", 7, NOW)
    assert copies(tmp_path / "daily") == []


async def test_of_a_damaged_store_no_copy_is_made(sqlite_url: str, tmp_path: Path) -> None:
    file = await written(sqlite_url, 300)
    with file.open("r+b") as opened:
        opened.seek(8 * 4096)
        opened.write(os.urandom(file.stat().st_size - 9 * 4096))
    with pytest.raises(StoreRefused, match="no copy was made"):
        take_snapshot(file, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    with pytest.raises(StoreRefused, match="damaged"):
        await Store.open(sqlite_url)


def test_two_backups_to_one_name_make_one(sqlite_url: str, tmp_path: Path) -> None:
    file, target = asyncio.run(written(sqlite_url)), tmp_path / "copy.db"
    together, ended = threading.Barrier(6), list[str]()

    def run() -> None:
        together.wait()
        try:
            take_snapshot(file, target)
        except NotAllowed:
            ended.append("refused")
        else:
            ended.append("made")

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["made", *["refused"] * 5]
    with closing(plain_sqlite(target)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
