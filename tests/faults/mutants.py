"""Mistakes planted into a copy of the program, one at a time; the fault suite has to find each.

`python -m tests.faults.mutants [NAME…]` plants them, runs the test that guards each promise on the copy and prints a
table; tests/faults/test_mutants.py does the same in the long run. A mutant whose source has changed is an error.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_COPIED = ("console", "styles", "fixtures", "tests", "pyproject.toml")
_PATIENCE_S = 600.0
_SEED = 11

_KILLS = ("tests/faults/test_kills.py::test_kills_of_small_batches", 0.5)
_POWER = ("tests/faults/test_power.py::test_100_power_cuts[0]", 0.5)
_ERRORS = ("tests/faults/test_disk_errors.py::test_1000_failed_calls[0]", 0.1)
_LIFE = ("tests/faults/test_tip_life.py::test_a_tips_life[sqlite]", 1.0)


class Stale(Exception):
    """The source no longer has the words that a mutant changes."""


@dataclass(frozen=True, slots=True)
class Edit:
    """In one file, words that stand there exactly once, and what replaces them."""

    path: str
    was: str
    becomes: str

    def apply(self, root: Path) -> None:
        """Raises Stale."""
        file = root / self.path
        words = file.read_text("utf-8")
        if words.count(self.was) != 1:
            raise Stale(f"{self.path} has {words.count(self.was)} times: {self.was!r}")
        file.write_text(words.replace(self.was, self.becomes), "utf-8")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake, the test (and the share of its counts) that finds it, and what that test then says."""

    name: str
    guard: tuple[str, float]
    finds: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`is_caught`: the guard failed, and for the reason meant."""

    is_caught: bool
    took_s: float
    said: str


_SECOND = """            for head, rows in tables:
                if head.startswith("INSERT INTO {table} "):
                    execute("COMMIT")
                    execute("BEGIN IMMEDIATE")
                at = 0
