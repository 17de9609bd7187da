"""The feed on a screen: what a row says at each width, where the cursor stays, what is asked for, what is painted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from console.model.tip import Status, Urgency
from console.model.view import Window
from console.ui.widgets.feed_picture import FeedState
from console.ui.widgets.feed_place import Place
from console.ui.widgets.tip_feed import TipFeed
from tests.ui.feed_host import ME, NOW, FeedHost, Tips, cursor_row, key_of, ready, tip_line
from tests.ui.reading import rows_of


# ── what a row says ──────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_row_says_time_status_urgency_category_place_and_words() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(100, 10)) as pilot:
        feed = await ready(pilot, app)
        rows = rows_of(feed)
        assert rows[0].startswith(" ▸ 02:13  ● P  gambling     Weihai Rd 118      ")
        assert rows[0].endswith(" camera on the stairs shows eight men car…")
        assert rows[4].startswith("   02:01  ● R  gambling     愚园路1088弄       ")
        assert rows[4].endswith(" 楼道里有人聚众赌博，车牌沪A12345，每晚十…")


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200, 300])
async def test_every_row_fits_its_width(width: int) -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(width, 12)) as pilot:
        feed = await ready(pilot, app)
        for y in range(12):
            assert feed.render_line(y).cell_length == width - 1
            assert cell_len(feed.render_line(y).text) == width - 1
        assert ("Weihai" in rows_of(feed)[0]) == (width >= 80)
        assert ("JNL-1120-1000" in rows_of(feed)[0]) == (width >= 200)
        assert "camera" in rows_of(feed)[0]


async def test_status_never_by_colour_alone() -> None:
    tips = Tips(1000)
    for key, status in zip(range(1000, 995, -1), Status, strict=True):
        tips.changed[key] = tip_line(key, status=status)
    app = FeedHost(tips)
    async with app.run_test(size=(80, 10)) as pilot:
        feed = await ready(pilot, app)
        assert [row[10] for row in rows_of(feed)[:5]] == ["●", "◐", "◌", "✓", "×"]
    async with FeedHost(tips).run_test(size=(160, 10)) as pilot:
        assert isinstance(pilot.app, FeedHost)
        feed = await ready(pilot, pilot.app)
        for row, word in zip(rows_of(feed), Status, strict=False):
            assert word.value in row


async def test_alarm_overdue_claim_and_signs_are_written() -> None:
    tips = Tips(1000)
    tips.changed = {
        1000: tip_line(1000, urgency=Urgency.ALARM, rings=True),
        999: tip_line(999, urgency=Urgency.ALARM, responded=True),
        998: tip_line(998, respond_by=NOW - timedelta(seconds=1)),
        997: tip_line(997, claimed_by=ME, claimed_code="JNL-007", attachments=1),
        996: tip_line(996, claimed_by=8, claimed_code="JNL-012", duplicate_of="JNL-1120-0001"),
    }
    app = FeedHost(tips)
    async with app.run_test(size=(110, 10)) as pilot:
        feed = await ready(pilot, app)
        rows = rows_of(feed)
        assert " A! " in rows[0]
        assert " A  " in rows[1]
        assert "02:07! " in rows[2]
        assert "★ you" in rows[3]
        assert "▣ drilling" in rows[3]
        assert "☆ JNL-012" in rows[4]
        assert "≡ 楼道里" in rows[4]


async def test_a_clock_that_runs_out_is_seen_without_a_key() -> None:
    tips = Tips(1000)
    tips.changed[998] = tip_line(998, respond_by=NOW + timedelta(seconds=5))
    app = FeedHost(tips)
    async with app.run_test(size=(80, 10)) as pilot:
        feed = await ready(pilot, app)
        assert "02:07! " not in rows_of(feed)[2]
        app.at = NOW + timedelta(seconds=6)
        feed._repaint()
        await pilot.pause()
        assert "02:07! " in rows_of(feed)[2]


async def test_a_date_stands_where_the_time_would_mislead() -> None:
    tips = Tips(1000)
    tips.changed = {
        999: tip_line(999, received_at=NOW - timedelta(hours=5)),
        998: tip_line(998, received_at=NOW - timedelta(days=2)),
        997: tip_line(997, received_at=NOW - timedelta(days=400)),
    }
    app = FeedHost(tips)
    async with app.run_test(size=(80, 10)) as pilot:
        feed = await ready(pilot, app)
        assert [row[3:8].strip() for row in rows_of(feed)[1:4]] == ["21:14", "11-19", "2025"]
    wide = FeedHost(tips)
    async with wide.run_test(size=(160, 10)) as pilot:
        feed = await ready(pilot, wide)
        assert [row[3:14].strip() for row in rows_of(feed)[1:4]] == ["21:14", "11-19 02:14", "2025-10-17"]


async def test_hostile_words_reach_the_screen_harmless() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(200, 12)) as pilot:
        feed = await ready(pilot, app)
        rows = rows_of(feed)
        assert "␛[31mred␛[0m ⟨202E⟩evil⟨202C⟩" in rows[1]
        assert "[/] [@click=app.quit]x[/]" in rows[2]
        assert not any(ord(character) < 32 for row in rows for character in row)


# ── a list of any length ─────────────────────────────────────────────────────────────────────────────────────────────
async def test_the_end_of_ten_million_lines_is_one_key_away() -> None:
    app = FeedHost(Tips(10_000_000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("G")
        await pilot.pause()
        assert (key_of(feed), feed.cursor_number, cursor_row(feed)) == (1, 9_999_999, 11)
        await pilot.press("pageup", "ctrl+u")
        assert key_of(feed) == 19
        await pilot.press("home")
        await pilot.pause()
        assert key_of(feed) == 10_000_000


async def test_lines_not_held_are_dots_and_are_wanted_once() -> None:
    app = FeedHost(Tips(100_000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        app.serving = False
        app.said.clear()
        await pilot.press("G")
        feed.scroll_to(y=50_000, animate=False)
        feed.scroll_to(y=70_000, animate=False)
        await pilot.pause()
        assert all("····" in row for row in rows_of(feed))
        assert len([said for said in app.said if isinstance(said, TipFeed.WindowWanted)]) == 1
        wanted = feed.wanted_start
        assert wanted is not None
        assert wanted <= 70_000 < wanted + feed.span
        app.fresh()
        await pilot.pause()
        assert feed.wanted_start is None
        assert not any("····" in row for row in rows_of(feed))


async def test_an_end_that_was_read_ahead_is_shown_at_once_and_read_anew() -> None:
    app = FeedHost(Tips(100_000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        feed.keep_end(app.tips.window(100_000 - feed.span // 2, feed.span // 2))
        app.serving = False
        app.said.clear()
        await pilot.press("G")
        assert (key_of(feed), cursor_row(feed)) == (1, 11)
        assert not any("····" in row for row in rows_of(feed))
        assert len([said for said in app.said if isinstance(said, TipFeed.WindowWanted)]) == 1
        await pilot.press("g")
        assert (key_of(feed), cursor_row(feed)) == (100_000, 0)
        assert not any("····" in row for row in rows_of(feed))
        feed.start_over()
        app.tips.newest = 50_000
        app.fresh()
        app.serving = False
        await pilot.press("G")
        assert "····" in rows_of(feed)[-1]


async def test_the_next_page_is_asked_for_before_it_is_needed() -> None:
    app = FeedHost(Tips(100_000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        for _ in range(40):
            await pilot.press("pagedown")
            assert not any("····" in row for row in rows_of(feed))
        wishes = [said for said in app.said if isinstance(said, TipFeed.WindowWanted)]
        assert 0 < len(wishes) <= 20
        assert feed.cursor_number == 480


async def test_a_source_without_more_lines_is_not_asked_forever() -> None:
    app = FeedHost(Tips(1000), serving=False)
    async with app.run_test(size=(80, 12)) as pilot:
        feed = app.feed
        feed.show(replace(app.tips.window(0, 5), total=50))
        await pilot.pause()
        feed.show(replace(app.tips.window(0, 5), total=50))
        await pilot.pause()
        assert len([said for said in app.said if isinstance(said, TipFeed.WindowWanted)]) == 1


async def test_seek_finds_a_tip_that_is_far_away() -> None:
    app = FeedHost(Tips(100_000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        feed.seek(tip_line(40_000))
        await pilot.pause()
        assert key_of(feed) == 40_000
        assert 0 <= cursor_row(feed) < 12


# ── painting ─────────────────────────────────────────────────────────────────────────────────────────────────────────
async def painted(pilot: Pilot[None], feed: TipFeed, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From now on the rows that are drawn are written into the list that is given back."""
    await pilot.pause()
    rows: list[int] = []
    draw = feed.render_line

    def written(y: int) -> object:
        rows.append(y)
        return draw(y)

    monkeypatch.setattr(feed, "render_line", written)
    return rows


