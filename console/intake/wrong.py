"""From pydantic's findings to one sentence that says what to do and names the field, never a word of the tip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from console.errors import BadTip
from console.intake.strict import path_of
from console.words import gettext as _

_Limits = Mapping[str, Any]


def bad_tip_of(error: ValidationError) -> BadTip:
    """The first finding as BadTip."""
    first = error.errors(include_input=False, include_url=False)[0]
    field = path_of(first["loc"])
    code, sentence = _sentence_for(first["type"])
    return BadTip(code, sentence(first.get("ctx", {})).format(field=field), field)


def _sentence_for(kind: str) -> tuple[str, Callable[[_Limits], str]]:
    if kind in _SENTENCES:
        return _SENTENCES[kind]
    if kind.endswith("_type"):
        return "wrong-type", _wrong_type(kind)
    return "wrong", lambda _limits: _("{field} is not as `taskroom schema` describes it: mend it.")


def _wrong_type(kind: str) -> Callable[[_Limits], str]:
    sentences = {
        "string_type": _("{field} must be a text."),
        "float_type": _("{field} must be a number."),
        "list_type": _("{field} must be a list."),
        "model_type": _("{field} must be an object."),
        "dict_type": _("{field} must be an object."),
    }
    sentence = sentences.get(kind, _("{field} is of the wrong type: see `taskroom schema`."))
    return lambda _limits: sentence


def _at_most(sentence: str) -> Callable[[_Limits], str]:
    return lambda limits: sentence.replace("{limit}", str(limits.get("max_length", "")))


def _between(limits: _Limits) -> str:
    if "le" in limits:
        return _("{field} is out of range: at most {limit}.").replace("{limit}", f"{limits['le']:g}")
    return _("{field} is out of range: at least {limit}.").replace("{limit}", f"{limits.get('ge', 0):g}")


def _choices(limits: _Limits) -> str:
    return _("{field} must be one of {choices}.").replace("{choices}", str(limits.get("expected", "")).replace("'", ""))


_SENTENCES: dict[str, tuple[str, Callable[[_Limits], str]]] = {
    "missing": ("missing", lambda _limits: _("{field} is missing: add it.")),
    "extra_forbidden": (
        "unknown-field",
        lambda _limits: _("The native shape has no field {field}: take it out (`taskroom schema` lists them)."),
    ),
    "string_too_long": ("too-long", _at_most(_("{field} is too long: at most {limit} characters."))),
    "string_too_short": (
        "empty",
        lambda _limits: _("{field} is empty: put something into it, or leave it out if it is optional."),
    ),
    "string_pattern_mismatch": (
        "empty",
        lambda _limits: _("{field} is blank or not of the form `taskroom schema` says."),
    ),
    "too_long": ("too-many", _at_most(_("{field} has too many entries: at most {limit}."))),
    "enum": ("wrong-choice", _choices),
    "less_than_equal": ("out-of-range", _between),
    "greater_than_equal": ("out-of-range", _between),
    "finite_number": ("not-finite", lambda _limits: _("{field} must be a finite number.")),
    "bad_time": (
        "bad-time",
        lambda _limits: _("{field} must be a date and time with its zone, like 2026-11-21T02:11:00+08:00."),
    ),
    "time_out_of_range": (
        "bad-time",
        lambda _limits: _("{field} is out of range: the years 1970 to 2199 are allowed."),
    ),
    "datetime_from_date_parsing": (
        "bad-time",
        lambda _limits: _("{field} is no date and time of the calendar."),
    ),
    "datetime_parsing": ("bad-time", lambda _limits: _("{field} is no date and time of the calendar.")),
    "timezone_aware": ("bad-time", lambda _limits: _("{field} lacks its zone, like +08:00.")),
}
"""By pydantic's error types; `{field}` is put in last."""


def no_bundle() -> BadTip:
    """Attachments were listed where no file can lie beside the tip."""
    return BadTip(
        "no-bundle",
        _("Attachments come only in a bundle: a folder with tip.json and the files. Send it so, or leave them out."),
        "attachments",
    )
