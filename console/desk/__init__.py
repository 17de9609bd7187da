"""What an officer can do and see: one async function per verb. Screens, intake and the command line come in through
here only.

What writes is imported when it is first asked for: a console shows its first tips without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from console.desk.reading import (
    agencies,
    branches,
    check_somebody_is_there,
    colleagues,
    counts,
    find_branches,
    next_unseen,
    ringing,
    rooms,
    stations,
    tip_file,
    tip_file_by_ref,
    tip_window,
    tip_window_at,
)

if TYPE_CHECKING:
    from console.desk.keeping import close_not_police, end_hold, hold_tip
    from console.desk.oversight import pass_to_oversight
    from console.desk.receiving import receive_tips
    from console.desk.tips import (
        acknowledge_alarm,
        assign_tip,
        claim_tip,
        close_tip,
        investigate_tip,
        link_duplicate,
        mark_seen,
        note_tip,
        refer_tip,
        release_tip,
        reopen_tip,
        set_category,
        set_urgency,
        solve_tip,
        undo,
        unlink_duplicate,
    )

__all__ = [
    "acknowledge_alarm",
    "agencies",
    "assign_tip",
    "branches",
    "check_somebody_is_there",
    "claim_tip",
    "close_not_police",
    "close_tip",
    "colleagues",
    "counts",
    "end_hold",
    "find_branches",
    "hold_tip",
    "investigate_tip",
    "link_duplicate",
    "mark_seen",
    "next_unseen",
    "note_tip",
    "pass_to_oversight",
    "receive_tips",
    "refer_tip",
    "release_tip",
    "reopen_tip",
    "ringing",
    "rooms",
    "set_category",
    "set_urgency",
    "solve_tip",
    "stations",
    "tip_file",
    "tip_file_by_ref",
    "tip_window",
    "tip_window_at",
    "undo",
    "unlink_duplicate",
]


_HOME = {
    "receive_tips": "receiving",
    "close_not_police": "keeping",
    "hold_tip": "keeping",
    "end_hold": "keeping",
    "pass_to_oversight": "oversight",
}
"""The module of what is not in `tips`."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'tips')}"), name)