async def test_arrivals_out_of_view_paint_the_counter_only(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 24)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("G")
        rows = await painted(pilot, feed, monkeypatch)
        for _ in range(5):
            app.tips.newest += 7
            app.fresh()
            await pilot.pause()
        assert set(rows) == {0}
        assert len(rows) <= 5


async def test_a_key_paints_two_rows_and_a_change_one(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 24)) as pilot:
        feed = await ready(pilot, app)
        rows = await painted(pilot, feed, monkeypatch)
        await pilot.press("j")
        await pilot.pause()
        assert rows == [0, 1]
        rows.clear()
        app.tips.changed[995] = tip_line(995, version=2, status=Status.SOLVED)
        app.fresh()
        await pilot.pause()
        assert rows == [5]
        rows.clear()
        app.fresh()
        await pilot.pause()
        assert rows == []


# ── marks, messages, mouse, states ───────────────────────────────────────────────────────────────────────────────────
async def test_marks_by_key_and_range() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 24)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("space", "j", "j", "v")
        assert {tip_id.int for tip_id in feed.marked} == {1000, 999, 998, 997}
        assert [row[0] for row in rows_of(feed)[:5]] == ["◆", "◆", "◆", "◆", " "]
        await pilot.press("g", "space")
        assert {line.key for line in feed.marked_lines} == {999, 998, 997}
        app.tips.left = {998}
        app.tips.changed[999] = tip_line(999, version=4)
        app.fresh()
        await pilot.pause()
        assert {(line.key, line.version) for line in feed.marked_lines} == {(999, 4), (997, 1)}
        feed.unmark()
        await pilot.pause()
        counts = [said.count for said in app.said if isinstance(said, TipFeed.MarkedChanged)]
        assert counts == [1, 4, 3, 2, 0]


