"""`python -m tests.bench [--only P1,P13] [--json FILE]`: takes the figures and prints them beside their limits.

Nothing here asserts a time: a missed goal is a line of the table.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from tests.bench import longrun, scratch
from tests.bench.row import Row, machine, missing, table
from tests.bench.stores import NoStore, compile_everything

FIGURES: Final = {
    "P1": ("startup", "first_tips"),
    "P2": ("startup", "any_size"),
    "P3": ("keys", "moves"),
    "P4": ("arrivals", "files"),
    "P5": ("arrivals", "lines"),
    "P6": ("intake", "on_sqlite"),
    "P7": ("intake", "on_postgres"),
    "P8": ("search", "finds"),
    "P9": ("tree", "unfolds"),
    "P10": ("longrun", "memory"),
    "P11": ("longrun", "work"),
    "P12": ("verbs", "on_sqlite", "on_postgres"),
    "P13": ("startup", "words_at_once"),
    "P14": ("peers", "side_by_side"),
}
"""Figure → module and the functions that take its rows: what breaks one leaves the others standing."""


def take(figure: str) -> list[Row]:
    """The rows of one figure; what cannot be taken is a row that says why."""
    module, *names = FIGURES[figure]
    return [row for name in names for row in _taken(figure, module, name)]


def _taken(figure: str, module: str, name: str) -> list[Row]:
    try:
        measure: Callable[[], list[Row]] = getattr(import_module(f"tests.bench.{module}"), name)
        return measure()
    except NoStore as error:
        return [missing(figure, name.replace("_", " "), str(error))]
    except Exception as error:  # noqa: BLE001 - one figure that breaks leaves the others standing
        traceback.print_exc()
        why = str(error).partition("\n")[0]
        return [missing(figure, name.replace("_", " "), f"could not be taken: {type(error).__name__}: {why}")]


def _timed(figure: str) -> list[Row]:
    """The figure's rows; a line for whoever waits."""
    began = time.monotonic()
    rows = take(figure)
    print(f"{figure} taken in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return rows


def _write(file: Path, rows: Sequence[Row]) -> None:
    """After every figure, so that a run that is broken off leaves what it took."""
    found = {"machine": machine(), "rows": [row.as_json() for row in rows], "long_run": longrun.as_json()}
    file.write_text(json.dumps(found, indent=1))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", metavar="P1,P13", help="these figures alone")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the rows there")
    parser.add_argument(
        "--minutes", metavar="N", type=float, help="length of the long run (P10, P11); 60 is the goal's"
    )
    parser.add_argument("--rate", metavar="N", type=float, help="tips a second of the long run; 10 is the goal's")
    options = parser.parse_args()
    longrun.minutes = options.minutes or longrun.minutes
    longrun.rate = options.rate or longrun.rate
    chosen = [one.strip().upper() for one in options.only.split(",")] if options.only else list(FIGURES)
    unknown = [one for one in chosen if one not in FIGURES]
    if unknown:
        parser.error(f"no such figure: {', '.join(unknown)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scratch.sweep()
    compile_everything()
    before = machine()
    rows: list[Row] = []
    began = time.monotonic()
    for figure in chosen:
        rows += _timed(figure)
        if options.json:
            _write(options.json, rows)
    print(table(rows))
    if longrun.table():
        print(f"\n{longrun.table()}")
    print(f"\n{before}\n{machine()}\nin {(time.monotonic() - began) / 60:.0f} min")
    return 0


if __name__ == "__main__":
    sys.exit(main())
