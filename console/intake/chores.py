"""What the intake does beside taking tips, each by itself until the end. One that breaks off is told and begun again;
`process` starts them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from console.intake.pulse import Pulse
from console.words import gettext as _

log = logging.getLogger(__name__)

Chore = Callable[[], Coroutine[Any, Any, None]]
"""Goes on until the end; what it expects to fail, it tells itself."""

AGAIN_S = 60.0
"""Before a chore that broke off is begun again."""
SETTLED_S = 600.0
"""One that goes on for so long is well again."""


async def keep_doing(
    name: str, chore: Chore, pulse: Pulse, *, again_s: float = AGAIN_S, settled_s: float = SETTLED_S
) -> None:
    """Until cancelled or it has ended. What broke it off is in the log, and in the heartbeat until it is well again."""
    while True:
        doing = asyncio.ensure_future(chore())
        try:
            if not (await asyncio.wait((doing,), timeout=settled_s))[0]:
                pulse.chore_troubles.pop(name, None)
            return await doing
        except Exception as error:  # whatever it is: it must neither end the chore nor stop the taking of tips
            log.exception("%s: broke off", name)
            sentence = _("{name} broke off ({kind}) and is begun again: see the intake's log.")
            pulse.chore_troubles[name] = sentence.format(name=name, kind=type(error).__name__)
        finally:
            doing.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait((doing,))
        await asyncio.sleep(again_s)
