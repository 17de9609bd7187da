"""The folder under faults, each injected for real on a running intake with the settings of a real desk: nothing is lost
or taken twice, the intake lives, a banner says what is wrong, and tips flow again after the fault."""

from __future__ import annotations

import os
import resource
import shutil
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.conftest import MakeRig
from tests.faults.folder_rig import FolderRig, stopped
from tests.faults.namespaces import ANOTHER_ACCOUNT, AS_ORDINARY_ACCOUNT, DeafListener, Room, is_root

pytestmark = pytest.mark.slow

only_root = pytest.mark.skipif(not is_root(), reason="only root makes files of another account")
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
NEVER = {"TASKROOM_INTAKE__SCAN_EVERY_S": "600"}
"""Between scans: what is taken then was rung for."""


@on_sqlite
async def test_the_folder_is_deleted(make_rig: MakeRig) -> None:
    rig = await make_rig()
    async with rig.running():
        rig.drop(3)
        await rig.until(rig.is_all_taken)
        shutil.rmtree(rig.folder.intake)
        rig.injected.append("rm -r intake/")
        await rig.told("The folder is gone")
        rig.files = 0
        async with rig.recovery("folder deleted"):
            rig.folder.make()


@on_sqlite
async def test_new_is_deleted_and_made_again_under_the_same_number(make_rig: MakeRig) -> None:
    rig = await make_rig()
    new = rig.shelf("new")
    async with rig.running(**NEVER):
        rig.drop()
        await rig.until(rig.is_all_taken)
        for _time in range(5):
            before = new.stat().st_ino
            new.rmdir()
            with suppress(FileExistsError):
                new.mkdir(mode=0o700)
            rig.injected.append("same inode" if new.stat().st_ino == before else "another inode")
            rig.drop()
            await rig.until(rig.is_all_taken)
        async with rig.recovery("new/ deleted and recreated, no scan for 600 s"):
            new.rmdir()
            await rig.until(new.is_dir)


@on_sqlite
async def test_the_folder_is_renamed_and_back(make_rig: MakeRig) -> None:
    rig = await make_rig()
    away = rig.folder.root / "intake.away"
    async with rig.running():
        rig.drop(2)
        await rig.until(rig.is_all_taken)
        staged = rig.stage(3)
        rig.folder.intake.rename(away)
        rig.injected.append("mv intake intake.away")
        for draft in staged:
            (away / "tmp" / draft.name).rename(away / "new" / draft.name)
            rig.files += 1
        await rig.told("The folder is gone")
        async with rig.recovery("folder renamed"):
            away.rename(rig.folder.intake)


