"""Tables of settings from what was written: the same values are taken and refused as pydantic takes and refuses, which
does this in the intake."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from console.settings import Settings
from console.shaped import BadValue, limited, table


@dataclass(frozen=True)
class Inner:
    count: int = limited(3, least=1, most=20)
    wait_s: float = limited(1.5, above=0)


@dataclass(frozen=True)
class Outer:
    on: bool = True
    name: str | None = None
    place: Path | None = None
    where: Path = Path("here")
    colour: Literal["dark", "light", "contrast"] = "dark"
    words: dict[str, str] = field(default_factory=dict)
    inner: Inner = Inner()


def _model(cls: Any) -> type[BaseModel]:
    """The same table as pydantic's model."""
    bounds = {"least": "ge", "most": "le", "above": "gt"}
    made: dict[str, Any] = {}
    for one in fields(cls):
        kind = get_type_hints(cls)[one.name]
        kind = _model(kind) if kind is Inner else kind
        limits: dict[str, Any] = {bounds[name]: bound for name, bound in one.metadata.items()}
        made[one.name] = (kind, Field(default=None, **limits))
    return create_model(cls.__name__, __config__=ConfigDict(extra="forbid"), **made)


MODEL = _model(Outer)
NAMES = [one.name for one in fields(Outer)] + ["nobodys"]
LONELY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 30),
    st.sampled_from([0.0, 1.0, 2.5, 7.0, -1.0, float("inf"), float("nan")]),
    st.sampled_from(
        ["", "1", " 7 ", "7.0", "7.5", "1_0", "-2", "true", "OFF", "yes", "dark", "pink", "1e3", "inf", "x"]
    ),
)
TABLES = st.dictionaries(st.sampled_from(["count", "wait_s", "nobodys"]), LONELY, max_size=3)
WRITTEN = st.dictionaries(st.sampled_from(NAMES), st.one_of(LONELY, TABLES, st.lists(LONELY, max_size=1)), max_size=4)


@given(WRITTEN)
def test_takes_and_refuses_what_pydantic_does(written: dict[str, Any]) -> None:
    """Where both refuse, both name the same place; where both take, the values are the same."""
    try:
        wanted: object = MODEL.model_validate(written).model_dump(exclude_unset=True)
    except ValidationError as error:
        wanted = tuple(str(part) for part in error.errors()[0]["loc"])
    assert _outcome(written) == wanted


def _outcome(written: dict[str, Any]) -> object:
    """The values that were taken, or the place of the one that was not."""
    try:
        made = table(Outer, written)
    except BadValue as error:
        return error.parts
    found = {name: getattr(made, name) for name in written}
    if isinstance(found.get("inner"), Inner):
        found["inner"] = {name: getattr(made.inner, name) for name in written["inner"]}
    return found


@pytest.mark.parametrize(
    "written, parts, wanted",
    [
        ({"on": "perhaps"}, ("on",), "true or false"),
        ({"name": 7}, ("name",), "a text"),
        ({"where": None}, ("where",), "a path"),
        ({"colour": "pink"}, ("colour",), "one of 'dark', 'light' or 'contrast'"),
        ({"words": {"a": 1}}, ("words", "a"), "a text"),
        ({"words": "a"}, ("words",), "a table"),
        ({"inner": 3}, ("inner",), "a table"),
        ({"inner": {"count": "many"}}, ("inner", "count"), "a whole number"),
        ({"inner": {"count": 0}}, ("inner", "count"), "at least 1"),
        ({"inner": {"count": 21}}, ("inner", "count"), "at most 20"),
        ({"inner": {"wait_s": 0}}, ("inner", "wait_s"), "more than 0"),
        ({"inner": {"wait_s": []}}, ("inner", "wait_s"), "a number"),
        ({"inner": {"cuont": 2}}, ("inner", "cuont"), ""),
        ({"nobodys": 1, "colour": "pink"}, ("colour",), "one of 'dark', 'light' or 'contrast'"),
    ],
)
def test_names_the_place_and_what_it_must_be(written: dict[str, Any], parts: tuple[str, ...], wanted: str) -> None:
    with pytest.raises(BadValue) as refused:
        table(Outer, written)
    assert (refused.value.parts, refused.value.wanted) == (parts, wanted)


def test_what_is_not_written_has_its_default() -> None:
    assert table(Outer, {"inner": {"count": 2}}) == Outer(inner=Inner(count=2))
    assert table(Settings, {"data": "x"}) == Settings(data=Path("x"))
