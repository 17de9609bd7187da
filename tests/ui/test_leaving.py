"""^Q asks before it leaves, wherever the keyboard is; what was being written stays when the officer stays."""

from pathlib import Path

import pytest

from tests.ui.console_host import Console, console
from tests.ui.small_station import settings_in

PLACES = [
    ("s", "Solve JNL"),
    ("a", "New tip by"),
    ("t", "Type code or name"),
    ("f", "Past respond-by"),
    ("f4", "Hand it to an agency"),
    ("question_mark", "Esc closes"),
    ("ctrl+p", "Search for"),
    ("slash", "words, or terms"),
]


@pytest.mark.parametrize("key, title", PLACES)
async def test_it_asks_inside_every_question(wide: Console, key: str, title: str) -> None:
    await wide.press(key)
    await wide.sees(title)
    before = wide.app.screen
    await wide.press("ctrl+q")
    await wide.sees("Leave the console?")
    await wide.press("ctrl+q", "n")
    await wide.until(lambda: wide.app.screen is before, "back")
    await wide.press("ctrl+q")
    await wide.sees("Leave the console?")
    await wide.press("y")
    await wide.until(lambda: not wide.app.is_running, "left")


async def test_asked_for_twice_it_is_one_question_whose_answer_counts(wide: Console) -> None:
    await wide.press("ctrl+q", "ctrl+q")
    await wide.sees("Leave the console?")
    await wide.press("y")
    await wide.until(lambda: not wide.app.is_running, "left")


async def test_it_asks_over_signing_off_whose_question_goes_on_when_the_officer_stays(wide: Console) -> None:
    await wide.press("colon", *"sign-off", "enter")
    await wide.sees("Sign off?")
    await wide.press("ctrl+q")
    await wide.sees("Leave the console?")
    await wide.press("n")
    await wide.sees("Sign off?")
    await wide.press("enter")
    await wide.sees("Sign in")


async def test_words_being_written_are_there_when_the_officer_stays(wide: Console) -> None:
    await wide.press("s")
    await wide.sees("Solve JNL")
    await wide.press(*"quiet now", "ctrl+q")
    await wide.sees("Words you have written")
    await wide.press("escape")
    await wide.until(lambda: not wide.shows("Leave the console?"), "stays")
    await wide.sees("quiet now")
    await wide.press("escape", "ctrl+q")
    await wide.sees("Words you have written")
    await wide.press("n", "s")
    await wide.sees("quiet now")
    await wide.press("enter")
    await wide.sees("is solved; u takes it back")
    await wide.press("ctrl+q")
    await wide.sees("New tips wait in the folder")


async def test_a_moved_key_asks_there_too(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, keys={"app.leave": "f11"})
    async with console(settings, (80, 24)) as moved:
        await moved.press("s")
        await moved.sees("Solve JNL")
        await moved.press("f11")
        await moved.sees("Leave the console?")


async def test_what_is_still_to_be_written_down_when_the_officer_has_left_is_not(at_desk: Console) -> None:
    """The thread that writes down where the officer is may come to it late."""
    going_on = at_desk.app.desk_screen.going_on
    where, search = going_on._here()
    going_on.leave()
    going_on._write(where, search)
    assert not list(at_desk.app.settings.folder.state.glob("*.where.json"))
