"""P14: open, scroll, search and a new arrival on 112,000 tips: the console and the programs people read lists with."""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import pyte

from console.paths import DataFolder
from tests.bench.arrivals import rename_in
from tests.bench.items import PROVINCE, Item, index_mail, log_file, mail_folder, rare_plate, rows_file
from tests.bench.keys import show_everything
from tests.bench.row import Row, median, missing
from tests.bench.scratch import CACHE, scratch
from tests.bench.startup import console_command, newest_words
from tests.bench.stores import OFFICER, closing_store, copy_of, first_desk
from tests.bench.terminal import (
    ENTER,
    PAGE_DOWN,
    PAGE_UP,
    NotSeen,
    Seen,
    Terminal,
    environment,
    line_of,
    shows,
)

CLEAR: Final = b"\x15"
"""Ctrl+U in a line of words."""
CTRL_END: Final = b"\x1b[1;5F"
STEPS: Final = ("open", "scroll", "search", "new arrival")
RUNS: Final = 3
"""Of every program, one after the other, so that what else the machine does falls on all of them."""
BEGUN_WITHIN_S: Final = 900
"""No further round is begun later than this: on a machine with much else to do a DataTable takes minutes to open."""
PAGES: Final = 8
SEARCHES: Final = 2
ARRIVALS: Final = 4
LONGEST_MS: Final = 60_000.0
"""A step that takes longer counts as this long, and the note says so."""
ARRIVED: Final = "1.arrived"
"""How a mail that arrived during a run is named."""
WATCHED: Final = range(12, 17)
"""The screen rows that are looked at for a scroll, in the middle of every list: one may say the same on two pages."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The one tip that is looked for: a part of the plate in its words, and its ref."""

    part: str
    ref: str


def _by_ref(screen: pyte.Screen, wanted: Wanted) -> bool:
    return shows(screen, wanted.ref)


def _alone_by_ref(screen: pyte.Screen, wanted: Wanted) -> bool:
    """Ours: on the detail's border, and nothing else in the list. The list itself has no refs and cuts the words."""
    return wanted.ref in line_of(screen, 1) and " 1 shown " in line_of(screen, screen.lines - 1)


def _by_plate(screen: pyte.Screen, wanted: Wanted) -> bool:
    """visidata: whole in a tip's words, as it was not typed; the refs have moved out to the left."""
    return shows(screen, PROVINCE + wanted.part)


@dataclass(frozen=True, slots=True)
class Peer:
    """A program and the keys for the steps. `arrive` makes a new item with these words; None: it follows nothing."""

    name: str
    program: str
    how_to_install: str
    command: Sequence[str]
    first: bytes
    """On the pty as soon as the first items are."""
    find: tuple[Sequence[bytes], bytes]
    """Keys before (one after the other) and after the words that are looked for."""
    leave_search: Sequence[bytes] = ()
    to_newest: bytes = b""
    page: bytes = PAGE_DOWN
    """Away from where the list stands open."""
    arrive: Callable[[str], float] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[Terminal], None] = lambda terminal: terminal.settle(0.5, 20)
    found: Callable[[pyte.Screen, Wanted], bool] = _by_ref

    @property
    def why_not(self) -> str | None:
        found = os.path.isabs(self.program) or shutil.which(self.program)
        return None if found else f"{self.name} is not installed: {self.how_to_install}"


def _told(screen: pyte.Screen) -> list[str]:
    return [line_of(screen, y)[:60] for y in WATCHED]


Taken = dict[str, list[float]]
"""Step → milliseconds, one for every time it was done."""


def measure(peer: Peer, wanted: Wanted, taken: Taken) -> None:
    """One run of the program through all steps. Raises NotSeen when it ends by itself."""
    with Terminal(peer.command, env={**environment(), **peer.env}) as terminal:
        opened = terminal.wait_bytes(peer.first, 3 * LONGEST_MS / 1000)
        taken["open"].append(min((opened - terminal.started) * 1000, LONGEST_MS))
        peer.ready(terminal)
        _arrivals(peer, terminal, taken["new arrival"])
        _pages(terminal, peer.page, taken["scroll"])
        _searches(peer, terminal, wanted, taken["search"])


def _timed(terminal: Terminal, began: float, seen: Callable[[float], float], taken: list[float]) -> bool:
    """Adds the milliseconds until `seen`, at most LONGEST_MS; whether it came in that time. Raises NotSeen when the
    program has ended."""
    try:
        ms = (seen(LONGEST_MS / 1000) - began) * 1000
    except NotSeen:
        if terminal.process.poll() is not None:
            raise
        ms = LONGEST_MS
    taken.append(min(ms, LONGEST_MS))
    return ms < LONGEST_MS


