"""Opens the console, for the desk and for the demo; joins it with the intake, which the screen may not import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.exits import CONFIG, OK, say
from console.cli.opening import open_console
from console.cli.setting_up import RandomSeed, fill, make_ready

if TYPE_CHECKING:
    pass

_STREAM_ENDS_S = 5.0


def demo(
    rate: Annotated[float, typer.Option("--rate", min=0.01, metavar="N", help="Live tips a minute.")] = 20.0,
    random_seed: RandomSeed = 1,
) -> None:
    """Open a made-up station with 12 rooms, 500 members, 2,000 tips and live ones, in a temporary folder.

    Everything is synthetic; the folder is removed on leaving, that of a demo that was killed by the next one.

    Exit codes: 0 left, 78 this terminal cannot show the console.
    """
    from console.demo.folder import demo_folder
    from console.demo.plan import STATION
    from console.settings import load_settings
    from console.ui.run import why_not_draw

    why = why_not_draw()
    if why is not None:
        say(why)
        raise typer.Exit(CONFIG)
    _on_end_signals(_leave)
    with demo_folder() as folder:
        os.environ.setdefault("TASKROOM_AUDIT__ANCHORS", str(folder / "anchors.jsonl"))
        settings = replace(load_settings(data=folder), database=None)
        make_ready(settings, key_beside=True)
        code = fill(settings, STATION, random_seed)
        if code == OK:
            with _streaming(folder, rate, random_seed):
                at_desk = replace(settings, officer="JNL-001", password_file=settings.folder.demo_password)
                code = open_console(at_desk, banner="DEMO", leaves_intake=False)
                _on_end_signals(signal.SIG_IGN)
    raise typer.Exit(code)


def _on_end_signals(action: Any) -> None:
    """A terminal that closes, or a kill, must not keep the folder from being removed."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, action)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _streaming(folder: Path, rate: float, random_seed: int) -> Iterator[None]:
    """A process of its own that sends tips as long as the console is open."""
    options = ("--data", str(folder), "--per-minute", str(rate), "--random-seed", str(random_seed))
    process = subprocess.Popen(
        [sys.executable, "-m", "console", "demo-stream", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STREAM_ENDS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