@on_sqlite
async def test_a_disk_is_mounted_over_new(make_rig: MakeRig) -> None:
    """As a share that is mounted late: what lies on it is taken, what lies beneath waits until it is gone again."""
    rig = await make_rig(disk="size=32m")
    assert rig.room is not None
    new = rig.place / "intake" / "new"
    async with rig.running():
        rig.drop(2)
        await rig.until(rig.is_all_taken)
        with stopped(rig.pid):
            rig.drop(3)
            rig.room.mount("-t", "tmpfs", "-o", "size=4m", "taskroom-share", str(new))
            rig.injected.append("a tmpfs over new/, 3 tips beneath")
        rig.drop(4)
        bundle = rig.shelf("new") / ".b"
        bundle.mkdir()
        (bundle / "tip.json").write_text('{"room": "JNL-12", "text": "with a picture", "source_key": "b"}')
        (bundle / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        bundle.rename(bundle.with_name("b"))
        rig.sent, rig.files = rig.sent + 1, rig.files + 1
        (rig.shelf("new") / "link.json").symlink_to(rig.folder.vault_key)
        await rig.taken(rig.sent - 3)
        await rig.told("1 thing in new/ cannot be moved")
        (rig.shelf("new") / "link.json").unlink()
        async with rig.recovery("mounted over"):
            rig.room.run("umount", str(new))


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
async def test_the_folder_is_read_only(make_rig: MakeRig) -> None:
    rig = await make_rig(room=Room("-m"))
    assert rig.room is not None
    intake = str(rig.place / "intake")
    rig.room.mount("-t", "tmpfs", "-o", "size=8m,mode=700", "taskroom-share", intake)
    rig.folder.make()
    async with rig.running():
        rig.drop(2)
        await rig.until(rig.is_all_taken)
        rig.room.run("mount", "-o", "remount,ro", intake)
        await rig.told("The folder's disk is read-only")
        rig.room.run("mount", "-o", "remount,rw", intake)
        await rig.until(lambda: rig.beat().problem == "")
        with stopped(rig.pid):
            rig.drop(3, reporter=True)
            rig.room.run("mount", "-o", "remount,ro", intake)
            rig.injected.append("mount -o remount,ro")
        await rig.told("The folder's disk is read-only")
        async with rig.recovery(f"read-only, {rig.engine}"):
            rig.room.run("mount", "-o", "remount,rw", intake)


@on_sqlite
async def test_the_rights_to_the_folder_are_taken_away(make_rig: MakeRig) -> None:
    """The same without a mount, on any machine."""
    rig = await make_rig()
    prefix = AS_ORDINARY_ACCOUNT if is_root() else ()
    async with rig.running(*prefix):
        rig.drop(2)
        await rig.until(rig.is_all_taken)
        with stopped(rig.pid):
            rig.drop(3)
            rig.shelf("new").chmod(0o000)
            rig.injected.append("chmod 000 new/")
        await rig.told("The folder may not be used by this account")
        async with rig.recovery("rights taken away"):
            rig.shelf("new").chmod(0o700)


@only_root
@on_sqlite
async def test_a_file_that_may_not_be_read(make_rig: MakeRig) -> None:
    rig = await make_rig()
    async with rig.running(*AS_ORDINARY_ACCOUNT):
        (secret,) = rig.stage()
        secret.chmod(0o000)
        os.chown(secret, ANOTHER_ACCOUNT, ANOTHER_ACCOUNT)
        secret.rename(rig.shelf("new") / secret.name)
        rig.injected.append("chown 12345, chmod 000")
        rig.drop(2)
        await rig.taken(rig.sent - 1)
        rejected = rig.shelf("rejected") / secret.name
        await rig.until(rejected.exists)
        await rig.until(lambda: rig.beat().rejected == 1)
        assert '"unreadable"' in rejected.with_name(f"{secret.name}.why.json").read_text()
        async with rig.recovery("unreadable file"):
            rejected.chmod(0o600)
            os.chown(rejected, 0, 0)
            rig.send([rejected])
            rejected.with_name(f"{secret.name}.why.json").unlink()


@only_root
@on_sqlite
async def test_a_file_that_may_not_be_moved_holds_up_no_other(make_rig: MakeRig) -> None:
    rig = await make_rig()
    new = rig.shelf("new")
    async with rig.running(*AS_ORDINARY_ACCOUNT):
        os.chown(new, ANOTHER_ACCOUNT, 0)
        new.chmod(0o1777)
        (stuck,) = rig.stage()
        os.chown(stuck, ANOTHER_ACCOUNT, ANOTHER_ACCOUNT)
        rig.send([stuck])
        rig.injected.append("another account's file in a sticky folder")
        await rig.told("1 thing in new/ cannot be moved")
        rig.drop(3)
        await rig.taken(rig.sent - 1)
        async with rig.recovery("a file not ours to move"):
            new.chmod(0o777)


@on_sqlite
async def test_no_watch_is_left(make_rig: MakeRig) -> None:
    """The limits of inotify are those of a namespace of the test's own; the machine's are not touched."""
    room = Room("-Ur")
    limit = Path("/proc/sys/user/max_inotify_instances")
    room.run("sh", "-c", f"echo 0 > {limit}")
    rig = await make_rig(room=room)
    async with rig.running():
        rig.injected.append("max_inotify_instances 0")
        await rig.told("Tips come some seconds later")
        rig.drop(3)
        await rig.until(rig.is_all_taken)
        async with rig.recovery("watch limit"):
            room.run("sh", "-c", f"echo 64 > {limit}")


@on_sqlite
async def test_the_watch_works_again_once_there_are_some(make_rig: MakeRig) -> None:
    room = Room("-Ur")
    limit = Path("/proc/sys/user/max_inotify_watches")
    room.run("sh", "-c", f"echo 0 > {limit}")
    rig = await make_rig(room=room)
    async with rig.running(**NEVER):
        rig.injected.append("max_inotify_watches 0")
        await rig.told("Tips come some seconds later")
        room.run("sh", "-c", f"echo 64 > {limit}")
        await rig.until(lambda: rig.beat().problem == "")
        async with rig.recovery("watch limit, no scan for 600 s"):
            pass


@on_sqlite
async def test_the_kernels_queue_overflows(make_rig: MakeRig) -> None:
    rig = await make_rig()
    new = rig.shelf("new")
    async with rig.running():
        rig.drop(2)
        await rig.until(rig.is_all_taken)
        listener = DeafListener(new)
        most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        with stopped(rig.pid):
            (new / ".a").touch()
            for _time in range(most // 2 + 1):
                (new / ".a").rename(new / ".b")
                (new / ".b").rename(new / ".a")
            rig.drop(100)
            rig.injected += ["IN_Q_OVERFLOW"] * listener.overflows()
        async with rig.recovery("queue overflow"):
            (new / ".a").unlink()


@on_sqlite
async def test_a_network_disk_is_looked_through(make_rig: MakeRig) -> None:
    rig = await make_rig()
    async with rig.running(TASKROOM_INTAKE__POLLING="true"):
        assert "inotify" not in "".join(os.readlink(link) for link in Path(f"/proc/{rig.pid}/fd").iterdir())
        rig.injected.append("polling = true: no inotify")
        rig.drop(5)
        async with rig.recovery("remote mount (polling)"):
            pass


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("what", ["room", "inodes"])
async def test_the_disk_is_full(make_rig: MakeRig, what: str, store_url: str) -> None:
    rig = await make_rig(disk="size=16m,nr_inodes=200")
    ballast = rig.folder.root / "ballast"
    async with rig.running():
        rig.drop(2, reporter=True)
        await rig.until(rig.is_all_taken)
        staged = rig.stage(5, reporter=True) + rig.stage(5)
        rig.injected.append(fill(ballast, what))
        await rig.told(
            "The disk is full" if what == "room" else "The disk holds no more files",
            meanwhile=lambda: fill(ballast, what),
        )
        rig.send(staged)
        await rig.lasts(2.0)
        assert rig.count("claimed") > 0, "nothing was refused"
        async with rig.recovery(f"out of {what}, {rig.engine}"):
            shutil.rmtree(ballast)


def fill(ballast: Path, what: str) -> str:
    """Leave nothing on the disk of `ballast`, again when something was given back; what was hit."""
    ballast.mkdir(exist_ok=True)
    count = 0
    try:
        if what == "inodes":
            while True:
                (ballast / f"{time.monotonic_ns()}").touch()
                count += 1
        with (ballast / "0").open("ab", buffering=0) as filling:
            while True:
                count += filling.write(bytes(4096))
    except OSError as full:
        return f"{os.strerror(full.errno or 0)} after {count:,} {'files' if what == 'inodes' else 'bytes'}"


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
async def test_no_file_may_grow(make_rig: MakeRig) -> None:
    """A disk that takes nothing more, without a mount and on any machine: the limit of a file's size."""
    rig = await make_rig()
    in_store = rig.database.startswith("sqlite")
    async with rig.running():
        rig.drop(2)
        await rig.until(rig.is_all_taken)
        limit(rig, resource.RLIMIT_FSIZE, 4096)
        rig.drop(3, reporter=True, length=3000)
        await rig.told("The disk reports an error" if in_store else "The system forbids to write files of this size")
        async with rig.recovery(f"file size limit, {rig.engine}"):
            limit(rig, resource.RLIMIT_FSIZE, resource.RLIM_INFINITY)


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
async def test_no_more_files_can_be_opened(make_rig: MakeRig) -> None:
    rig = await make_rig()
    async with rig.running():
        rig.drop(2)
        await rig.until(rig.is_all_taken)
        before = resource.prlimit(rig.pid, resource.RLIMIT_NOFILE)[0]
        limit(rig, resource.RLIMIT_NOFILE, 3)
        rig.drop(5, reporter=True)
        await rig.told("Too many files are open")
        async with rig.recovery(f"out of file descriptors, {rig.engine}"):
            limit(rig, resource.RLIMIT_NOFILE, before)


def limit(rig: FolderRig, kind: int, soft: int) -> None:
    """Of the running intake, from now on."""
    hard = resource.prlimit(rig.pid, kind)[1]
    resource.prlimit(rig.pid, kind, (soft, hard))
    rig.injected.append(f"rlimit {soft}")
