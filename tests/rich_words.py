"""Says of an expression in console/ui whether its words are safe at a markup door; `doors` asks for every door.

`plain`: made of literals only. `rich`: a `Content` or `Text`, which Textual never parses. None: nobody can tell.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["plain", "rich"] | None
Function = ast.FunctionDef | ast.AsyncFunctionDef

RICH = {"Content", "Text"}
ROUND_RICH = {"list", "tuple", "Sequence", "Iterable", "Iterator", "None", "Optional", "Final", "ClassVar", "reactive"}
"""What may stand round `Content` in an annotation without making it anything else."""
TEXT_MODULE = "console.ui.text"


def rich_words(annotation: ast.expr | None) -> bool:
    """Whether an annotation promises nothing but `Content` or `Text` (mypy holds it to that)."""
    if annotation is None:
        return False
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    attributes = any(isinstance(node, ast.Attribute) for node in ast.walk(annotation))
    return bool(names & RICH) and names <= RICH | ROUND_RICH and not attributes


@dataclass(slots=True)
class Package:
    """What all modules together say: which functions and attributes are rich by annotation, and who inherits whom."""

    rich: set[str] = field(default_factory=set)
    bases: dict[str, set[str]] = field(default_factory=dict)
    with_init: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, trees: Iterable[ast.Module]) -> "Package":
        """A name is rich only when every definition of it, in every module, is."""
        package = cls()
        poor: set[str] = set()
        for node in (node for tree in trees for node in ast.walk(tree)):
            if isinstance(node, Function):
                (package.rich if rich_words(node.returns) else poor).add(node.name)
            elif isinstance(node, ast.ClassDef):
                package._class(node, poor)
        package.rich -= poor
        return package

    def heirs(self, roots: set[str]) -> set[str]:
        """Classes that get their constructor from one of `roots`, at any distance."""
        found = set(roots)
        while more := {
            name for name, bases in self.bases.items() if bases & found and name not in found | self.with_init
        }:
            found |= more
        return found - roots

    def _class(self, node: ast.ClassDef, poor: set[str]) -> None:
        self.bases.setdefault(node.name, set()).update(_names(node.bases))
        for step in node.body:
            if isinstance(step, ast.AnnAssign) and isinstance(step.target, ast.Name):
                (self.rich if rich_words(step.annotation) else poor).add(step.target.id)
            elif isinstance(step, ast.FunctionDef) and step.name == "__init__":
                self.with_init.add(node.name)


def _names(expressions: Iterable[ast.expr]) -> set[str]:
    """The last name of each base class, without its parameters."""
    bare = (node.value if isinstance(node, ast.Subscript) else node for node in expressions)
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in bare
        if isinstance(node, ast.Name | ast.Attribute)
    }


Source = ast.expr | Literal["rich", "unknown"]


@dataclass(slots=True)
class Scope:
    """The names of one function (or module) and where each comes from, with the scope round it."""

    outer: "Scope | None"
    owner: ast.ClassDef | None
    sources: dict[str, list[Source]] = field(default_factory=dict)
    text_functions: set[str] = field(default_factory=set)
    text_modules: set[str] = field(default_factory=set)

    @classmethod
    def walk(cls, tree: ast.Module) -> Iterator[tuple[ast.AST, "Scope"]]:
        """Every node with the scope its names are looked up in."""
        yield from cls(None, None)._nodes(tree)

    def chain(self) -> Iterator["Scope"]:
        """This scope, then each one round it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def inherits(self, names: set[str]) -> bool:
        """Whether the class this function belongs to names one of `names` as a base."""
        return self.owner is not None and bool(_names(self.owner.bases) & names)

    def _nodes(self, body: ast.AST) -> Iterator[tuple[ast.AST, "Scope"]]:
        own = list(_own_nodes(body))
        for node, _ in own:
            self._bind(node)
        for node, owner in own:
            yield node, self
            if isinstance(node, Function):
                inner = Scope(self, owner or self.owner)
                inner._arguments(node.args)
                yield from inner._nodes(node)

    def _arguments(self, arguments: ast.arguments) -> None:
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
        for one in every:
            self.sources[one.arg] = ["rich" if rich_words(one.annotation) else "unknown"]

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._target(target, value)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._target(target, "rich" if rich_words(annotation) else value or "unknown")
            case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                self._target(target, value)
            case ast.For(target=target, iter=items) | ast.AsyncFor(target=target, iter=items):
                self._elements(target, items)
            case ast.comprehension(target=target, iter=items):
                self._elements(target, items)
            case ast.withitem(optional_vars=ast.expr() as target):
                self._target(target, "unknown")
            case ast.ImportFrom(module=module, names=names):
                self._imports(module or "", names)

    def _target(self, target: ast.expr, value: Source) -> None:
        if isinstance(target, ast.Name):
            self.sources.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts: list[Source] = ["unknown"] * len(target.elts)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(parts):
                parts = [*value.elts]
            for part, source in zip(target.elts, parts, strict=True):
                self._target(part, source)

    def _elements(self, target: ast.expr, items: ast.expr) -> None:
        for item in items.elts if isinstance(items, ast.Tuple | ast.List) else [items]:
            self._target(target, item if isinstance(target, ast.Name) or item is not items else "unknown")

    def _imports(self, module: str, names: list[ast.alias]) -> None:
        for alias in names:
            if module == TEXT_MODULE:
                self.text_functions.add(alias.asname or alias.name)
            elif f"{module}.{alias.name}" == TEXT_MODULE:
                self.text_modules.add(alias.asname or alias.name)


