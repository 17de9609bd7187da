"""The header and the sum line: what they tell at each width, what they never give up, and what they paint."""

from datetime import datetime, timedelta
from pathlib import PurePath
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from console.paths import STYLES_DIR
from console.ui.widgets.desk_header import DeskHeader, DeskState, Health, Intake
from console.ui.widgets.sum_line import SumLine
from tests.ui.feed_host import NOW
from tests.ui.reading import rows_of

CALM = DeskState(
    station_code="JNL",
    station_name="Jiangning Road",
    shift="night 20:00–08:00",
    officer="Zhou (duty)",
    zone=ZoneInfo("Asia/Shanghai"),
    intake_per_minute=3,
    open_tips=38,
)
BUSY = DeskState(
    station_code="JNL",
    station_name="江宁路派出所",
    shift="night 20:00–08:00",
    officer="Zhou [/] \x1b[31m",
    zone=ZoneInfo("Asia/Shanghai"),
    health=Health.DOWN,
    since=NOW - timedelta(minutes=14),
    intake=Intake.STOPPED,
    rejected=2,
    alarms=2,
    open_tips=1138,
    banner="DEMO",
)


class Lines(App[None]):
    """A header and a sum line, nothing else."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [STYLES_DIR / "desk_header.tcss", STYLES_DIR / "sum_line.tcss"]

    def __init__(self) -> None:
        super().__init__()
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def compose(self) -> ComposeResult:
        yield DeskHeader(now=self.now)
        yield SumLine()

    @property
    def header(self) -> DeskHeader:
        return self.screen.query_one(DeskHeader)

    @property
    def sum_line(self) -> SumLine:
        return self.screen.query_one(SumLine)


async def header_at(width: int, state: DeskState) -> str:
    app = Lines()
    async with app.run_test(size=(width, 4)) as pilot:
        app.header.show(state)
        await pilot.pause()
        return rows_of(app.header)[0]


async def test_a_wide_header_tells_everything() -> None:
    row = await header_at(130, CALM)
    assert row.startswith(" JNL Jiangning Road  night 20:00–08:00  Zhou (duty)   ")
    assert row.endswith("   ● live  intake 3/min  alarm 0  38 open  02:14:07")


async def test_at_80_columns_the_machine_comes_first() -> None:
    row = await header_at(80, CALM)
    assert row.startswith(" JNL Jiangning Road   ")
    assert row.endswith("   ● live  intake 3/min  alarm 0  38 open  02:14:07")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160, 300])
async def test_health_and_alarms_are_never_given_up(width: int) -> None:
    row = await header_at(width, BUSY)
    assert "× store down" in row
    assert "⚠ 2 ALARMS" in row
    assert "× intake" in row
    assert ("JNL" in row) == (width >= 60)


async def test_trouble_is_told_in_words() -> None:
    row = await header_at(160, BUSY)
    assert row.startswith(" DEMO  JNL")
    assert "× store down since 02:00" in row
    assert "× intake stopped" in row
    assert "! 2 rejected" in row
    assert "Zhou [/] ␛[31m" in row


@pytest.mark.parametrize(
    "age_s, words", [(45, "◌ stale for 45 s"), (600, "◌ stale for 10 min"), (3 * 3600, "◌ stale for 3 h")]
)
async def test_stale_says_for_how_long(age_s: int, words: str) -> None:
    state = DeskState(station_code="JNL", health=Health.STALE, since=NOW - timedelta(seconds=age_s))
    assert words in await header_at(100, state)


async def test_a_ringing_alarm_is_reversed() -> None:
    app = Lines()
    async with app.run_test(size=(120, 4)) as pilot:
        app.header.show(BUSY)
        await pilot.pause()
        loud = [segment for segment in app.header.render_line(0) if segment.style and segment.style.reverse]
        assert any("2 ALARMS" in segment.text for segment in loud)


async def test_a_tick_paints_only_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Lines()
    async with app.run_test(size=(120, 4)) as pilot:
        app.header.show(CALM)
        await pilot.pause()
        regions: list[tuple[int, int]] = []
        refresh = app.header.refresh

        def written(*these: Region) -> DeskHeader:
            regions.extend((region.x, region.width) for region in these)
            return refresh(*these)

        monkeypatch.setattr(app.header, "refresh", written)
        app.header._tick()
        assert regions == []
        app.at = NOW + timedelta(seconds=1)
        app.header._tick()
        await pilot.pause()
        assert regions == [(111, 8)]
        assert rows_of(app.header)[0].endswith("02:14:08")


# ── the sum line ─────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_the_sum_adds_up_or_is_not_shown() -> None:
    app = Lines()
    async with app.run_test(size=(100, 4)) as pilot:
        line = app.sum_line
        line.show(38, 66, 111_900, 112_004)
        await pilot.pause()
        assert rows_of(line)[0] == " 38 shown + 66 filtered + 111,900 closed = 112,004"
        line.show(39, 66, 111_900, 112_004)
        await pilot.pause()
        assert rows_of(line)[0] == " counting…"
        line.show(1000, 0, 111_900, 112_004, capped=True)
        await pilot.pause()
        assert rows_of(line)[0] == " at least 1,000 shown of 112,004"


async def test_what_is_said_stands_on_the_right_and_goes() -> None:
    app = Lines()
    async with app.run_test(size=(80, 4)) as pilot:
        line = app.sum_line
        line.show(38, 66, 111_900, 112_004)
        line.show_marked(3)
        line.say("i: It is already being investigated.", wrong=True)
        await pilot.pause()
        row = rows_of(line)[0]
        assert row.startswith(" 38 of 112,004  ◆ 3 marked   ")
        assert row.endswith(" ! i: It is already being investigated.")
        line.hush()
        line.show_marked(0)
        await pilot.pause()
        assert rows_of(line)[0] == " 38 shown + 66 filtered + 111,900 closed = 112,004"


async def test_a_long_sentence_is_cut_not_wrapped() -> None:
    app = Lines()
    async with app.run_test(size=(40, 4)) as pilot:
        app.sum_line.show(38, 66, 111_900, 112_004)
        app.sum_line.say("周雅萍 took it before you, at 02:13:55, while it stood as new on this screen [/]")
        await pilot.pause()
        row = rows_of(app.sum_line)[0]
        assert row.startswith(" 周雅萍 took it")
        assert row.endswith("…")
