"""A tip that breaks its batch: the others are taken, it is named, and nothing is lost; on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.errors import BadTip, StoreDown
from console.intake.entry import Entry
from console.intake.envelope import Submission
from console.intake.folder import _batches
from console.intake.formats.one import read_one
from console.model.incoming import NewTip, Receipt
from console.model.tip import Category
from tests.intake.conftest import Intake
from tests.intake.test_envelope import OK

TIP = NewTip("words", "test", "0", room="JNL-12")
POISON = replace(TIP, source_key="poison", category=None)  # type: ignore[arg-type]
"""No intake lets it through; the store's NOT NULL refuses it."""


async def test_one_bad_tip_does_not_harm_the_batch(intake: Intake) -> None:
    tips = [replace(TIP, source_key=str(n), text=f"words {n}") for n in range(20)]
    answers = await intake.taker.take([*tips[:7], POISON, *tips[7:]])
    assert [isinstance(answer, Receipt) for answer in answers] == [True] * 7 + [False] + [True] * 13
    assert isinstance(answers[7], BadTip)
    assert await intake.count() == 20
    assert intake.pulse.total == 20


async def test_when_nothing_goes_in_the_store_is_to_blame(intake: Intake) -> None:
    with pytest.raises(StoreDown):
        await intake.taker.take([POISON, replace(POISON, source_key="2")])
    assert intake.pulse.beat().state == "store-down"
    (answer,) = await intake.taker.take([TIP])
    assert isinstance(answer, Receipt)
    assert intake.pulse.beat().state == "ok"


async def test_a_tip_that_is_answered_twice_counts_once(intake: Intake) -> None:
    await intake.taker.take([TIP, TIP, replace(TIP, category=Category.FIRE)])
    assert (await intake.count(), intake.pulse.total) == (1, 1)


@pytest.mark.parametrize("error", [RecursionError, MemoryError, UnicodeEncodeError("utf-8", "x", 0, 1, "x"), KeyError])
async def test_no_file_ends_the_intake_whatever_its_reader_dies_of(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, error: type[Exception] | Exception
) -> None:
    really_read = read_one

    def read(received: bytes) -> Submission:
        if b"poison" in received:
            raise error
        return really_read(received)

    monkeypatch.setattr("console.intake.shelves.read_one", read)
    intake.inbox.drop("a.json", {**OK, "text": "poison"})
    intake.inbox.drop("b.json", OK)
    await intake.folder.run_once()
    assert await intake.texts() == ["words"]
    assert intake.inbox.why("a.json")["code"] == "unread"
    assert intake.inbox.names("claimed") == []


def test_a_bundle_is_a_batch_of_its_own() -> None:
    """Its pictures may take seconds, in which no other tip waits for its commit."""
    entries = [
        Entry(name=str(n), is_folder=n in (2, 3), size=100, written_ns=0, moved_ns=0, is_linked=False) for n in range(6)
    ]
    assert [[entry.name for entry in batch] for batch in _batches(entries, 500)] == [
        ["0", "1"],
        ["2"],
        ["3"],
        ["4", "5"],
    ]