async def test_rested_tells_of_another_tip_and_of_another_version() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("j", "enter")
        app.tips.newest += 1
        app.fresh()
        app.tips.changed[999] = tip_line(999, version=2)
        app.fresh()
        await pilot.pause()
        rests = [said.line for said in app.said if isinstance(said, TipFeed.Rested)]
        assert [line and (line.key, line.version) for line in rests] == [(1000, 1), (999, 1), (999, 2)]
        assert [said.line.key for said in app.said if isinstance(said, TipFeed.Opened)] == [999]


async def test_click_moves_double_click_opens_and_the_counter_leads_up() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.click(TipFeed, offset=(20, 4))
        assert key_of(feed) == 996
        await pilot.double_click(TipFeed, offset=(20, 6))
        await pilot.pause()
        assert [said.line.key for said in app.said if isinstance(said, TipFeed.Opened)] == [994]
        app.tips.newest += 4
        app.fresh()
        await pilot.pause()
        await pilot.click(TipFeed, offset=(40, 11))
        assert key_of(feed) == 1004


async def test_loading_empty_and_error_are_drawn_on_purpose() -> None:
    app = FeedHost(Tips(0))
    async with app.run_test(size=(60, 9)) as pilot:
        feed = app.feed
        await pilot.pause()
        assert "Reading the tips…" in rows_of(feed)[4]
        feed.say(FeedState.EMPTY, "No tips match. Esc clears the search.")
        await pilot.pause()
        assert rows_of(feed)[4].strip() == "No tips match. Esc clears the search."
        feed.show(Window(0, (), 0))
        await pilot.pause()
        assert rows_of(feed)[4].strip() == "No tips match. Esc clears the search."
        feed.say(FeedState.ERROR)
        await pilot.pause()
        assert "F5" in rows_of(feed)[4]
        await pilot.press("j", "G", "space", "v", "enter", "pageup")
        assert key_of(feed) is None


async def test_start_over_forgets_the_list_before() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("space", "G")
        feed.start_over()
        await pilot.pause()
        assert feed.marked == frozenset()
        assert key_of(feed) is None
        app.fresh()
        await pilot.pause()
        assert (key_of(feed), cursor_row(feed)) == (1000, 0)


def test_a_place_without_overlap_keeps_its_numbers() -> None:
    tips = Tips(1000)
    place = Place(height=10)
    place.take(tips.window(0, 100))
    place.go_to(500)
    assert place.held.line(place.cursor) is None
    place.take(tips.window(480, 100))
    assert place.line is not None
    assert (place.line.key, place.cursor, place.top) == (500, 500, 491)
