"""`backup` and `restore` killed at every step they take on disk: the store is the old one or the new one, whole, and a
backup is whole or not there."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from console.desk import operated
from console.model.audit import AuditAction
from console.store.archive import Archive
from console.store.backup import back_up
from console.store.driver import plain_sqlite
from console.store.first_look import why_not_open
from console.store.restore import Restore
from console.store.revisions import ready_sqlite
from console.store.snapshot import Held, never, take_snapshot
from tests.faults.damage import leave_a_log

STEPS = ("open", "os.rename", "os.link", "os.remove", "os.mkdir")
"""What Python says it is about to do to files (docs.python.org, audit events); SQLite's own steps lie between them."""


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def killed_at(step: int, place: Path, work: Callable[[], object]) -> bool:
    """Run the work in a child that kills itself before its step of that number in `place`; True when it was killed."""
    child = os.fork()
    if not child:
        seen = 0

        def count(event: str, given: tuple[object, ...]) -> None:
            nonlocal seen
            if event in STEPS and str(given[0]).startswith(str(place)):
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            work()
        except BaseException:  # noqa: BLE001 - a child of the tests ends here, whatever it is
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _marks(file: Path) -> list[str]:
    with closing(plain_sqlite(file)) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [name for (name,) in store.execute("SELECT name FROM district WHERE id > 0")]


def _mark(file: Path, name: str) -> None:
    with closing(plain_sqlite(file)) as store:
        store.execute("DELETE FROM district WHERE id > 0")
        store.execute("INSERT INTO district VALUES (7, 'D', ?)", (name,))


def _tell(conn: Connection, held: Held) -> None:
    operated.append(conn, AuditAction.RESTORED, {"tips": held.tips}, datetime.now(UTC))


def _told(file: Path) -> list[str]:
    with closing(plain_sqlite(file)) as store:
        return [action for (action,) in store.execute("SELECT action FROM audit")]


@pytest.mark.parametrize("has_log", [False, True], ids=["closed", "with-log"])
def test_a_restore_killed_anywhere_leaves_the_old_or_the_new(
    sqlite_template: Path, tmp_path: Path, has_log: bool
) -> None:
    source, bare = tmp_path / "source.db", tmp_path / "copy.db"
    shutil.copyfile(sqlite_template, source)
    _mark(source, "new")
    take_snapshot(source, bare)
    old = new = step = 0
    while True:
        step += 1
        folder = tmp_path / f"at-{step}"
        file = folder / "taskroom.db"
        folder.mkdir()
        shutil.copyfile(sqlite_template, file)
        _mark(file, "old")
        if has_log:
            leave_a_log(file)
        run = Restore(bare, file, folder / "attachments", None, quiet, force=True, tell=_tell)
        was_killed = killed_at(step, folder, run.run)
        assert why_not_open(file) is None, step
        ready_sqlite(file, create=False)
        (mark,) = _marks(file)
        old, new = old + (mark == "old"), new + (mark == "new")
        if mark == "new":
            assert _told(file) == ["store.restored"], step
            (kept,) = (folder / "backups").glob("replaced-*.db")
            assert _marks(kept) == ["old"], step
        if not was_killed:
            break
        Restore(bare, file, folder / "attachments", None, quiet, force=True).run()
        assert _marks(file) == ["new"], step
    print(f"restore: killed at {step - 1} steps, the old store after {old}, the new one after {new}")
    assert old > 5
    assert new > 1


def test_a_backup_killed_anywhere_is_whole_or_not_there(sqlite_template: Path, tmp_path: Path) -> None:
    store = tmp_path / "store" / "taskroom.db"
    store.parent.mkdir()
    shutil.copyfile(sqlite_template, store)
    attachments = tmp_path / "attachments"
    for number in range(3):
        sha256 = f"a{number}" + "0" * 62
        (attachments / sha256[:2]).mkdir(parents=True)
        (attachments / sha256[:2] / sha256).write_bytes(bytes(1000))
    absent = whole = step = 0
    while True:
        step += 1
        target = tmp_path / f"to-{step}" / "desk.backup"
        target.parent.mkdir()
        was_killed = killed_at(
            step,
            target.parent,
            lambda to=target: back_up(store, to, attachments, "", quiet),  # type: ignore[misc]
        )
        if target.exists():
            title, end = Archive(target, quiet, never).check()
            assert (title.tips, end.attachments) == (0, 3)
            whole += 1
        else:
            absent += 1
        if not was_killed:
            break
    print(f"backup: killed at {step - 1} steps, none there after {absent}, a whole one after {whole}")
    assert absent > 5
    assert whole > 0