def _pages(terminal: Terminal, key: bytes, taken: list[float]) -> None:
    for _ in range(PAGES):
        another = _is_another(_told(terminal.screen))
        if not _timed(terminal, terminal.send(key), partial(terminal.wait, another), taken):
            return
        terminal.settle(0.3)


def _is_another(before: list[str]) -> Seen:
    def seen(screen: pyte.Screen) -> bool:
        now = _told(screen)
        return now != before and _is_full(now)

    return seen


def _is_full(lines: list[str]) -> bool:
    return all(any(one.isalnum() for one in line) for line in lines)


def _searches(peer: Peer, terminal: Terminal, wanted: Wanted, taken: list[float]) -> None:
    for _ in range(SEARCHES):
        _type(terminal, peer.find[0])
        sent = terminal.send(wanted.part.encode() + peer.find[1])
        if not _timed(terminal, sent, partial(terminal.wait, _found(peer, wanted)), taken):
            return
        terminal.settle(0.3)
        _type(terminal, peer.leave_search)
        terminal.settle(1, 10)
        terminal.wait(lambda screen: _is_full(_told(screen)) and not peer.found(screen, wanted), 120)


def _found(peer: Peer, wanted: Wanted) -> Seen:
    return lambda screen: peer.found(screen, wanted)


def _type(terminal: Terminal, keys: Sequence[bytes]) -> None:
    """One after the other: a line that opens must have the focus before its words come."""
    for one in keys:
        terminal.send(one)
        terminal.settle(0.3)


def _arrivals(peer: Peer, terminal: Terminal, taken: list[float]) -> None:
    if peer.arrive is None:
        return
    terminal.send(peer.to_newest)
    terminal.settle(0.5)
    for _ in range(ARRIVALS):
        marker = f"new{random.randrange(1 << 30):08x}".encode()
        began = peer.arrive(marker.decode())
        if not _timed(terminal, began, partial(terminal.wait_bytes, marker), taken):
            return
        terminal.settle(0.2)
        time.sleep(random.uniform(0, 0.3))


# ── who takes part ───────────────────────────────────────────────────────────────────────────────────────────────────
def _appending(file: Path, shape: Callable[[Item], str]) -> Callable[[str], float]:
    def arrive(marker: str) -> float:
        content = shape(Item(datetime.now(UTC), "NEW-1", f"{marker} somebody knocks"))
        began = time.perf_counter()
        with file.open("a", encoding="utf-8") as opened:
            opened.write(content)
        return began

    return arrive


def _lnav(folder: Path) -> Peer:
    file = log_file(folder)
    last = file.read_text("utf-8").rstrip().rpartition("\n")[2].split()[2].encode()
    arrive = _appending(file, lambda item: item.as_log)
    how, env = "apt install lnav", {"HOME": str(folder)}
    command = ["lnav", str(file)]
    return Peer("lnav", "lnav", how, command, last, ([b"g/"], ENTER), [b"G"], b"G", PAGE_UP, arrive, env)


def _visidata(folder: Path) -> Peer:
    file = rows_file(folder)
    first = file.open(encoding="utf-8").readlines()[1].split("\t")[1].encode()
    own = CACHE / "peers"
    how = f"python -m venv {own} && {own}/bin/pip install visidata"
    program = shutil.which("vd", path=f"{own / 'bin'}:{os.environ['PATH']}") or "vd"
    env = {"HOME": str(folder)}
    return Peer(
        "visidata", program, how, [program, str(file)], first, ([b"g/"], ENTER), [b"gk"], env=env, found=_by_plate
    )


def _textual_table(folder: Path) -> Peer:
    place = folder / "table"
    place.mkdir()
    file = rows_file(place)
    last = file.read_text("utf-8").rstrip().rpartition("\n")[2].split("\t")[1].encode()
    command = [sys.executable, "-m", "tests.bench.apps.rows", str(file)]
    arrive = _appending(file, lambda item: item.as_row)
    return Peer("DataTable", sys.executable, "", command, last, ([b"/"], ENTER), [CTRL_END], CTRL_END, PAGE_UP, arrive)


