"""Makes frozen dataclasses of what a config file or a variable says, kind by kind and within limits; `settings` asks
here.

For the few tables there are, in place of pydantic: importing that and building its models was a tenth of a start and 10
MiB of the console's memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Table = TypeVar("Table", bound=DataclassInstance)

Number = TypeVar("Number", int, float)

Parts = tuple[str, ...]
"""Names from the outermost table inwards: ('intake', 'batch')."""

_BOUNDS: Final[dict[str, tuple[str, Callable[[float, float], bool]]]] = {
    "above": ("more than", lambda value, bound: value > bound),
    "least": ("at least", lambda value, bound: value >= bound),
    "most": ("at most", lambda value, bound: value <= bound),
}


class BadValue(Exception):
    """What was written at `parts` cannot be followed: it must be `wanted` ('a whole number', 'at least 1'); '' when
    there is nothing of that name."""

    def __init__(self, parts: Parts, wanted: str = "") -> None:
        super().__init__(parts, wanted)
        self.parts = parts
        self.wanted = wanted


def limited(default: Number, **bounds: float) -> Number:
    """A number's default, and its bounds: `least`, `most` (both allowed), `above` (not allowed itself)."""
    return field(default=default, metadata=bounds)


def table(cls: type[Table], written: object, parts: Parts = ()) -> Table:
    """The table `cls` of what was written for it; what was not has its default. Raises BadValue for the first wrong
    value in the order of the fields, then for a name that is none."""
    if not isinstance(written, Mapping):
        raise BadValue(parts, "a table")
    kinds = get_type_hints(cls)
    made: dict[str, Any] = {}
    for one in fields(cls):
        if one.name in written:
            here = (*parts, one.name)
            made[one.name] = _made(kinds[one.name], written[one.name], here)
            _check_bounds(made[one.name], one.metadata, here)
    for name in written:
        if name not in kinds:
            raise BadValue((*parts, str(name)))
    return cls(**made)


def _made(kind: Any, value: object, parts: Parts) -> Any:
    if is_dataclass(kind):
        return table(cast(Any, kind), value, parts)
    shape, inner = get_origin(kind), get_args(kind)
    if shape is UnionType:
        rest = next(one for one in inner if one is not NoneType)
        return None if value is None else _made(rest, value, parts)
    if shape is Literal:
        if value not in inner:
            *first, last = (repr(one) for one in inner)
            raise BadValue(parts, f"one of {', '.join(first)} or {last}")
        return value
    if shape is dict:
        if not isinstance(value, Mapping):
            raise BadValue(parts, "a table")
        return {name: _made(inner[1], one, (*parts, str(name))) for name, one in value.items()}
    read, wanted = _KINDS[kind]
    try:
        return read(value)
    except (TypeError, ValueError, OverflowError):
        raise BadValue(parts, wanted) from None


def _check_bounds(value: Any, bounds: Mapping[str, float], parts: Parts) -> None:
    for name, bound in bounds.items():
        words, holds = _BOUNDS[name]
        if not holds(value, bound):
            raise BadValue(parts, f"{words} {bound:g}")


# ── one value; a variable's is always a text ─────────────────────────────────────────────────────────────────────────
_TRUE: Final = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE: Final = frozenset({"0", "off", "f", "false", "n", "no"})


def _bool(value: object) -> bool:
    if isinstance(value, str):
        if value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
    elif isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise ValueError


def _int(value: object) -> int:
    if isinstance(value, str):
        whole, _point, rest = value.strip().partition(".")
        if not rest.strip("0"):
            return int(whole)
    elif isinstance(value, int | float) and value == int(value):
        return int(value)
    raise ValueError


def _float(value: object) -> float:
    if isinstance(value, str | int | float):
        return float(value)
    raise TypeError


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _path(value: object) -> Path:
    if isinstance(value, str | Path):
        return Path(value)
    raise TypeError


_KINDS: Final[dict[type, tuple[Callable[[object], object], str]]] = {
    bool: (_bool, "true or false"),
    int: (_int, "a whole number"),
    float: (_float, "a number"),
    str: (_text, "a text"),
    Path: (_path, "a path"),
}
