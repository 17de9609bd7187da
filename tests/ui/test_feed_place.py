"""Staying in place: where the cursor stands when tips come and go, and what is told of new ones."""

from dataclasses import replace
from typing import cast

from console.model.view import Window
from console.ui.widgets.tip_feed import TipFeed
from tests.ui.feed_host import FeedHost, Tips, cursor_row, key_of, ready
from tests.ui.reading import rows_of
from tests.until import until


async def test_new_tips_do_not_move_the_row_being_read() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("j", "j", "down")
        before = rows_of(feed)
        assert (cursor_row(feed), key_of(feed)) == (3, 997)
        app.tips.newest += 12
        app.fresh()
        await pilot.pause()
        assert rows_of(feed)[:-1] == before[:-1]
        assert rows_of(feed)[-1].strip().startswith("+12 new ↑ ")
        assert (cursor_row(feed), key_of(feed), feed.cursor_number) == (3, 997, 15)
        await pilot.press("g")
        assert key_of(feed) == 1012
        assert feed.came == 0
        assert not any("new ↑" in row for row in rows_of(feed))


async def test_while_nobody_reads_new_tips_come_in_and_the_cursor_goes_with_its_tip() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        app.tips.newest += 2
        app.fresh()
        await pilot.pause()
        assert (cursor_row(feed), key_of(feed), feed.came) == (2, 1000, 0)
        app.tips.newest += 20
        app.fresh()
        await pilot.pause()
        assert (cursor_row(feed), key_of(feed), feed.came) == (2, 1000, 20)
        await pilot.press("g")
        app.tips.newest += 1
        app.fresh()
        await pilot.pause()
        assert (cursor_row(feed), key_of(feed), feed.came) == (1, 1022, 0)
        await pilot.press("k", "j")
        app.tips.newest += 1
        app.fresh()
        await pilot.pause()
        assert (cursor_row(feed), feed.came) == (1, 1)


async def test_even_at_the_very_top_and_in_a_short_list_the_row_stays() -> None:
    app = FeedHost(Tips(3))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("k")
        before = rows_of(feed)
        app.tips.newest += 2
        app.fresh()
        await pilot.pause()
        assert rows_of(feed)[:-1] == before[:-1]
        assert rows_of(feed)[-1].strip().startswith("+2 new ↑ ")
        await pilot.press("k")
        assert key_of(feed) == 4
        assert rows_of(feed)[-1].strip().startswith("+1 new ↑ ")
        await pilot.press("home")
        assert [row[:2] for row in rows_of(feed)[:5]] == [" ▸", "  ", "  ", "  ", "  "]
        assert rows_of(feed)[5] == ""


async def test_the_first_tip_of_an_empty_list_just_shows() -> None:
    app = FeedHost(Tips(0))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        assert key_of(feed) is None
        app.tips.newest = 1
        app.fresh()
        await pilot.pause()
        assert key_of(feed) == 1
        assert cursor_row(feed) == 0
        assert feed.came == 0


async def test_the_counter_never_covers_the_row_being_read() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press(*("j" * 11))
        assert cursor_row(feed) == 11
        app.tips.newest += 1
        app.fresh()
        await pilot.pause()
        assert rows_of(feed)[0].strip().startswith("+1 new ↑ ")
        assert (cursor_row(feed), key_of(feed)) == (11, 989)
        await pilot.press("j")
        assert (cursor_row(feed), key_of(feed)) == (10, 988)
        assert rows_of(feed)[11].strip().startswith("+1 new ↑ ")


async def test_the_last_line_can_be_read_beside_the_counter() -> None:
    app = FeedHost(Tips(30))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("j")
        app.tips.newest += 1
        app.fresh()
        await pilot.press("G")
        assert (cursor_row(feed), key_of(feed)) == (10, 1)


