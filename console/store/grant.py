"""What is out of an officer's grant does not exist for them: the sentence, and who raises it. Every repository that is
asked for one station or one tip calls it first."""

from __future__ import annotations

from uuid import UUID

from console.errors import NotFound, OutOfGrant
from console.model.officer import Officer
from console.words import gettext as _


def no_such_tip() -> NotFound:
    """What an officer is told of a tip that is not there."""
    return NotFound(_("There is no such tip in the stations you work for."))


def check_sees(officer: Officer, station_id: int, tip_id: UUID | None = None) -> None:
    """Raises OutOfGrant, with the sentence of a tip that is not there, unless the officer reads the station's tips."""
    if officer.why_not_see(station_id) is not None:
        raise OutOfGrant(no_such_tip().message, officer, station_id, tip_id)


def check_looks_up(officer: Officer, station_id: int) -> None:
    """Raises OutOfGrant unless the officer may see the station's rooms, colleagues and agencies."""
    if officer.why_not_look_up(station_id) is not None:
        raise OutOfGrant(_("There is no such station among yours."), officer, station_id)
