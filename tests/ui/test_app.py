"""The console's start and end: refusals, settings, themes, a store that cannot be used, crashes without words,
signals."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pexpect
import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.css.stylesheet import Stylesheet

from console.errors import BadSettings, StoreDown
from console.ui import run
from console.ui.app import ConsoleApp
from console.ui.crash import redacted, write_crash_report
from console.ui.text import LastDoor
from tests.ui.reading import rows_on
from tests.ui.small_station import Clock, fill, settings_in
from tests.until import until

SECRET = "13800138000"

START = """
import sys
from pathlib import Path
from console.settings import load_settings
from console.ui.run import run_console
sys.exit(run_console(load_settings(data=Path(sys.argv[1]))))
"""


def shows(app: ConsoleApp, words: str) -> bool:
    return any(words in row for row in rows_on(app))


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_is_refused_in_one_line(tmp_path: Path, term: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)],
        env={**os.environ, "TERM": term}, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == run.EX_CONFIG
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_without_a_terminal_it_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)],
        env={**os.environ, "TERM": "xterm"}, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == run.EX_CONFIG
    assert "taskroom tips --json" in done.stderr


@pytest.mark.parametrize("number", ["TERM", "HUP"])
async def test_a_signal_ends_it_with_a_clean_terminal(tmp_path: Path, number: str) -> None:
    settings = settings_in(tmp_path)
    await fill(settings, Clock())
    child = pexpect.spawn(
        sys.executable, ["-c", START, str(tmp_path)],
        env={**os.environ, "TERM": "xterm-256color"}, dimensions=(24, 80), encoding="utf-8", timeout=30,
    )  # fmt: skip
    await child.expect("Loud music", async_=True)
    subprocess.run(["kill", f"-{number}", str(child.pid)], check=True)
    await child.expect(pexpect.EOF, async_=True)
    assert "\x1b[?1049l" in child.before
    child.close()
    assert child.exitstatus == 128 + getattr(signal, f"SIG{number}")


async def test_a_store_that_cannot_be_opened_is_said_on_the_screen(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.folder.store.write_bytes(b"this is no store" * 100)
    app = ConsoleApp(settings, now=Clock())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: shows(app, "× not open"))
        await pilot.press("s", "a", "n", "f", "u", "tab", "question_mark", "escape")
        await pilot.press("i")
        await until(lambda: shows(app, "i: The store is not open."))


async def test_f5_opens_a_desk_that_was_not_set_up_at_first(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.folder.make()
    app = ConsoleApp(settings, now=Clock())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: shows(app, "There is no officer yet"))
        await until(lambda: shows(app, "F5 tries again"))
        await fill(settings, Clock())
        await pilot.press("f5")
        await until(lambda: shows(app, "● live"))


async def test_an_unknown_officer_is_said_on_the_screen(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    await fill(settings, Clock())
    app = ConsoleApp(replace(settings, officer="XXX-1"), now=Clock())
    async with app.run_test(size=(80, 24)):
        await until(lambda: shows(app, "XXX-1"))


async def test_a_store_that_goes_down_shows_and_comes_back(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    await fill(settings, Clock())
    app = ConsoleApp(settings, now=Clock())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: shows(app, "● live"))
        reading = app.desk_screen.reading
        assert reading is not None
        store = reading._desk.store
        answers = store.read

        async def fails(fn: object) -> object:
            raise StoreDown("The store does not answer.")

        store.read = fails  # type: ignore[method-assign,assignment]
        await pilot.press("f5")
        await until(lambda: shows(app, "× store down since 02:14"))
        assert shows(app, "Loud music")
        store.read = answers  # type: ignore[method-assign]
        await until(lambda: shows(app, "● live"))


def test_a_wrong_keymap_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"tip\.solv"):
        ConsoleApp(settings_in(tmp_path, keys={"tip.solv": "w"}))


async def test_the_users_keymap_is_in_force(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, keys={"tip.investigate": "w"})
    await fill(settings, Clock())
    app = ConsoleApp(settings, now=Clock())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: shows(app, "w investigate") and shows(app, "Loud music"))
        await until(lambda: app.desk_screen.feed.cursor_line is not None)
        await pilot.press("i")
        assert not shows(app, "◐")
        await pilot.press("w")
        await until(lambda: shows(app, "◐"))
        await pilot.press("w")
        await until(lambda: shows(app, "w: It is already being investigated."))


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
async def test_the_three_themes(tmp_path: Path, theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In force from the first sheet on: none is parsed twice."""
    parsed: list[Stylesheet] = []
    monkeypatch.setattr(Stylesheet, "reparse", parsed.append)
    settings = settings_in(tmp_path, theme=theme)
    await fill(settings, Clock())
    app = ConsoleApp(settings, now=Clock())
    async with app.run_test(size=(80, 24)):
        await until(lambda: shows(app, "Loud music"))
        assert (app.theme, app.current_theme.name, parsed) == (theme, theme, [])
        assert app.has_class("-light-mode") == (theme == "light")
        assert app.animation_level == "none"
        assert isinstance(app.get_line_filters()[-1], LastDoor)


async def test_no_color_leaves_words_and_glyphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    settings = settings_in(tmp_path)
    await fill(settings, Clock())
    app = ConsoleApp(settings, now=Clock())
    async with app.run_test(size=(80, 24)):
        await until(lambda: shows(app, "●") and shows(app, "Loud music"))
        (door,) = app.get_line_filters()
        coloured = Segment("x", Style.from_color(Color.parse("#ff0000").rich_color))
        (painted,) = door.apply([coloured], Color.parse("#000000"))
        assert painted.style is not None
        assert painted.style.color is not None
        red, green, blue = painted.style.color.get_truecolor()
        assert red == green == blue


def _crash(phone: str) -> None:
    raise ValueError(f"no such number {phone}")


def test_a_report_has_places_but_no_words(tmp_path: Path) -> None:
    file = None
    try:
        _crash(SECRET)
    except ValueError as error:
        file = write_crash_report(error, tmp_path / "log", datetime(2026, 11, 20, tzinfo=UTC))
    assert file is not None
    words = file.read_text()
    assert "ValueError" in words
    assert "test_app.py" in words
    assert "in _crash" in words
    assert SECRET not in words
    assert "no such number" not in words
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_report_follows_the_chain_of_errors() -> None:
    words = ""
    try:
        try:
            _crash(SECRET)
        except ValueError as error:
            raise StoreDown("The store does not answer.") from error
    except StoreDown as error:
        words = redacted(error, datetime(2026, 11, 20, tzinfo=UTC))
    assert words.index("StoreDown: The store does not answer.") < words.index("ValueError")
    assert SECRET not in words


async def test_a_crash_ends_with_a_report_and_not_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_in(tmp_path)
    app = ConsoleApp(settings, now=Clock())

    async def run_into_it() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            app.call_later(_crash, SECRET)
            await pilot.pause()

    with pytest.raises(ValueError, match="no such number"):
        await run_into_it()
    assert app.return_code == 1
    reports = list(settings.folder.log.glob("crash-*.txt"))
    assert len(reports) == 1
    printed = capsys.readouterr()
    assert SECRET not in reports[0].read_text() + printed.out + printed.err


@pytest.mark.parametrize("pauses", range(6))
async def test_leaving_at_once_leaves_no_work_behind(tmp_path: Path, pauses: int) -> None:
    """However early the console ends while its store is being opened, nothing is left unawaited."""
    app = ConsoleApp(settings_in(tmp_path))
    async with app.run_test():
        for _ in range(pauses):
            await asyncio.sleep(0)
        app.exit()
