"""`taskroom vault rotate` killed at every step it takes: everything sealed opens, and the next run brings it to an
end."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert

from console.cli.front import run
from console.intake.attachments import Attachments
from console.intake.kept import sealed_json, unsealed_bytes
from console.model.incoming import NewReporter, NewTip
from console.paths import DataFolder
from console.settings import Settings
from console.store import Store
from console.store import tables as t
from console.store.driver import plain_sqlite
from console.store.unit import Unit
from console.vault import Vault
from tests.desk.conftest import furnished
from tests.passwords import CHEAP_HASH, PASSWORD

ADMIN = "JA-X1"
STEPS = ("open", "os.rename", "os.link", "os.remove", "sqlite3.connect")


def killed_at(step: int, folder: Path, commits: bool, work: Callable[[], object]) -> bool:
    """Run the work in a child that kills itself before its step of that number; True when it was killed. Steps are what
    it does to files in `folder`, or, with `commits`, beginning and end of its transactions."""
    child = os.fork()
    if not child:
        seen = 0

        def die_at_last() -> None:
            nonlocal seen
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

        def count(event: str, given: tuple[object, ...]) -> None:
            if event in STEPS and str(given[0]).startswith(str(folder)):
                die_at_last()

        if commits:
            _on_commit(die_at_last)
        else:
            sys.addaudithook(count)
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = work()
        except BaseException:  # noqa: BLE001 - a child of the tests ends here, whatever it is
            os._exit(1)
        os._exit(0 if code == 0 else 1)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _on_commit(die_at_last: Callable[[], None]) -> None:
    """Before each transaction and after its commit."""
    write = Store.write

    async def counted(store: Store, fn: Callable[[Unit], object]) -> object:
        die_at_last()
        done = await write(store, fn)
        die_at_last()
        return done

    Store.write = counted  # type: ignore[assignment,method-assign]  # in a child that ends here


def made(place: Path) -> DataFolder:
    """A desk with reporters, an attachment and a kept file."""
    folder = DataFolder(place)
    folder.make()

    async def fill() -> None:
        store = await Store.open(f"sqlite:///{folder.store}")
        try:
            vault = Vault.open(folder.vault_key, create=True)
            desk = await furnished(store, vault)
            row = {"id": 6, "station_id": 1, "code": ADMIN, "name": "Admin", "role": "admin", "rooms": 0}
            await store.write(lambda conn: conn.execute(insert(t.officer).values(**row, password=CHEAP_HASH)))
            tips = [
                NewTip(f"words {n}", "test", str(n), room="JNL-12", reporter=NewReporter(f"Person {n}"))
                for n in range(450)
            ]
            await desk.take(*tips)
            Attachments(folder.attachments, vault).put("a.jpg", b"picture", "image/jpeg")
            kept = sealed_json({"text": "x", "reporter": {"name": "Person"}}, vault)
            assert kept is not None
            (folder.intake / "done" / "a.json").write_bytes(kept)
        finally:
            await store.close()

    asyncio.run(fill())
    return folder


def all_opens(folder: DataFolder) -> set[int]:
    """Everything that is sealed opens; the numbers of the keys that reporters name."""

    async def look() -> set[int]:
        from console.desk.sealing import open_vault

        store = await Store.open(f"sqlite:///{folder.store}")
        try:
            vault = await open_vault(store, Settings(data=folder.root), create=False)
        finally:
            await store.close()
        numbers = set()
        with closing(plain_sqlite(folder.store)) as rows:
            for tip_id, station_id, sealed, number in rows.execute(
                "SELECT tip_id, station_id, sealed, key_number FROM reporter"
            ):
                assert str(vault.open_reporter(UUID(bytes=tip_id), station_id, sealed).name).startswith("Person")
                numbers.add(number)
        (content,) = (file for file in folder.attachments.glob("*/*"))
        assert Attachments(folder.attachments, vault).get(content.name) == b"picture"
        kept = unsealed_bytes((folder.intake / "done" / "a.json").read_bytes(), vault, None)
        assert kept is not None
        assert json.loads(kept)["reporter"] == {"name": "Person"}
        return numbers

    return asyncio.run(look())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("commits", [False, True], ids=["files", "commits"])
def test_killed_anywhere_everything_opens_and_the_next_run_ends_it(tmp_path: Path, commits: bool) -> None:
    folder, password = made(tmp_path / "first"), tmp_path / "password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    step = 0
    while True:
        step += 1
        at = tmp_path / f"at-{step}"
        shutil.copytree(folder.root, at)
        words = ["vault", "rotate", "--data", str(at), "--officer", ADMIN, "--password-file", str(password)]
        was_killed = killed_at(step, at, commits, lambda words=words: run(words))  # type: ignore[misc]
        all_opens(DataFolder(at))
        if not was_killed:
            break
        assert run(words) == 0
        assert len(all_opens(DataFolder(at))) == 1, step
        shutil.rmtree(at)
    print(f"rotate ({'commits' if commits else 'files'}): killed at {step - 1} steps")
    assert step > 6
