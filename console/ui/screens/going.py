"""How an officer goes: signs off, so that the next one is asked for, or leaves with the console. `Presence` has one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError

if TYPE_CHECKING:
    from console.ui.screens.presence import Presence
    from console.ui.screens.stage import Stage

_SIGN_OFF_S: Final = 3.0


class Going:
    """One console's; both run in a worker of the console's."""

    def __init__(self, app: Stage, presence: Presence) -> None:
        self._app = app
        self._presence = presence
        self.is_signing_off = self.is_leaving = False
        """From the answer that the officer goes until that is done. Who waits for a sign-off may leave."""

    async def sign_off(self) -> None:
        """The officer goes, if it is meant, and the next one is asked for."""
        from console.desk import signing
        from console.ui.modals.leave import SignOff

        desk, presence = self._app.desk_screen, self._presence
        if presence.store is None or presence.officer is None or presence.is_locked:
            return
        if not await self._app.push_screen_wait(SignOff(has_words=desk.has_words)) or presence.is_locked:
            return
        officer, self.is_signing_off = presence.officer, True
        try:
            await signing.sign_off(presence.store, officer, signing.this_console())
        except ConsoleError as error:
            desk.say(error.message, wrong=True)
        else:
            if presence.is_here(officer):
                await presence.start_over(None)
        finally:
            self.is_signing_off = False

    async def leave(self) -> None:
        """The console is left by who is signed in; a store that does not answer holds nobody up. Leaving a locked desk
        signs nobody off: it may be anybody who does that."""
        from console.desk import signing

        presence = self._presence
        if presence.store is None or presence.officer is None or presence.is_locked:
            return
        self.is_leaving = True
        with suppress(ConsoleError, TimeoutError):
            async with asyncio.timeout(_SIGN_OFF_S):
                await signing.sign_off(presence.store, presence.officer, signing.this_console())
