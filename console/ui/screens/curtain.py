"""Between an answered question and its step: painting waits, so that the screen is painted once with what came of it,
and the question's widgets are taken down later. `VerbScreen.ask` uses it."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.timer import Timer

    from console.ui.screens.paced import PacedScreen

MOST_S: Final = 0.1
"""Painting is never held back longer: what takes longer shows the desk as it was, and then its outcome."""
TAKEN_DOWN_AFTER_S: Final = 1.0
"""Removing a screen makes Textual lay out and paint the one below once more: not while somebody looks for a step."""

Answer = TypeVar("Answer")


class Curtain:
    """One desk's; `hold` and `lift` may come in any order and any number of times."""

    def __init__(self, desk: PacedScreen) -> None:
        self._desk = desk
        self.unlocked: asyncio.Event | None = None
        """Set while the desk is not locked: a question asked meanwhile does not lie over the lock."""
        self._held = ExitStack()
        self._timer: Timer | None = None
        self._numbers = count(1)

    def hold(self) -> None:
        """Paint nothing until `lift`, for `MOST_S` at most."""
        if self._timer is None:
            self._held.enter_context(self._desk.app.batch_update())
            self._timer = self._desk.app.set_timer(MOST_S, self.lift)

    def lift(self) -> None:
        """Paint what has changed since `hold`."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._held.close()
            self._desk.hurry()
            self._desk.check_idle()

    async def lift_and_paint(self) -> None:
        """The same, and when something was held back, wait until it has been painted: a reading at the same time would
        take the interpreter from it."""
        if self._timer is None:
            return
        self.lift()
        painted = asyncio.Event()
        self._desk.call_after_refresh(painted.set)
        with suppress(TimeoutError):
            async with asyncio.timeout(MOST_S):
                await painted.wait()

    def is_locked(self) -> bool:
        """Whether somebody has to give a password before the desk is seen again."""
        return self.unlocked is not None and not self.unlocked.is_set()

    async def until_unlocked(self) -> None:
        if self.unlocked is not None:
            await self.unlocked.wait()

    async def ask(self, question: Screen[Answer]) -> Answer | None:
        """Show the question, wait for its answer, and hold painting back when there is one; only inside a worker. None
        at once while another one is open: a key pressed again before its question stood there asks nothing."""
        from console.ui.modals.question import Question

        await self.until_unlocked()
        if isinstance(self._desk.app.screen, Question):
            return None
        name = f"question-{next(self._numbers)}"
        self._desk.app.install_screen(question, name)
        try:
            answer = await self._desk.app.push_screen_wait(question)
        finally:
            self._desk.app.set_timer(TAKEN_DOWN_AFTER_S, partial(self._take_down, question))
        if answer is not None:
            self.hold()
        return answer

    async def _take_down(self, question: Screen[Any]) -> None:
        if question in self._desk.app.screen_stack:
            return
        self._desk.app.uninstall_screen(question)
        await question.remove()
