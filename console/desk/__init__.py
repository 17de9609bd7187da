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
    colleagues,
    counts,
    default_officer,
    find_branches,
    next_unseen,
    officer_by_code,
    ringing,
    rooms,
    stations,
    tip_file,
    tip_file_by_ref,
    tip_window,
    tip_window_at,
)

if TYPE_CHECKING:
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
    "claim_tip",
    "close_tip",
    "colleagues",
    "counts",
    "default_officer",
    "find_branches",
    "investigate_tip",
    "link_duplicate",
    "mark_seen",
    "next_unseen",
    "note_tip",
    "officer_by_code",
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'receiving' if name == 'receive_tips' else 'tips'}"), name)
