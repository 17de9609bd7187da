"""The `taskroom` command: `main` answers `--version` and `--help` and opens the console at once, all else goes through
typer in `front`.

A verb imports the store, the intake or the screen inside itself, so that what needs none of them starts fast.
"""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    os.umask(0o077)  # what any part of the program makes is this account's alone, and what it starts inherits that
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        from console import __version__

        sys.stdout.write(f"taskroom {__version__}\n")
        sys.exit(0)
    if words in (["--help"], ["-h"], ["help"]):
        from console.cli.verbs import front_page

        sys.stdout.write(front_page())
        sys.exit(0)
    from console.cli.told import told_without_verb

    told = told_without_verb(words)
    if told is not None:
        gc.disable()  # imports leave hardly any garbage; `ui.run` says from when on it is looked for
        from console.cli.opening import open_plainly

        sys.exit(open_plainly(told))
    from console.cli.front import run

    sys.exit(run(words))
