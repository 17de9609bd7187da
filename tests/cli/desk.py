"""A seeded desk for tests of the command line, and a way to run a verb in this process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.cli.front import run
from console.demo.plan import Plan
from console.demo.seeding import Seeding
from console.model.audit_log import Asked, AuditLine
from console.paths import DataFolder
from console.store import Store, upgrade_store
from console.vault import Vault
from tests.passwords import CHEAP_HASH, PASSWORD

SMALL = Plan(
    districts=1, stations=1, officers=9, rooms=3, members=40, tips=200, days=20, open_tips=14, ringing=1, unrouted=2
)
SUPERVISOR, ADMIN, AUDITOR = "JNL-002", "JNL-009", "JNL-008"
"""Of a small seeded station."""
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb printed and left with."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Desk:
    """A data folder and a store; `url` None is the folder's own."""

    folder: DataFolder
    url: str | None
    capture: pytest.CaptureFixture[str] | None = None

    @property
    def options(self) -> list[str]:
        return ["--data", str(self.folder.root), *(("--database", self.url) if self.url else ())]

    @property
    def signing(self) -> list[str]:
        """The supervisor who sees all of a small seeded station; nothing while nobody can sign in."""
        file = self.folder.demo_password
        return ["--officer", SUPERVISOR, "--password-file", str(file)] if file.exists() else []

    def run(self, *words: str) -> Outcome:
        """A verb in this process, as the supervisor, the options behind it."""
        assert self.capture is not None
        self.capture.readouterr()
        code = run([*self.signing, *words[:1], *self.options, *words[1:]])
        told = self.capture.readouterr()
        return Outcome(code, told.out, told.err)


def let_sign_in(folder: DataFolder) -> None:
    """The password of a small seeded station, where `Desk.run` looks for it."""
    folder.demo_password.write_text(PASSWORD)
    folder.demo_password.chmod(0o600)


def seed_small(folder: Path, url: str, plan: Plan = SMALL, random_seed: int = 7) -> DataFolder:
    """A folder with key and places, its store at `url` seeded."""
    made = DataFolder(folder)
    made.make()
    let_sign_in(made)
    vault = Vault.open(made.vault_key, create=True)

    async def write() -> None:
        await upgrade_store(url)
        store = await Store.open(url)
        try:
            assert await Seeding(store, vault, plan, random_seed, lambda *_: None, password=CHEAP_HASH).run()
        finally:
            await store.close()

    asyncio.run(write())
    return made


def taskroom(*words: str, env: dict[str, str] | None = None, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "console", *words],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        input=given,
        capture_output=True,
        check=False,
        timeout=100,
    )


def entries(desk: Desk, action: str) -> list[AuditLine]:
    """Of the audit, of every station, the newest first."""

    async def read() -> list[AuditLine]:
        from console.desk import audit

        store = await Store.open(desk.url or f"sqlite:///{desk.folder.store}", create=False)
        try:
            return list((await audit.read(store, await audit.operator(store), Asked(action=action))).lines)
        finally:
            await store.close()

    return asyncio.run(read())


def about(line: AuditLine) -> dict[str, Any]:
    return dict(json.loads(line.about or "{}"))
