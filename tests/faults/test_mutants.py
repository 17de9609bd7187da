"""The fault suite finds what it is there to find: mistakes planted into a copy of the program are caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.mutants import MUTANTS, Edit, Mutant, Stale, copy_of_the_house, run_guard, try_mutant
from tests.faults.tally import Tally


def test_every_mutant_still_fits_the_source(tmp_path: Path) -> None:
    house = copy_of_the_house(tmp_path)
    for mutant in MUTANTS:
        for edit in mutant.edits:
            source = (house / edit.path).read_text("utf-8")
            edit.apply(house)
            (house / edit.path).write_text(source, "utf-8")


def test_a_stale_mutant_is_an_error(tmp_path: Path) -> None:
    house = copy_of_the_house(tmp_path)
    with pytest.raises(Stale):
        Edit("console/store/engine.py", "PRAGMA synchronous = EXTRA", "").apply(house)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("guard", sorted({mutant.guard for mutant in MUTANTS}), ids=lambda guard: guard[0][-40:])
def test_the_guards_pass_without_a_mutant(guard: tuple[str, float], tmp_path: Path) -> None:
    code, words = run_guard(copy_of_the_house(tmp_path), guard)
    assert code == 0, words[-3000:]


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_mistake_is_caught(mutant: Mutant, tmp_path: Path, tally: Tally) -> None:
    outcome = try_mutant(mutant, tmp_path)
    tally.say(caught="yes" if outcome.is_caught else "NO", by=mutant.guard[0].rpartition("::")[2], said=outcome.said)
    assert outcome.is_caught, outcome.said