def _own_nodes(body: ast.AST, owner: ast.ClassDef | None = None) -> Iterator[tuple[ast.AST, ast.ClassDef | None]]:
    """The nodes below `body` that share its names, each with its class; an inner function is given, not entered."""
    for child in ast.iter_child_nodes(body):
        yield child, owner
        if not isinstance(child, Function):
            yield from _own_nodes(child, child if isinstance(child, ast.ClassDef) else owner)


@dataclass(slots=True)
class Words:
    """Tells the kind of an expression in one scope."""

    package: Package
    scope: Scope
    asked: set[tuple[int, str]] = field(default_factory=set)

    def kind(self, node: ast.expr) -> Kind:
        """`rich`, `plain`, or None for words nobody can vouch for."""
        match node:
            case ast.Constant():
                return "plain"
            case ast.Name(id=name):
                return self._name(name)
            case ast.Attribute(attr=name):
                return "rich" if name in self.package.rich else None
            case ast.Call():
                return self._call(node)
            case ast.BinOp(left=left, right=right):
                return "rich" if self.kind(left) == "rich" else self._all([left, right])
            case _:
                return self._all(parts) if (parts := _parts(node)) is not None else None

    def _all(self, nodes: Iterable[ast.expr]) -> Kind:
        kinds = {self.kind(node) for node in nodes}
        if None in kinds:
            return None
        return "rich" if kinds == {"rich"} else "plain"

    def _name(self, name: str) -> Kind:
        for scope in self.scope.chain():
            if name in scope.sources:
                key = (id(scope), name)
                if key in self.asked:
                    return "plain"  # the other sources of a name that is built from itself decide
                self.asked.add(key)
                kinds = {self._source(source) for source in scope.sources[name]}
                self.asked.discard(key)
                return None if None in kinds else "rich" if kinds == {"rich"} else "plain"
        return None

    def _source(self, source: Source) -> Kind:
        if isinstance(source, str):
            return "rich" if source == "rich" else None
        return self.kind(source)

    def _call(self, node: ast.Call) -> Kind:
        match node.func:
            case ast.Name(id="_" | "gettext"):
                return self._all(node.args)
            case ast.Name(id="ngettext"):
                return self._all(node.args[:2])
            case ast.Name(id="len" | "int"):
                return "plain"
            case ast.Name(id=name):
                return self._function(name, node)
            case ast.Attribute(value=ast.Name(id=name), attr=method):
                return self._method_of(name, method, node)
            case ast.Attribute(value=receiver, attr=method):
                return self._method(receiver, method, node)
            case _:
                return None

    def _function(self, name: str, node: ast.Call) -> Kind:
        if name in RICH | self.package.rich or any(name in scope.text_functions for scope in self.scope.chain()):
            return "rich"
        if name == "Option":
            return "rich"  # a door of its own
        return self._all(node.args) if name in {"list", "tuple"} and node.args else None

    def _method_of(self, name: str, method: str, node: ast.Call) -> Kind:
        if name in RICH or any(name in scope.text_modules for scope in self.scope.chain()):
            return "rich"  # Content.from_markup and from_text are doors of their own
        return self._method(ast.Name(id=name), method, node)

    def _method(self, receiver: ast.expr, method: str, node: ast.Call) -> Kind:
        if method in self.package.rich:
            return "rich"
        kind = self.kind(receiver)
        if kind == "plain":
            return self._all([*node.args, *(key.value for key in node.keywords)]) and "plain"
        return kind


def _parts(node: ast.expr) -> list[ast.expr] | None:
    """The expressions one of which, or all of which, become the words; None when they cannot be told."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=parts) | ast.JoinedStr(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return parts
        case ast.FormattedValue(value=part) | ast.Starred(value=part) | ast.NamedExpr(value=part):
            return [part]
        case ast.Await(value=part) | ast.Subscript(value=part):
            return [part]
        case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
            return [part]
        case ast.Dict(values=parts):
            return parts
        case _:
            return None
