"""Options, seeds and figures of the fault suite: a run prints what it injected and with which seed it comes again.

tests/conftest.py makes pytest know the options and the closing lines; every fault test asks for the fixture `tally`.
"""

from __future__ import annotations

import random
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

_FIGURES = "fault figures"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--faults-seed` takes a run's faults again; `--faults-share 0.1` makes the long tests a tenth as long."""
    group = parser.getgroup("faults", "the fault suite")
    group.addoption("--faults-seed", type=int, default=None, help="Seed of all faults; default: drawn and printed.")
    group.addoption(
        "--faults-log", type=Path, default=None, help="A file that gets each figure as soon as it is known."
    )
    group.addoption("--faults-share", type=float, default=1.0, help="Share of the full counts, for trying things out.")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """One line a fault test: what it injected, what came of it, its seed."""
    lines = [
        f"{report.nodeid.partition('::')[2]}: {value}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, value in report.user_properties
        if name == _FIGURES
    ]
    if lines:
        terminalreporter.section("faults")
        for line in lines:
            terminalreporter.write_line(line)


class Tally:
    """Seeded randomness for one test, and the figures it prints at the end, whether it passes or fails."""

    def __init__(self, request: pytest.FixtureRequest, seed: int, share: float) -> None:
        self.seed = seed
        self.share = share
        self._began = time.monotonic()
        self._figures: dict[str, object] = {}
        self._request = request

    def chance(self, what: str) -> random.Random:
        """Randomness of its own for each purpose, so that one does not shift the other's draws."""
        return random.Random(f"{self.seed}/{self._request.node.name}/{what}")

    def share_of(self, full: int) -> int:
        """That many, or the share of it that was asked for; at least 1."""
        return max(1, round(full * self.share))

    def say(self, **figures: object) -> None:
        """Add figures to the closing line."""
        self._figures |= figures

    def close(self) -> None:
        words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self._figures.items())
        took = time.monotonic() - self._began
        said = f"{words} ({took:.1f} s, --faults-seed {self.seed})"
        self._request.node.user_properties.append((_FIGURES, said))
        log: Path | None = self._request.config.getoption("--faults-log")
        if log is not None:
            with log.open("a") as opened:
                opened.write(f"{self._request.node.name}: {said}\n")


def tally_of(request: pytest.FixtureRequest) -> Tally:
    """The tally of one test, with the run's seed or one of its own."""
    seed = request.config.getoption("--faults-seed")
    return Tally(
        request, secrets.randbelow(1 << 32) if seed is None else seed, request.config.getoption("--faults-share")
    )
