"""What `Presence` needs of the console it works for; the app is one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.reactive import Initialize, Reactive
from textual.theme import Theme
from textual.worker import Worker

from console.ui.theme import THEME_OF, VARIABLES

if TYPE_CHECKING:
    from console.settings import Settings
    from console.ui.ending import Ending
    from console.ui.screens.desk import DeskScreen
    from console.ui.screens.open_desk import OpenDesk


class Stage(App[None]):
    """A console whose desk is begun when an officer signs in, and cleared when they go."""

    settings: Settings
    now: Callable[[], datetime]
    ending: Ending
    desk_screen: DeskScreen
    keymap_in_force: dict[str, str]
    theme: Reactive[str] = Reactive(Initialize(attrgetter("settings.theme")))
    """In force from the first sheet on: another one set later has every sheet parsed again, 20 ms of a start."""

    def get_theme(self, theme_name: str) -> Theme | None:
        """Ours are known before they can be registered; each line that is painted asks."""
        return THEME_OF.get(theme_name) or super().get_theme(theme_name)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def background(
        self, work: Callable[[], Coroutine[Any, Any, object]], *, group: str, exclusive: bool = False
    ) -> Worker[object]:
        """Start `work` in a worker of the console's own: no screen that goes takes it along."""
        return self.run_worker(work, group=group, exclusive=exclusive)

    def begin_desk(self, desk: OpenDesk) -> None:
        """An officer who works tips is signed in."""
        raise NotImplementedError

    async def clear_desk(self) -> None:
        """Another desk, at which nobody has been: nothing of the one before stays."""
        raise NotImplementedError
