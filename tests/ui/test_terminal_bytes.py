"""What a real terminal gets when every word in the store, the data folder's name and what is pasted are hostile: the
bytes of the console and of the verbs on a pty hold no escape of theirs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyte
import pytest

from console.settings import Settings
from tests.bench.terminal import ENTER, ESCAPE, PAGE_DOWN, Terminal, shows
from tests.hostile import MERGED, wrong_on_a_terminal
from tests.hostile_station import FIELDS, fill_hostile
from tests.passwords import signs_in
from tests.ui.small_station import ZHOU, Clock, settings_in

FOLDER = "desk \x1b[6666m\x07\x9b6666m\u202e\u2028[/]"
PASTED = "\x1b[200~QZZ{}\x1b[201~".format(MERGED.replace("\x1b", "")).encode()
"""As a terminal with bracketed paste sends it: without escapes, which could end the paste."""

SCREENS: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"1", ("QTX", "QPL", "QOC", "QRF", "QSC", "QON")),
    (b"2z", ("QRF", "QOC", "QRC", "QRK", "QPL")),
    (PAGE_DOWN, ()),
    (PAGE_DOWN, ()),
    (b"G", ("QEA",)),
    (b"z13z", ("QDN",)),
    (b"l", ("▸ QON",)),
    (b"Gl", ("QRP",)),
    (b"Gl", ("QMP",)),
    (b"z1c", ("QOC",)),
    (b"/" + PASTED, ("QZZ",)),
    (ENTER, ()),
    (ESCAPE + b":" + PASTED, ("QZZ",)),
    (ENTER, ("qzz",)),
    (b"\x10Release", ("QOC",)),
    (ESCAPE + b"?", ("QOC",)),
    (ESCAPE + b"r", ("QRF", "QTX", "QAG")),
    (ESCAPE + b"x", ("QRF", "QTX")),
    (ESCAPE + b"s", ("QRF", "QTX")),
    (PASTED, ()),
    (ESCAPE + b"A", ("QOC",)),
    (ESCAPE + b"D", ("QRF",)),
    (ESCAPE + b"\x1bOS", ("QRF", "QTX")),
    (ESCAPE + b"a" + PASTED, ()),
    (b"\tQ", ("QRC",)),
)
"""Keys, and the tags that are to be seen after them."""


class Recording(Terminal):
    """A terminal that keeps every byte."""

    sent = b""

    def __enter__(self) -> Recording:
        return self

    def read(self, timeout_s: float) -> tuple[float, bytes]:
        now, chunk = super().read(timeout_s)
        self.sent += chunk
        return now, chunk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("hostile") / FOLDER)
    asyncio.run(fill_hostile(settings, Clock(), MERGED))
    signs_in(settings.folder.root, FIELDS[3].value(ZHOU.code, MERGED))
    return settings


def taskroom(settings: Settings, *words: str) -> Recording:
    command = [sys.executable, "-m", "console", "--data", str(settings.folder.root), *words]
    return Recording(command, columns=200, rows=50)


@pytest.mark.timeout(600)
def test_the_console_sends_no_escape_of_the_words(desk: Settings) -> None:
    with taskroom(desk) as terminal:
        seen = 0
        terminal.wait(lambda screen: shows(screen, "QTX"), 60)
        for keys, tags in SCREENS:
            for press in _presses(keys):
                terminal.send(press)
                terminal.settle(0.25, 10)
            for tag in tags:
                if not shows(terminal.screen, tag):
                    terminal.wait(partial(_shows, tag), 30)
                seen += 1
            assert terminal.process.poll() is None
        sent = terminal.sent
    assert len(sent) > 50_000
    assert "␛]52;c;RVZJTDY2NjY=".encode() in sent, "the words were shown"
    assert wrong_on_a_terminal(sent) == []
    print(f"{len(SCREENS)} screens, {seen} words seen, {len(sent):,} bytes, none of theirs")


def _shows(tag: str, screen: pyte.Screen) -> bool:
    return shows(screen, tag)


def _presses(keys: bytes) -> Iterator[bytes]:
    """Escape alone first, so that it is not taken for the beginning of a key."""
    if keys.startswith(ESCAPE) and keys[1:2] not in (b"[", b"O", b""):
        yield from (ESCAPE, ESCAPE)
        keys = keys[1:]
    if keys.startswith(ESCAPE) or PASTED in keys:
        begin, _, _ = keys.partition(PASTED)
        yield from (bytes([one]) for one in begin) if PASTED in keys else (keys,)
        if PASTED in keys:
            yield PASTED
    elif keys:
        yield from (bytes([one]) for one in keys)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "verb",
    [["tips"], ["tip", "{ref}"], ["rooms"], ["figures"], ["doctor"], ["paths"], ["tips", "--json"], ["rooms", "--json"],
     ["tip", "{ref}", "--json"], ["rejected", "list"], ["tips", "--officer", "{words}"], ["send", "{words}"],
     ["{words}"], ["tips", "--{words}"], ["tips", "status:{words}"]],
    ids=" ".join,
)  # fmt: skip
def test_no_verb_sends_an_escape_of_the_words(verb: list[str], desk: Settings) -> None:
    words = MERGED.replace("\0", "").replace("/", "")
    ref = FIELDS[10].value("JNL-1121-0004", MERGED).replace("\0", "")
    with taskroom(desk, *(one.replace("{words}", words).replace("{ref}", ref) for one in verb)) as terminal:
        while terminal.process.poll() is None or terminal.read(0.3)[1]:
            terminal.read(0.1)
        sent = terminal.sent
    assert sent
    assert b"Traceback" not in sent
    assert wrong_on_a_terminal(sent) == []


@pytest.mark.timeout(120)
def test_a_start_that_is_refused_sends_no_escape_of_the_words(tmp_path: Path) -> None:
    """The config file names a key that is none."""
    settings = settings_in(tmp_path / FOLDER)
    settings.folder.config.write_text('[keys]\n"\\u001b[6666mEVIL\\u009b\\u202e" = "x"\n', "utf-8")
    with taskroom(settings) as terminal:
        while terminal.process.poll() is None or terminal.read(0.3)[1]:
            terminal.read(0.1)
        sent = terminal.sent
    assert terminal.process.returncode == 78
    assert "␛[6666mEVIL⟨009B⟩⟨202E⟩".encode() in sent
    assert wrong_on_a_terminal(sent) == []
