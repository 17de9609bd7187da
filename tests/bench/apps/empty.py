"""The least a Textual program can be: P1's limit. `python -m tests.bench.apps.empty`."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Empty(App[None]):
    """One line of words."""

    def compose(self) -> ComposeResult:
        yield Static("first paint")


if __name__ == "__main__":
    Empty().run()
