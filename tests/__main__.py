"""`python -m tests [--slow] [pytest arguments]`: every check of the project, one after the other, pytest last.

All steps run even when one fails, so that one run shows everything; the exit code is non-zero when any of them failed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sys.executable).parent
# The folder of the interpreter as it was called, so that a virtual environment is checked with its own tools.

_SPREAD = ("-n", str(2 * (os.cpu_count() or 1)), "--dist", "worksteal")
"""Two tests at once a core: most of a test's time is waiting for a screen, a process or a disk."""


def steps(pytest_arguments: Sequence[str], *, slow: bool) -> list[tuple[str, list[str]]]:
    """Headline and command of each step, in order; `slow` also selects the tests marked so."""
    selection = ["-m", ""] if slow else []
    return [
        ("ruff check", [str(SCRIPTS / "ruff"), "check", "."]),
        ("ruff format", [str(SCRIPTS / "ruff"), "format", "--check", "."]),
        ("mypy --strict", [str(SCRIPTS / "mypy"), "--strict"]),
        ("lint-imports", [str(SCRIPTS / "lint-imports")]),
        ("pytest", [sys.executable, "-m", "pytest", *_SPREAD, *selection, *pytest_arguments]),
    ]


def run_step(headline: str, command: Sequence[str]) -> bool:
    """Run one step with its output on ours; True when it passed."""
    started = time.monotonic()
    print(f"── {headline} ".ljust(100, "─"), flush=True)
    passed = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    if headline != "pytest":
        print(f"   {headline}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.1f} s", flush=True)
    return passed


def main(arguments: Sequence[str]) -> int:
    """Run all steps; 0 when every one passed, else 1 with the failed ones named before pytest's own closing line."""
    slow = "--slow" in arguments
    *checks, tests = steps([word for word in arguments if word != "--slow"], slow=slow)
    failed = [headline for headline, command in checks if not run_step(headline, command)]
    if failed:
        print(f"── FAILED before pytest: {', '.join(failed)}", flush=True)
    if not run_step(*tests):
        failed.append("pytest")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