async def test_the_neighbour_takes_the_place_of_a_tip_that_left() -> None:
    app = FeedHost(Tips(20))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("j", "j", "j", "j")
        assert (cursor_row(feed), key_of(feed)) == (4, 16)
        app.tips.left = {16}
        app.tips.newest += 3
        app.fresh()
        await pilot.pause()
        assert (cursor_row(feed), key_of(feed)) == (4, 15)
        assert rows_of(feed)[-1].strip().startswith("+3 new ↑ ")
        await pilot.press("G")
        app.tips.left.add(1)
        app.fresh()
        await pilot.pause()
        assert key_of(feed) == 2


async def test_the_cursor_stays_on_its_tip_when_rows_above_leave() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press(*("j" * 30))
        app.tips.left = {1000, 999, 990}
        row = cursor_row(feed)
        app.fresh()
        await pilot.pause()
        assert (cursor_row(feed), key_of(feed)) == (row, 970)


async def test_a_wheel_away_the_cursor_is_still_on_its_tip() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("j")
        feed.scroll_to(y=300, animate=False)
        await pilot.pause()
        assert key_of(feed) == 999
        top = rows_of(feed)[0]
        app.tips.newest += 5
        app.fresh()
        await pilot.pause()
        assert rows_of(feed)[0] == top
        assert (key_of(feed), feed.cursor_number) == (999, 6)
        await pilot.press("j")
        await pilot.pause()
        assert key_of(feed) == 998


async def test_a_page_into_lines_not_read_yet_is_one_page_though_tips_come_in_meanwhile() -> None:
    app = FeedHost(Tips(1000), serving=False)
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press(*["pagedown"] * 9)
        assert (feed.cursor_number, key_of(feed)) == (108, None)
        app.tips.newest += 30
        app.fresh()
        assert (feed.cursor_number, feed.came) == (138, 30)
        app.fresh()
        await pilot.pause()
        assert (feed.cursor_number, key_of(feed)) == (138, 892)


class Uneven(Tips):
    """A long list, in whose midst a number leads only about there."""

    def window(self, start: int, count: int) -> Window:
        off = start // 7 % 40 if start > 500 else 0
        return replace(super().window(start + off, count), start=start)

    def around(self, around: tuple[object, int, int, object]) -> Window:
        key, _newer, _older, stood = around
        window = Tips(self.newest).around(around)
        if not isinstance(stood, tuple):
            return window
        above = next(number for number, line in enumerate(window.lines) if line.key == key)
        return replace(window, start=stood[0] - above)


async def test_far_down_a_long_list_pages_follow_one_another_line_by_line() -> None:
    app = FeedHost(Uneven(100_000))
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        feed.scroll_to(y=60_000, animate=False)
        await until(lambda: not rows_of(feed)[0].strip().startswith("·"))
        await pilot.click(TipFeed, offset=(5, 0))
        first = key_of(feed)
        assert isinstance(first, int)
        keys = []
        for key in (*["pagedown"] * 30, *["pageup"] * 60):
            await pilot.press(key)
            keys.append(key_of(feed))
        page = first - cast(int, keys[0])
        steps = (*range(1, 31), *range(29, -31, -1))
        assert keys == [first - page * step for step in steps]


async def test_a_jump_to_an_end_not_read_yet_ends_there_though_tips_come_in_meanwhile() -> None:
    app = FeedHost(Tips(1000), serving=False)
    async with app.run_test(size=(80, 12)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press("G")
        app.tips.newest += 30
        app.fresh()
        app.fresh()
        await pilot.pause()
        assert (feed.cursor_number, key_of(feed)) == (1029, 1)


async def test_a_smaller_terminal_keeps_the_cursor_in_view() -> None:
    app = FeedHost(Tips(1000))
    async with app.run_test(size=(80, 24)) as pilot:
        feed = await ready(pilot, app)
        await pilot.press(*("j" * 20))
        await pilot.resize_terminal(60, 8)
        await until(lambda: cursor_row(feed) == 7)
        assert key_of(feed) == 980
