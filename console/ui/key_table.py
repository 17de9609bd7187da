"""The keys as tables for people: README's and the one `taskroom keys` prints, from the registry in `keys`."""

from __future__ import annotations

from collections.abc import Mapping

from console.ui.keys import GROUPS, actions_in, keys_in_force, shown_keys
from console.words import gettext as _


def key_rows(keymap: Mapping[str, str] | None = None) -> list[tuple[str, str, str, str, str]]:
    """All actions as (group's words, words, key, also, id), in the order of help; a keymap's keys stand under `key`."""
    rows = []
    for group, title in GROUPS.items():
        for one in actions_in(group):
            moved = one.id in (keymap or {})
            key = " ".join(keys_in_force(keymap or {}, one)) if moved else shown_keys(one.keys)
            also = "" if moved else shown_keys(one.also)
            menu = _("F4 then {key}").format(key=one.menu) if one.menu else ""
            rows.append((title, one.words, key, " · ".join(part for part in (also, menu) if part), one.id))
    return rows


def key_table_markdown() -> str:
    """README's key table."""
    head = [_("| do | key | also | id for `[keys]` |"), "|---|---|---|---|"]
    lines = [
        f"| {words} | {_ticked(key)} | {also} | `{action_id}` |" for _title, words, key, also, action_id in key_rows()
    ]
    return "\n".join(head + lines) + "\n"


def _ticked(key: str) -> str:
    return " ".join(f"`{part}`" for part in key.split())


def key_table_text(keymap: Mapping[str, str] | None = None) -> str:
    """What `taskroom keys` prints: one action a line, grouped, with its id."""
    out: list[str] = []
    title = ""
    for group, words, key, also, action_id in key_rows(keymap):
        if group != title:
            out += ["", group] if out else [group]
            title = group
        out.append(f"  {key:<12} {also:<18} {words:<20} {action_id}")
    return "\n".join(out) + "\n"
