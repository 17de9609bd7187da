"""From a batch of tips to one answer each, so that a bad one never harms its neighbours. Folder and socket end here."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from console.desk import receive_tips
from console.errors import BadTip, StoreDown
from console.intake.pulse import Pulse
from console.model.incoming import NewTip, Receipt
from console.store import Store
from console.vault import Vault
from console.words import gettext as _

log = logging.getLogger(__name__)

Answer = Receipt | BadTip


class Taker:
    """Hands tips to the desk and counts what was stored."""

    def __init__(self, store: Store, vault: Vault, pulse: Pulse) -> None:
        self._store = store
        self._vault = vault
        self._pulse = pulse

    async def take(self, tips: Sequence[NewTip]) -> list[Answer]:
        """One answer a tip, in order, all on disk. Raises StoreDown: then it is not known which are in; try again."""
        if not tips:
            return []
        try:
            answers = await self._receive(tips)
        except StoreDown as down:
            self._pulse.store_trouble = down.message
            raise
        self._pulse.store_trouble = ""
        self._pulse.took(sum(isinstance(answer, Receipt) and not answer.duplicate for answer in answers))
        return answers

    async def _receive(self, tips: Sequence[NewTip]) -> list[Answer]:
        """The whole batch in one transaction; when a tip in it breaks it, each tip in one of its own."""
        try:
            return list(await receive_tips(self._store, self._vault, tips))
        except StoreDown:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one tip can break in there must not break the others
            log.warning("a batch of %d tips was refused (%s)", len(tips), type(error).__name__)
        answers = [await self._one(tip) for tip in tips]
        if all(isinstance(answer, BadTip) and answer.code == _UNKNOWN for answer in answers):
            # Not one went in and no tip is known to be bad: the store is what is wrong.
            raise StoreDown(_("The store refuses tips and does not say why: they are kept and tried again."))
        return answers

    async def _one(self, tip: NewTip) -> Answer:
        try:
            return (await receive_tips(self._store, self._vault, [tip]))[0]
        except StoreDown:
            raise
        except BadTip as bad:
            return bad
        except Exception as error:  # noqa: BLE001 - the same for the one tip: it is put aside with its reason
            log.warning("a tip was refused (%s)", type(error).__name__)
            return BadTip(_UNKNOWN, _("The store refused this tip: keep it, and tell who looks after Taskroom."))


_UNKNOWN = "refused"