def _neomutt(folder: Path) -> Peer:
    how = "apt install neomutt notmuch"
    if shutil.which("neomutt") is None or shutil.which("notmuch") is None:
        return Peer("neomutt + notmuch", "neomutt", how, [], b"", ([], b""))
    root = mail_folder()
    for place in ("cur", "new"):
        for path in (root / "tips" / place).glob(f"*{ARRIVED}*"):
            path.unlink()
    config = folder / "neomuttrc"
    config.write_text(
        f"set folder={root}\nset nm_default_url=notmuch://{root}\n"
        f"set header_cache={root}/hcache\nset maildir_header_cache_verify=no\nset sort=reverse-date\n"
        "set timeout=1\nset mail_check=0\n"
        "set check_new=yes\nset index_format='%{%m-%d} %s'\nset sleep_time=0\n"
        "set quit=yes\nset abort_key='\\Cg'\nset charset=utf-8\nset read_inc=0\nbind index <PageUp> previous-page\n"
        "macro index / '<limit><kill-line>~s '\nmacro index G '<limit><kill-line>~A<enter><first-entry>'\n"
    )
    newest = next(iter(sorted((root / "tips" / "cur").iterdir(), key=lambda path: int(path.name.split(".")[1]))[::-1]))
    first = newest.read_text("utf-8").partition("Subject: ")[2].split()[0].encode()

    def arrive(marker: str) -> float:
        name = f"{time.time_ns()}.{ARRIVED}"
        draft = root / "tips" / "tmp" / name
        draft.write_text(Item(datetime.now(UTC), "NEW-1", f"{marker} somebody knocks").as_mail, encoding="utf-8")
        began = time.perf_counter()
        draft.rename(root / "tips" / "new" / name)
        return began

    index_mail(root)
    command = ["neomutt", "-n", "-F", str(config), "-f", str(root / "tips")]
    env = {"HOME": str(folder), "NOTMUCH_CONFIG": str(root / "notmuch")}
    return Peer("neomutt + notmuch", "neomutt", how, command, first, ([b"/"], ENTER), [b"G"], arrive=arrive, env=env)


def _ours(folder: DataFolder) -> Peer:
    with closing_store(folder) as conn:
        stations = conn.execute("SELECT count(*) FROM station").fetchone()[0]
    station, _room = first_desk(folder)

    def ready(terminal: Terminal) -> None:
        show_everything(terminal, stations)

    command = console_command(folder, "--officer", OFFICER)
    find = ([b"/", CLEAR], b" status:all" + ENTER)
    leave = [b":", b"search status:all" + ENTER]
    return Peer(
        "ours", sys.executable, "", command, newest_words(folder), find, leave,
        arrive=lambda marker: rename_in(folder, marker, station), ready=ready, found=_alone_by_ref,
    )  # fmt: skip


@contextmanager
def _peers() -> Iterator[list[Peer]]:
    with ExitStack() as stack:
        desk = stack.enter_context(copy_of("city"))
        place = stack.enter_context(scratch())
        yield [_ours(desk), _textual_table(place), _lnav(place), _visidata(place), _neomutt(place)]


def side_by_side() -> list[Row]:
    """P14."""
    wanted = Wanted(*rare_plate())
    with _peers() as peers:
        absent = [missing("P14", peer.name, peer.why_not) for peer in peers if peer.why_not is not None]
        taken = {peer.name: _nothing_taken() for peer in peers if peer.why_not is None}
        broken = _run_all([peer for peer in peers if peer.why_not is None], wanted, taken)
    return [*(_row(step, taken) for step in STEPS), *absent, *broken]


def _nothing_taken() -> Taken:
    return {step: [] for step in STEPS}


def _run_all(peers: Sequence[Peer], wanted: Wanted, taken: Mapping[str, Taken]) -> list[Row]:
    """RUNS rounds of all; rows for the programs that broke, which are left out from then on."""
    broken: dict[str, Row] = {}
    began = time.monotonic()
    for _ in range(RUNS):
        if time.monotonic() - began > BEGUN_WITHIN_S:
            break
        for peer in peers:
            if peer.name in broken:
                continue
            try:
                measure(peer, wanted, taken[peer.name])
                print(f"  {peer.name}: {_medians(taken[peer.name])}", file=sys.stderr, flush=True)
            except Exception as error:  # noqa: BLE001 - a peer that breaks leaves the others standing
                print(peer.name, error, file=sys.stderr, flush=True)
                why = str(error).partition("\n")[0]
                broken[peer.name] = missing("P14", peer.name, f"broke off: {why}")
    return list(broken.values())


def _medians(taken: Taken) -> str:
    return ", ".join(f"{step} {_shown(median(values))}" for step, values in taken.items() if values)


def _shown(ms: float) -> str:
    return "60 s and more, counted as 60 s" if ms >= LONGEST_MS else f"{ms:,.0f} ms"


def _row(step: str, taken: Mapping[str, Taken]) -> Row:
    figures = {name: median(of[step]) for name, of in taken.items() if of[step]}
    others = sorted((ms, name) for name, ms in figures.items() if name != "ours")
    note = ", ".join(f"{name} {_shown(ms)}" for ms, name in others)
    if "ours" not in figures or not others:
        return missing("P14", step, f"nothing to compare: {note or 'no peer'}")
    ms, name = others[min(1, len(others) - 1)]
    ours = figures["ours"]
    rank = sum(other < ours for other, _ in others) + 1
    return Row(
        "P14",
        f"{step}, 112,000 items",
        ours,
        ms,
        name,
        "first or second",
        rank <= 2,
        note=f"{note}; ours is no. {rank}; medians of {len(taken['ours']['open'])} rounds",
    )
