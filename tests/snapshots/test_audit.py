"""The auditor's screen as a picture: two sizes, a filter that cannot be followed; the clock stands at 02:14:07. The
entry shown whole is one without a tip: a tip's id, and the hash with it, is another in every run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.ui.widgets.audit_list import AuditList
from tests.ui.audit_host import AuditHost, made_now
from tests.ui.reading import rows_on
from tests.ui.small_station import settings_in
from tests.until import until

Compare = Callable[..., bool]


def after(*keys: str, shows: str) -> Callable[[Pilot[None]], Any]:
    """Waits until the entries have been read, presses the keys and waits for the words."""

    async def ready(pilot: Pilot[None]) -> None:
        app = pilot.app
        await until(lambda: bool(app.screen.query(AuditList)), patience_s=20)
        await until(lambda: any("tip.noted" in row for row in rows_on(app)), patience_s=20)
        await pilot.press("slash", *"station:cjd", "enter")
        await until(lambda: any("desk-59" in row for row in rows_on(app)), patience_s=20)
        await pilot.press(*keys)
        await until(lambda: any(shows in row for row in rows_on(app)), patience_s=20)
        await pilot.pause()

    return ready


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_audit(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    settings = settings_in(tmp_path)
    made_now(settings, 60)
    ready = after("V", shows="The record is whole: 66 entries")
    assert snap_compare(AuditHost(settings), terminal_size=size, run_before=ready)


def test_a_wrong_term(snap_compare: Compare, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    made_now(settings, 60)
    ready = after("slash", *" action:revel", "enter", shows="did you mean")
    assert snap_compare(AuditHost(settings), terminal_size=(80, 24), run_before=ready)
