"""No word from outside reaches a place where Textual reads markup, unless it went through `console.ui.text`."""

import re
from pathlib import Path

import pytest

from tests.doors import open_doors, printed

UI = Path(__file__).resolve().parent.parent / "console" / "ui"

HEAD = """
from console.words import gettext as _
from rich.text import Text
from textual.content import Content
from textual.widgets import Button, Label, Option, Static, Tree
from console.ui import text
from console.ui.text import as_content
"""

BAD = {
    "a parameter": "def f(words: str): return Static(words)",
    "a tip's words": "def f(tip): return Label(tip.words)",
    "an f-string": "def f(tip): return Label(f'[b]{tip.words}[/b]')",
    "a sentence with an unknown part": "def f(tip): return Label(_('Tip {ref}').format(ref=tip.ref))",
    "an unknown sentence": "def f(words): return Label(_(words))",
    "the old way to fill in": "def f(tip): return Label(_('Tip %s') % tip.ref)",
    "words that change": "def f(tip): return Sentence(tip.words)",
    "update": "def f(self, tip): self.query_one(Static).update(tip.words)",
    "notify": "def f(self, error): self.notify(str(error))",
    "notify by keyword": "def f(self, error): self.notify(message=str(error))",
    "markup=True": "def f(self, error): self.notify(str(error), markup=True)",
    "title": "def f(self, tip): self.border_title = tip.ref",
    "subtitle": "def f(self, tip): self.border_subtitle += tip.ref",
    "tooltip": "def f(self, tip): self.tooltip = tip.place",
    "tooltip by keyword": "def f(tip): return Button('Solve', tooltip=tip.place)",
    "button": "def f(tip): return Button(label=tip.ref)",
    "option": "def f(tip): return Option(tip.ref, id=tip.id)",
    "add_option": "def f(self, tip): self.list.add_option(tip.ref)",
    "add_options": "def f(self, tips): self.list.add_options([tip.ref for tip in tips])",
    "row": "def f(self, tip): self.table.add_row('a', Text('b'), tip.ref)",
    "row by star": "def f(self, cells: list[str]): self.table.add_row(*cells)",
    "column": "def f(self, name): self.table.add_column(name)",
    "tree node": "def f(node, room): node.add(room.name)",
    "tree leaf": "def f(node, room): node.add_leaf(room.name)",
    "tree label": "def f(node, room): node.set_label(room.name)",
    "a variable": "def f(tip):\n    words = tip.words\n    return Label(words)",
    "a variable that is sometimes safe": "def f(tip):\n    w = 'a'\n    if tip: w = tip.words\n    return Label(w)",
    "one branch": "def f(tip): return Label('a' if tip is None else tip.words)",
    "a loop": "def f(tips):\n    for tip in tips: Label(tip)",
    "a pair in a loop": "def f(tips):\n    for name, key in tips: Label(name)",
    "markup of one's own": "def f(tip): return Label(Content.from_markup(f'[b]{tip.words}'))",
    "markup by another name": "def f(tip): return Label(Content.from_text(tip.words))",
    "an heir": "class Card(Static): pass\ndef f(tip): return Card(tip.words)",
    "an heir's constructor": "class Card(Static):\n    def __init__(self, words: str): super().__init__(words)",
    "render": "class Card(Widget):\n    def render(self) -> str: return self.tip.words",
    "the closing message": "def f(self, error): self.app.exit(message=str(error))",
    "a union with str": "def f(words: Content | str): return Label(words)",
    "str from another function": "def g(tip) -> str: return tip.words\ndef f(tip): return Label(g(tip))",
    "a comment without a reason": "def f(tip): return Label(tip.words)  # door:",
    "a list of options": "def f(self, tips): self.list.set_options([tip.ref for tip in tips])",
    "options of a list": "def f(tips): return OptionList(*[tip.ref for tip in tips])",
    "a palette's hit": "def f(tip): return Hit(1.0, tip.ref, print)",
    "a palette's hit by keyword": "def f(tip): return Hit(1.0, match_display=tip.ref, command=print)",
    "a palette's first offer": "def f(tip): return DiscoveryHit(tip.ref, print)",
    "a selection": "def f(tip): return Selection(tip.ref, tip.id)",
    "a fold": "def f(tip): return Collapsible(title=tip.ref, label=tip.ref)",
    "an outer name": "def f(tip):\n    words = tip.words\n    def g(): return Label(words)\n    return g",
}

