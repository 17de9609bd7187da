"""Tips with more words than the screen shows: whoever looks or works reads their beginning, whoever asks by ref all."""

import pytest
from sqlalchemy import update

from console import desk
from console.errors import NotFound
from console.model.tip import CloseReason
from console.store import tables as t
from console.store.officers import row_by_code
from console.store.rows import BEGINNING
from console.ui.text import displayable
from tests.desk.conftest import Desk


async def test_a_long_tip_is_read_as_its_beginning_and_how_many_characters_follow(station: Desk) -> None:
    for length in (0, 1, BEGINNING - 1, BEGINNING, BEGINNING + 1, 100_000):
        words = ("赌博🎲\n" * 25_000)[:length]
        tip = await station.new_tip(words, str(length))
        left_out = f"…[+{length - BEGINNING}]" if length > BEGINNING else ""
        assert tip.text == words[:BEGINNING] + left_out
        assert displayable(tip.text) == displayable(words), "the screen's door counts on from the sign"
        whole = await desk.tip_file_by_ref(station.store, station.chen, tip.ref)
        assert whole.tip.text == words


async def test_a_step_on_a_long_tip_leaves_its_words_whole(station: Desk) -> None:
    words = "x" * 50_000
    tip = await station.new_tip(words)
    tip = await desk.close_tip(station.store, station.zhou, tip, CloseReason.NO_ACTION)
    await desk.undo(station.store, station.zhou)
    again = await station.tip_again(tip)
    assert again.version == 3
    assert (await desk.tip_file_by_ref(station.store, station.chen, tip.ref)).tip.text == words


async def test_half_a_character_is_nobodys_name(station: Desk) -> None:
    """A command line that is not UTF-8 comes as half characters, which no database takes."""
    assert await station.store.read(lambda conn: row_by_code(conn, "\udcff")) is None
    with pytest.raises(NotFound):
        await desk.tip_file_by_ref(station.store, station.chen, "\udcff")


async def test_ten_megabytes_carry_no_more_than_their_beginning(station: Desk) -> None:
    """What is carried to the screen is bounded, whatever another program has written into the store."""
    tip = await station.new_tip("short", "huge")
    words = "赌博 [/] \x1b[2J " * 770_000
    await station.store.write(lambda conn: conn.execute(update(t.tip).values(text=words)))
    file = await desk.tip_file(station.store, station.zhou, tip.station_id, tip.id)
    assert file.tip.text == f"{words[:BEGINNING]}…[+{len(words) - BEGINNING}]"