"""


def _second_transaction(table: str) -> Edit:
    was = "            for head, rows in tables:\n                at = 0\n"
    return Edit("console/store/direct.py", was, _SECOND.format(table=table))


MUTANTS = (
    Mutant(
        "moved to done/ before the commit",
        _KILLS,
        "'lost'",
        (
            Edit(
                "console/intake/folder.py",
                "        answers = await self._insist([_tip_of(parcel) for parcel in whole])\n"
                "        turned_out = list(zip(whole, answers, strict=True))\n",
                "        turned_out: list[tuple[Parcel, Answer | BadTip]] = [(parcel, None) for parcel in whole]\n"
                "        await self._each(turned_out, self._put_away)\n"
                "        await self._insist([_tip_of(parcel) for parcel in whole])\n"
                "        turned_out = []\n",
            ),
        ),
    ),
    Mutant(
        "no unique delivery key",
        _KILLS,
        "'twice'",
        (
            Edit("console/store/migrations/versions/0001_sqlite.sql", "    UNIQUE (source, source_key),\n", ""),
            Edit(
                "console/store/arrivals.py",
                "known = self._already_here(conn, driver, deliveries)",
                "known: dict[_Key, Receipt] = {}",
            ),
        ),
    ),
    Mutant(
        "events in a second transaction", _KILLS, "'without_event'|history|feed:", (_second_transaction("tip_event"),)
    ),
    Mutant("audit in a second transaction", _KILLS, "'without_audit'|audit:", (_second_transaction("audit"),)),
    Mutant(
        "claimed/ is not recovered at the start",
        _KILLS,
        "'left'",
        (
            Edit(
                "console/intake/folder.py",
                "        self._has_left_over = True\n        self._try_left_over_at",
                "        self._has_left_over = False\n        self._try_left_over_at",
            ),
        ),
    ),
    Mutant(
        "synchronous NORMAL instead of FULL",
        _POWER,
        "acknowledged are gone|'lost'",
        (
            Edit("console/store/engine.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),
            Edit("console/store/upkeep.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),
        ),
    ),
    Mutant(
        "the socket replies before the commit",
        _POWER,
        "acknowledged are gone|'lost'",
        (
            Edit(
                "console/intake/socket.py",
                "return [_reply(answer) for answer in await self._taker.take(tips)]",
                'self._late = asyncio.create_task(self._taker.take(tips)); return [{"ok": True}] * len(tips)',
            ),
        ),
    ),
    Mutant(
        "the attachments' folders are not flushed",
        _POWER,
        "'changed'",
        (
            Edit(
                "console/intake/attachments.py",
                "        flush_folder(place.parent)  # also what another run of ours left unflushed\n"
                "        flush_folder(self.root)\n",
                "",
            ),
        ),
    ),
    Mutant(
        "files are renamed without being flushed",
        _POWER,
        "'changed'",
        (Edit("console/intake/durable.py", "            opened.flush()\n            os.fsync(descriptor)\n", ""),),
    ),
    Mutant(
        "rejected/ is not flushed",
        _POWER,
        "'not_rejected'",
        (Edit("console/intake/quarantine.py", "        flush_folder(self.folder)\n", "        return\n"),),
    ),
    Mutant(
        "a commit that failed counts as done",
        _ERRORS,
        "'lost'",
        (
            Edit(
                "console/store/direct.py",
                '        yield\n        _execute(conn, raw, "COMMIT")\n',
                "        yield\n        from contextlib import suppress\n\n"
                '        with suppress(Exception):\n            _execute(conn, raw, "COMMIT")\n',
            ),
        ),
    ),
    Mutant(
        "the version seen is not compared",
        _LIFE,
        "was not told that the tip moved on",
        (Edit("console/store/tips.py", ", tip.id == seen.id, tip.version == seen.version)", ", tip.id == seen.id)"),),
    ),
    Mutant(
        "the feed's cursor runs ahead of its events",
        _LIFE,
        "the feed",
        (Edit("console/store/feed.py", "head if wanted == missing else rows[-1].seq", "head"),),
    ),
)


def copy_of_the_house(to: Path) -> Path:
    """What the tests need, in `to`."""
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, to / name)
    return to


def run_guard(house: Path, guard: tuple[str, float], seed: int = _SEED) -> tuple[int, str]:
    """pytest's exit code and its words for the guard, run on the code of that copy."""
    test, share = guard
    options = ["-n", "0", "-q", "-x", "-m", "", "-p", "no:cacheprovider", "--tb=short", f"--basetemp={house / 'tmp'}"]
    asked = [sys.executable, "-m", "pytest", *options, f"--faults-share={share}", f"--faults-seed={seed}", test]
    done = subprocess.run(asked, cwd=house, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    return done.returncode, done.stdout + done.stderr


def try_mutant(mutant: Mutant, work: Path) -> Outcome:
    """Plant it in a fresh copy and run its guard. Raises Stale."""
    house = copy_of_the_house(work)
    for edit in mutant.edits:
        edit.apply(house)
    began = time.monotonic()
    code, words = run_guard(house, mutant.guard)
    found = re.search(mutant.finds, words)
    return Outcome(code == 1 and found is not None, time.monotonic() - began, found.group() if found else words[-1500:])


def main(names: Sequence[str]) -> int:
    """Print the table; 0 when every mutant was caught."""
    chosen = [one for one in MUTANTS if not names or one.name in names]
    caught = 0
    print("| mutant | guard | said | s | |\n|---|---|---|---|---|")
    for mutant in chosen:
        with tempfile.TemporaryDirectory(prefix="taskroom-mutant-") as work:
            outcome = try_mutant(mutant, Path(work))
        caught += outcome.is_caught
        guard = mutant.guard[0].rpartition("::")[2]
        said = outcome.said if outcome.is_caught else f"SURVIVED: {outcome.said!r}"
        verdict = "caught" if outcome.is_caught else "SURVIVED"
        print(f"| {mutant.name} | {guard} | {said} | {outcome.took_s:.0f} | {verdict} |", flush=True)
    print(f"{caught} of {len(chosen)} caught")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
