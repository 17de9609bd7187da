"""The registry of keys: nothing clashes, the user's own keymap is checked, tables and bindings come from it."""

from pathlib import Path

import pytest

from console.errors import BadSettings
from console.ui import keys
from console.ui.commands import BadCommand, Command, read_command
from console.ui.key_table import key_table_markdown, key_table_text
from console.ui.screens.desk import DeskScreen


def test_the_default_keys_clash_nowhere() -> None:
    assert keys.check_keymap({}) == {}


@pytest.mark.parametrize(
    "key, alias",
    [
        ("?", "fullwidth_question_mark"),
        (":", "fullwidth_colon"),
        ("/", "ideographic_comma"),
        ("[", "left_black_lenticular_bracket"),
        ("!", "fullwidth_exclamation_mark"),
        ("s", "ｓ"),
        ("space", "ideographic_space"),
    ],
)
def test_a_full_width_key_does_the_same(key: str, alias: str) -> None:
    assert alias in list(keys.with_aliases([key]))


def test_every_action_is_bound_once_in_its_group() -> None:
    ids = [
        binding.id
        for group in ("desk", "app", "feed", "tree", "detail", "audit", "admin")
        for binding in keys.bindings_for(group)
    ]
    assert {one.id for one in keys.ACTIONS} == set(ids)
    assert len({one.id for one in keys.ACTIONS}) == len(keys.ACTIONS)


def test_every_action_of_the_desk_exists() -> None:
    missing = [
        one.method
        for one in keys.actions_in("pane", "tip", "desk")
        if not callable(getattr(DeskScreen, f"action_{one.method}", None))
    ]
    assert missing == []


def test_no_default_key_is_one_the_terminal_keeps() -> None:
    used = {keys.key_name(key) for one in keys.ACTIONS for key in one.default_keys}
    assert used.isdisjoint(keys.ALWAYS_REFUSED)
    assert not any(key.startswith("alt+") for key in used)


def test_every_key_of_the_design_is_there() -> None:
    shown = {(one.id, keys.shown_key(key)) for one in keys.ACTIONS for key in one.default_keys}
    wanted = {
        "tip.claim": "c", "tip.release": "C", "tip.claim-or-release": "F2", "tip.investigate": "i", "tip.refer": "r",
        "tip.solve": "s", "tip.menu": "F4", "tip.close": "x", "tip.reopen": "X", "tip.undo": "^Z", "tip.note": "e",
        "tip.assign": "A", "tip.link": "D", "desk.new-tip": "F3", "desk.next-unseen": "n", "tip.acknowledge": "F12",
        "desk.search": "^F", "desk.filter": "f", "app.palette": "^P", "desk.station": "F8", "desk.next-station": "]",
        "pane.zoom": "z", "desk.refresh": "F5", "tip.copy": "y", "app.help": "F1", "app.leave": "^Q",
        "feed.mark": "Space", "feed.mark-range": "v", "move.half-down": "^D",
    }  # fmt: skip
    assert set(wanted.items()) <= shown


def test_a_keymap_is_made_ready_for_textual() -> None:
    assert keys.check_keymap({"tip.solve": "w, F6, ?"} | {"app.help": "F1"}) == {
        "tip.solve": "w,ｗ,f6,question_mark,fullwidth_question_mark",
        "app.help": "f1",
    }


def test_two_keys_may_be_swapped() -> None:
    swapped = keys.check_keymap({"tip.solve": "r", "tip.refer": "s"})
    assert keys.action_on("r", ("tip",), swapped) is keys.action("tip.solve")


@pytest.mark.parametrize(
    "keymap, words",
    [
        ({"tip.solv": "w"}, "did you mean 'tip.solve'"),
        ({"nonsense": "w"}, "`taskroom keys` lists them"),
        ({"tip.solve": "r"}, "'tip.refer' and 'tip.solve' both want r"),
        ({"tip.solve": "j"}, "'move.down' and 'tip.solve' both want j"),
        ({"tip.solve": "^B"}, "terminals keep"),
        ({"tip.solve": "ctrl+s"}, "terminals keep"),
        ({"tip.solve": "alt+x"}, "terminals keep"),
        ({"tip.solve": "ctrl+m"}, "terminals keep"),
        ({"tip.solve": "bogus"}, "no terminal has"),
        ({"tip.solve": " , "}, "no key"),
    ],
)
def test_a_wrong_keymap_is_refused_by_name(keymap: dict[str, str], words: str) -> None:
    with pytest.raises(BadSettings, match="keys") as refused:
        keys.check_keymap(keymap)
    assert words in refused.value.message


def test_the_refusal_names_the_line(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('theme = "dark"\n[keys]\n"tip.note" = "w"\n"tip.solv" = "q"\n')
    with pytest.raises(BadSettings, match=r"config\.toml, line 4: "):
        keys.check_keymap({"tip.note": "w", "tip.solv": "q"}, config)


def test_panes_may_use_a_key_twice_but_not_with_the_desk() -> None:
    assert keys.check_keymap({"tree.expand": "w", "detail.next-link": "w"})
    with pytest.raises(BadSettings):
        keys.check_keymap({"tree.expand": "z"})


def test_the_tables_name_every_action() -> None:
    markdown, text = key_table_markdown(), key_table_text()
    for one in keys.ACTIONS:
        assert f"`{one.id}`" in markdown
        assert one.id in text
    assert "| Solve | `s` | F4 then 3 | `tip.solve` |" in markdown
    assert "w" in key_table_text(keys.check_keymap({"tip.solve": "w"})).split("tip.solve")[0].splitlines()[-1]


@pytest.mark.parametrize(
    "line, command",
    [
        ("q", Command("action", "app.leave")),
        ("solve", Command("action", "tip.solve")),
        ("tip.solve", Command("action", "tip.solve")),
        ("link duplicate", Command("action", "tip.link")),
        ("search 赌博 status:new", Command("search", "赌博 status:new")),
        ("search", Command("search", "")),
        ("goto jnl-1120-0042", Command("goto", "jnl-1120-0042")),
        ("theme light", Command("theme", "light")),
        ("view night", Command("view", "night")),
    ],
)
def test_a_command_line_is_understood(line: str, command: Command) -> None:
    assert read_command(line, {"night": "is:unseen"}) == command


@pytest.mark.parametrize("line", ["dance", "theme pink", "goto", "view day", "[/]"])
def test_a_wrong_command_says_so(line: str) -> None:
    with pytest.raises(BadCommand):
        read_command(line, {"night": "is:unseen"})
