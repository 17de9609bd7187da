"""Whose turn it is: one of each, in order within each, no more waiting than there is room for."""

from __future__ import annotations

import asyncio

from console.intake.turns import Turns
from tests.until import until


async def test_one_of_each_in_the_order_each_asked() -> None:
    turns: Turns[str] = Turns(100)
    for name, count in (("a", 5), ("b", 2), ("c", 1)):
        for number in range(count):
            await turns.put(name, f"{name}{number}")
    assert await turns.take(4) == ["a0", "b0", "c0", "a1"]
    await turns.put("d", "d0")
    assert await turns.take(100) == ["b1", "a2", "d0", "a3", "a4"]


async def test_one_in_a_hurry_fills_only_its_share() -> None:
    """Alone it has all the room; beside others each has its part, and each may always ask once."""
    turns: Turns[int] = Turns(12)
    put: dict[str, int] = {}

    async def hurry(name: str) -> None:
        for number in range(1000):
            await turns.put(name, number)
            put[name] = number + 1

    hurrying = [asyncio.create_task(hurry("a"))]
    await until(lambda: put.get("a") == 12)
    for name in "bcd":
        await turns.put(name, 0)
    assert await turns.take(4) == [0, 0, 0, 0]
    hurrying += [asyncio.create_task(hurry(name)) for name in "bcd"]
    for _ in range(30):
        assert len(await turns.take(4)) <= 4
        for _ in range(3):
            await asyncio.sleep(0)  # the senders' turn, as while a batch is stored
    counts = sorted(put.values())
    assert len(counts) == 4
    assert counts[-1] - counts[0] <= 24, "everybody moves on alike"
    for task in hurrying:
        task.cancel()
    await asyncio.gather(*hurrying, return_exceptions=True)


async def test_nobody_takes_what_is_not_there() -> None:
    turns: Turns[int] = Turns(3)
    taking = asyncio.create_task(turns.take(10))
    await asyncio.sleep(0)
    assert not taking.done()
    await turns.put("a", 7)
    assert await taking == [7]
