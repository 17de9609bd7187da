"""Finds where a `str` from outside could reach a *door*: a place in console/ui where Textual reads a `str` as markup.

`test_doors` calls it. What goes through a door must be safe by its looks: a literal, `_("literal")`, a `Content` or
`Text`, or what a function of `console.ui.text` returns. `markup=False` closes a door; anything else needs the comment
`# door: <reason>` on the line of the door.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tests.rich_words import Package, Scope, Words, rich_words

FIRST = slice(0, 1)
ALL = slice(None)
LABELLED = (
    "Static",
    "Sentence",
    "Label",
    "Link",
    "Option",
    "Button",
    "Checkbox",
    "RadioButton",
    "Tree",
    "Tab",
    "TabPane",
    "Markdown",
    "Placeholder",
    "Selection",
    "DiscoveryHit",
)
WIDGETS = dict.fromkeys(LABELLED, FIRST) | {
    **dict.fromkeys(("Tabs", "TabbedContent", "OptionList", "RadioSet", "Collapsible"), ALL),
    "Hit": slice(1, 2),
}
METHODS = {
    "update": FIRST,
    "notify": FIRST,
    "add_option": FIRST,
    "add_options": FIRST,
    "replace_option_prompt": slice(1, 2),
    "replace_option_prompt_at_index": slice(1, 2),
    "add_row": ALL,
    "add_column": FIRST,
    "add_columns": ALL,
    "update_cell": slice(2, 3),
    "update_cell_at": slice(1, 2),
    "add_leaf": FIRST,
    "set_label": FIRST,
    "from_markup": FIRST,
    "from_text": FIRST,
    "set_options": FIRST,
    "set_label_text": FIRST,
    "from_ansi": FIRST,
}
"""Method → which positional arguments are words. The variables of `Content.from_markup` are never parsed."""
KEYWORDS = {"label", "prompt", "message", "content", "tooltip", "border_title", "border_subtitle", "match_display"}
"""Keyword arguments of a door that are words, beside its positional ones."""
ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "label", "content"}
PRINTS = re.compile(r"print|typer\.(echo|secho)|sys\.(__)?std(out|err)(__)?(\.buffer)?\.write")
"""Functions that write to the terminal."""
REASON = re.compile(r"#\s*door:\s*\S")


@dataclass(frozen=True, slots=True)
class Door:
    """One door and the words that want through."""

    line: int
    name: str
    words: list[ast.expr]


def open_doors(sources: Mapping[str, str]) -> list[str]:
    """`path:line: why` for each door of these sources (path → text, one package) that lets unknown words through."""
    trees = {path: ast.parse(text) for path, text in sources.items()}
    package = Package.of(trees.values())
    found: list[str] = []
    for path, tree in trees.items():
        lines = sources[path].splitlines()
        for door, words in _doors_of(tree, package):
            unsafe = [word for word in door.words if words.kind(word) is None]
            if unsafe and not REASON.search(lines[door.line - 1]):
                shown = ", ".join(ast.unparse(word) for word in unsafe)
                found.append(f"{path}:{door.line}: {door.name} takes {shown}")
    return found


def _doors_of(tree: ast.Module, package: Package) -> Iterator[tuple[Door, Words]]:
    widgets = WIDGETS | dict.fromkeys(package.heirs(set(WIDGETS)), FIRST)
    methods = METHODS | ({"add": FIRST} if _has_tree(tree) else {})
    for node, scope in Scope.walk(tree):
        words = Words(package, scope)
        for door in _doors_at(node, scope, widgets, methods):
            yield door, words


def _has_tree(tree: ast.Module) -> bool:
    """Whether `.add(` may be a tree node's here: a set's `add` elsewhere is no door."""
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    return bool(imported & {"Tree", "TreeNode"})


def _doors_at(
    node: ast.AST, scope: Scope, widgets: Mapping[str, slice], methods: Mapping[str, slice]
) -> Iterator[Door]:
    if isinstance(node, ast.Call):
        yield from _call(node, scope, widgets, methods)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Attribute) and target.attr in ATTRIBUTES and node.value is not None:
                yield Door(node.lineno, f".{target.attr} =", [node.value])
    elif isinstance(node, ast.FunctionDef) and node.name == "render" and not rich_words(node.returns):
        yield from _render(node)


def _render(node: ast.FunctionDef) -> Iterator[Door]:
    if node.returns is None or "str" in ast.unparse(node.returns):
        for step in ast.walk(node):
            if isinstance(step, ast.Return) and step.value is not None:
                yield Door(step.lineno, "render()", [step.value])


def printed(sources: Mapping[str, str], doors: Collection[str]) -> list[str]:
    """`path:line: why` for each place outside the modules `doors` that writes to the terminal by itself."""
    own = Words(Package.of([]), Scope(None, None))
    return [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if path not in doors and isinstance(node, ast.Call) and PRINTS.fullmatch(ast.unparse(node.func))
        if not node.args or own.kind(node.args[0]) is None
    ]


def _call(node: ast.Call, scope: Scope, widgets: Mapping[str, slice], methods: Mapping[str, slice]) -> Iterator[Door]:
    if any(
        key.arg == "markup" and isinstance(key.value, ast.Constant) and key.value.value is False
        for key in node.keywords
    ):
        return
    match node.func:
        case ast.Name(id=name) if name in widgets:
            which = widgets[name]
        case ast.Attribute(attr=name) if name in methods:
            which = methods[name]
        case ast.Attribute(attr=name) if name in widgets:
            which = widgets[name]
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__" as name) if scope.inherits(
            set(widgets)
        ):
            which = FIRST
        case ast.Attribute(attr="exit" as name):
            which = slice(0, 0)
        case _:
            return
    words = node.args[which] + [key.value for key in node.keywords if key.arg in KEYWORDS]
    yield Door(node.lineno, f"{name}()", words)
