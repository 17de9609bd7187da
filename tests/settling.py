"""When a console under test has done what it was asked to: the pilot of every test that presses keys.

Textual's own pilot takes a program for idle whose CPU time stands still: 20 ms a look, two looks a key, and up to a
second where a thread goes on working. This one asks what it wants to know: that the event loop has nothing to run, that
no call to a store or a thread is under way, and that all is painted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import groupby
from typing import Any, Final, ParamSpec, TypeVar, cast

import pytest
from textual.app import ScreenStackError
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from console.store import Store

P = ParamSpec("P")
R = TypeVar("R")

PATIENCE_S: Final = 20.0
"""A key whose work takes longer has not been answered; 0 for a test whose call is not to end."""
LOOK_S: Final = 0.001
CALM_LOOKS: Final = 2
"""One look may fall between a thread's answer and the loop's hearing of it."""
SHORTEST_WORD: Final = 6
"""So many characters one after the other, not all the same, are words somebody types: nobody waits for each letter."""


class Work:
    """Calls under way that end outside the event loop."""

    def __init__(self) -> None:
        self.under_way = 0

    def counted(self, call: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(call)
        async def counting(*args: P.args, **kwargs: P.kwargs) -> R:
            self.under_way += 1
            try:
                return await call(*args, **kwargs)
            finally:
                self.under_way -= 1

        return counting


WORK: Final = Work()


class SettlingPilot(Pilot[Any]):
    """Textual's pilot, but it goes on as soon as the program is done."""

    async def press(self, *keys: str) -> None:
        for step in _steps(keys):
            await self.app._press_keys(step)
            is_done = await self._wait_for_screen(PATIENCE_S)
            if not is_done and PATIENCE_S and self.app._exception is None:
                raise AssertionError(f"{step} has not been answered in {PATIENCE_S:.0f} s")

    async def _wait_for_screen(self, timeout: float = PATIENCE_S) -> bool:  # noqa: ASYNC109 - Textual names it so
        loop = asyncio.get_running_loop()
        ready = cast(Any, loop)._ready
        ends_at = loop.time() + timeout
        calm = 0
        while calm < CALM_LOOKS and loop.time() < ends_at and self.app._exception is None:
            await asyncio.sleep(0)
            if ready:
                calm = 0
                continue
            self._paint()
            calm = 0 if ready or WORK.under_way else calm + 1
            await asyncio.sleep(LOOK_S)
        return calm == CALM_LOOKS

    def _paint(self) -> None:
        """What is to be laid out and painted, now rather than at the next sixtieth of a second."""
        try:
            self.app.screen._on_timer_update()
        except ScreenStackError:
            return  # the program has ended


def _steps(keys: Sequence[str]) -> Iterator[list[str]]:
    """What is pressed without a look at the screen in between: words whole but for their first letter, which may be the
    key that opens what they are typed into; all other keys one by one."""
    for is_character, pressed in groupby(keys, lambda key: len(key) == 1 or key == "space"):
        run = list(pressed)
        if is_character and len(run) >= SHORTEST_WORD and len(set(run)) > 1:
            yield from ([run[0]], run[1:])
        else:
            yield from ([key] for key in run)


async def _at_once(min_sleep: float = 0, max_sleep: float = 0) -> None:
    """Instead of Textual's wait for idle, inside its pilot."""


_PARSED: Final[dict[Any, list[RuleSet]]] = {}
_PARSE: Final = Stylesheet._parse_rules


def _parsed_once(self: Stylesheet, css: str, *args: Any, **kwargs: Any) -> list[RuleSet]:
    """Textual keeps what it parsed for one program only; every test starts another one with the same sheets."""
    about = (css, args, tuple(kwargs.items()), tuple(self._variables.items()))
    if about not in _PARSED:
        _PARSED[about] = _PARSE(self, css, *args, **kwargs)
    return _PARSED[about]


@contextmanager
def quick_pilots() -> Iterator[None]:
    """Every `run_test` gives a pilot that settles, and calls of every store are counted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textual.pilot.Pilot", SettlingPilot)
        patch.setattr("textual.pilot.wait_for_idle", _at_once)
        patch.setattr("textual.app.wait_for_idle", _at_once)
        for name in ("read", "write", "write_together"):
            patch.setattr(Store, name, WORK.counted(getattr(Store, name)))
        patch.setattr(Stylesheet, "_parse_rules", _parsed_once)
        patch.setattr(asyncio, "to_thread", WORK.counted(asyncio.to_thread))
        yield