GOOD = {
    "nothing": "def f(): return Static(id='a')",
    "a literal": "def f(): return Label('a')",
    "a sentence": "def f(): return Label(_('No tips here'))",
    "a sentence with a number": "def f(tips): return Label(_('{count} tips').format(count=len(tips)))",
    "text's function": "def f(tip): return Label(as_content(tip.words))",
    "text's module": "def f(tip): return Label(text.as_content(tip.words))",
    "content": "def f(tip): return Label(Content(tip.words))",
    "content's methods": "def f(tip): return Label(Content.assemble(tip.words, (tip.ref, 'bold')).stylize('dim'))",
    "content plus words": "def f(tip): return Label(Content('a') + tip.words)",
    "markup with variables": "def f(tip): return Label(Content.from_markup('[b]$ref[/b]', ref=tip.ref))",
    "a parameter": "def f(words: Content | None): return Label(words)",
    "a quoted annotation": "def f(words: 'Content'): return Label(words)",
    "a variable": "def f(tip):\n    words = as_content(tip.words)\n    return Label(words)",
    "both branches": "def f(tip): return Label(_('None') if tip is None else as_content(tip.words))",
    "a loop": "def f():\n    for word in ('a', 'b'): Label(word)",
    "a pair in a loop": "def f():\n    for word, key in (('a', 1), ('b', 2)): Label(word)",
    "a loop over contents": "def f(lines: list[Content]):\n    for line in lines: Label(line)",
    "options": "def f(self, tips): self.list.add_options([Option(as_content(t.ref), id=t.id) for t in tips])",
    "row": "def f(self, tip): self.table.add_row('a', as_content(tip.ref), key=tip.id)",
    "row by star": "def f(self, cells: list[Text]): self.table.add_row(*cells)",
    "no markup": "def f(self, error): self.notify(str(error), markup=False)",
    "another function": "def g(tip) -> Content: ...\ndef f(tip): return Label(g(tip))",
    "an attribute": "class A:\n    words: Content\ndef f(a): return Label(a.words)",
    "a constant": "EMPTY = _('Nothing here')\ndef f(): return Label(EMPTY)",
    "a table of constants": "WORDS = {'a': _('A')}\ndef f(key): return Label(WORDS[key])",
    "a reason": "def f(tip): return Label(tip.ref)  # door: a ref is letters, digits and hyphens by its rule",
    "render": "class Card(Widget):\n    def render(self) -> Content: return Content(self.tip.words)",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_an_open_door_is_found(body: str) -> None:
    assert len(open_doors({"bad.py": HEAD + body})) == 1


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD.keys())
def test_a_closed_door_is_left_alone(body: str) -> None:
    assert open_doors({"good.py": HEAD + body}) == []


def test_a_name_is_trusted_only_when_every_module_means_it() -> None:
    """Two functions of one name, one of which returns str: the caller may have either."""
    use = HEAD + "def f(tip): return Label(line(tip))"
    rich = "def line(tip) -> Content: ..."
    poor = "def line(tip) -> str: ..."
    assert open_doors({"use.py": use, "rich.py": rich}) == []
    assert len(open_doors({"use.py": use, "rich.py": rich, "poor.py": poor})) == 1


def test_the_console_lets_no_unknown_words_through_a_door() -> None:
    sources = {str(path.relative_to(UI)): path.read_text("utf-8") for path in sorted(UI.rglob("*.py"))}
    assert sources, "console/ui is gone"
    assert open_doors(sources) == []


CONSOLE = UI.parent
PRINTERS = ("cli/output.py", "cli/exits.py", "cli/progress.py", "ui/run.py")
"""What writes to the terminal: the doors for people and scripts, a bar of our own words, the refused start."""


def _sources(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.py"))}


@pytest.mark.parametrize(
    "body", ["print(error)", "sys.stdout.write(f'{error}')", "sys.stderr.write(words + '\\n')", "typer.echo(words)"]
)
def test_what_prints_by_itself_is_found(body: str) -> None:
    assert len(printed({"cli/bad.py": f"def f(words, error): {body}"}, PRINTERS)) == 1
    assert printed({"cli/output.py": f"def f(words, error): {body}"}, PRINTERS) == []


def test_only_the_doors_print() -> None:
    found = printed(_sources(CONSOLE), PRINTERS)
    assert [one for one in found if not one.startswith("cli/__init__.py")] == []


def test_no_place_for_words_from_outside_is_missing_in_the_matrix() -> None:
    """Nobody notifies, sets a tooltip or the terminal's title: whoever does adds the place to tests/ui/places.py."""
    new = re.compile(r"\.notify\((?!\))|\.tooltip\s*=|[^_]sub_title\s*=|\]0;|\]2;|open_url\(|deliver_")
    assert [f"{path}: {hit.group()}" for path, text in _sources(UI).items() for hit in new.finditer(text)] == []
