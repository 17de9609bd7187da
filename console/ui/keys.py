"""Every action of the console: id, method, default keys, words and group. Bindings, footer, `?` help, palette,
command line, the F4 menu and the tables (`key_table`) are all made from this one registry."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from textual.binding import Binding
from textual.keys import REPLACED_KEYS, Keys, _character_to_key, key_to_character

from console.errors import BadSettings
from console.words import gettext as _

PANES: Final = ("feed", "tree", "detail", "audit")
"""Groups whose keys live in one pane each: the same key may mean something else in another pane."""

APART: Final = ("admin",)
"""Groups of a screen that is never there together with the desk."""

GROUPS: Final = {
    "move": _("Move"),
    "feed": _("Tips"),
    "detail": _("Detail"),
    "tree": _("Rooms"),
    "pane": _("Panes"),
    "tip": _("This tip"),
    "desk": _("Desk"),
    "audit": _("Audit"),
    "admin": _("Officers"),
    "app": _("Console"),
}
"""The groups in the order in which help and tables show them."""

ALWAYS_REFUSED: Final = frozenset(f"ctrl+{key}" for key in ("b", "a", "s", "backslash", "i", "m", "j", "h"))
"""tmux and screen prefixes, flow control, SIGQUIT, and keys a terminal sends as Tab, Enter, newline and Backspace."""

_CJK_PUNCTUATION: Final = {
    "?": "？",
    "!": "！",
    ":": "：",
    "/": "／、",
    "[": "［【",
    "]": "］】",
    " ": "\u3000",
}
"""What a Chinese input method sends for a punctuation key; letters and digits have one full-width form each."""

_SHOWN: Final = {
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "escape": "Esc",
    "space": "Space",
    "enter": "Enter",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key, the palette or `:` can do; `action_<method>` is called on the pane, the screen or the app.

    `keys` and `also` are comma-separated key names, `also` those that work while an input method is on. `menu` is the
    key in the F4 menu. `footer` puts it into the footer's row. `over`: the desk's action whose keys it has in its pane.
    """

    group: str
    id: str
    method: str
    keys: str
    words: str
    tooltip: str
    also: str = ""
    menu: str = ""
    footer: bool = False
    over: str = ""
    priority: bool = field(default=False, repr=False)

    @property
    def default_keys(self) -> tuple[str, ...]:
        return tuple(_split(f"{self.keys},{self.also}"))

    def binding(self) -> Binding:
        """The Textual binding with full-width aliases; an action without a key is bound to a name no terminal sends,
        so that a keymap can give it one."""
        keys = ",".join(with_aliases(self.default_keys)) or f"no-key-{self.id}"
        return Binding(
            keys,
            self.method,
            self.words,
            show=self.footer,
            key_display=shown_keys(self.keys) if self.keys else None,
            priority=self.priority,
            tooltip=self.tooltip,
            id=self.id,
        )


_MOVE = partial(Action, "move")
_FEED = partial(Action, "feed")
_TREE = partial(Action, "tree")
_DETAIL = partial(Action, "detail")
_PANE = partial(Action, "pane")
_TIP = partial(Action, "tip")
_DESK = partial(Action, "desk")
_AUDIT = partial(Action, "audit")
_ADMIN = partial(Action, "admin")
_APP = partial(Action, "app")

ACTIONS: Final[tuple[Action, ...]] = (
    _MOVE("move.down", "cursor_down", "j", _("Down"), _("One line down"), "down"),
    _MOVE("move.up", "cursor_up", "k", _("Up"), _("One line up"), "up"),
    _MOVE("move.first", "first", "g", _("First"), _("To the first line"), "home"),
    _MOVE("move.last", "last", "G", _("Last"), _("To the last line"), "end"),
    _MOVE("move.half-down", "half_page_down", "ctrl+d", _("Half a page down"), _("Half a page down")),
    _MOVE("move.half-up", "half_page_up", "ctrl+u", _("Half a page up"), _("Half a page up")),
    _MOVE("move.page-down", "page_down", "", _("Page down"), _("A page down"), "pagedown"),
    _MOVE("move.page-up", "page_up", "", _("Page up"), _("A page up"), "pageup"),
    _MOVE("move.open", "open", "enter", _("Open"), _("Open what the cursor is on")),
    _FEED("feed.mark", "toggle_mark", "space", _("Mark"), _("Mark or unmark this tip for the next step")),
    _FEED("feed.mark-range", "mark_range", "v", _("Mark range"), _("Mark from the last mark to here")),
    _TREE("tree.expand", "expand", "l", _("Unfold"), _("Show what is below this line"), "right"),
    _TREE("tree.collapse", "collapse", "h", _("Fold"), _("Hide what is below, or go one level up"), "left"),
    _TREE("tree.filter", "narrow", "/", _("Find in rooms"), _("Find names and codes"), "ctrl+f", over="desk.search"),
    _DETAIL("detail.next-link", "next_link", "l", _("Next link"), _("To the next linked tip"), "right"),
    _DETAIL("detail.previous-link", "previous_link", "h", _("Previous link"), _("To the link before"), "left"),
    _PANE("pane.back", "back", "escape", _("Back"), _("Close what is open, end the search, unmark")),
    _PANE("pane.tips", "focus_tips", "1", _("Tips"), _("Go to the tips")),
    _PANE("pane.detail", "focus_detail", "2", _("Detail"), _("Go to the tip's detail")),
    _PANE("pane.rooms", "focus_rooms", "3", _("Rooms"), _("Go to the rooms")),
    _PANE("pane.next", "focus_next_pane", "tab", _("Next pane"), _("Go to the next pane")),
    _PANE("pane.previous", "focus_previous_pane", "shift+tab", _("Previous pane"), _("Go to the pane before")),
    _PANE("pane.zoom", "zoom", "z", _("Zoom"), _("Give this pane the whole screen, or give it back")),
    _TIP("tip.investigate", "investigate_tip", "i", _("Investigate"), _("You look into it"), menu="1", footer=True),
    _TIP("tip.refer", "refer_tip", "r", _("Refer"), _("Hand it to an agency"), menu="2", footer=True),
    _TIP("tip.solve", "solve_tip", "s", _("Solve"), _("Say how it was solved"), menu="3", footer=True),
    _TIP("tip.close", "close_tip", "x", _("Close"), _("End it with a reason"), menu="4", footer=True),
    _TIP("tip.reopen", "reopen_tip", "X", _("Reopen"), _("Take up an ended tip again"), menu="5"),
    _TIP("tip.claim", "claim_tip", "c", _("Claim"), _("This one is mine"), menu="6"),
    _TIP("tip.release", "release_tip", "C", _("Release"), _("Give up your claim"), menu="7"),
    _TIP("tip.claim-or-release", "claim_or_release", "", _("Claim or release"), _("Claim it or give it up"), "f2"),
    _TIP("tip.note", "note_tip", "e", _("Note"), _("Write a note into its history"), menu="8"),
    _TIP("tip.assign", "assign_tip", "A", _("Assign"), _("Give it to a colleague"), menu="9"),
    _TIP("tip.link", "link_duplicate", "D", _("Link duplicate"), _("Say which tip it doubles"), menu="d"),
    _TIP("tip.unlink", "unlink_duplicate", "", _("Unlink duplicate"), _("It is no duplicate"), menu="n"),
    _TIP("tip.urgency", "set_urgency", "", _("Set urgency"), _("Routine, priority or alarm"), menu="u"),
    _TIP("tip.category", "set_category", "", _("Set category"), _("Say what it is about"), menu="k"),
    _TIP("tip.acknowledge", "acknowledge_alarm", "!", _("Acknowledge"), _("Stop the alarm"), "f12", menu="a"),
    _TIP("tip.reveal", "reveal_tip", "R", _("Reveal"), _("Ask a second officer who sent it"), menu="r"),
    _TIP("tip.not-police", "close_not_police", "0", _("No police matter"), _("Counted only, erased in 24 h"), menu="p"),
    _TIP("tip.hold", "hold_tip", "", _("Hold"), _("Keep it for a court or oversight"), menu="h"),
    _TIP("tip.end-hold", "end_hold", "", _("End hold"), _("Let its erase clock go on"), menu="e"),
    _TIP("tip.oversight", "pass_to_oversight", "", _("To oversight"), _("It complains about police"), menu="o"),
    _TIP("tip.copy", "copy_ref", "y", _("Copy ref"), _("Copy its ref to the clipboard"), menu="y"),
    _TIP("tip.undo", "undo", "u", _("Undo"), _("Take back your own last step"), "ctrl+z", footer=True),
    _TIP("tip.menu", "open_menu", "", _("Menu"), _("All that can be done with this tip"), "f4"),
    _DESK("desk.new-tip", "new_tip", "a", _("New tip"), _("Take down a call or a visit"), "f3"),
    _DESK("desk.next-unseen", "next_unseen", "n", _("Next unseen"), _("To the next tip nobody here has read")),
    _DESK("desk.previous-unseen", "previous_unseen", "N", _("Previous unseen"), _("To the unseen tip before")),
    _DESK("desk.search", "search", "/", _("Search"), _("Find tips by words and terms"), "ctrl+f"),
    _DESK("desk.filter", "filter", "f", _("Filter"), _("Choose which tips are listed")),
    _DESK("desk.station", "switch_station", "t", _("Station"), _("Choose the stations on the screen"), "f8"),
    _DESK("desk.previous-station", "previous_station", "[", _("Previous station"), _("To the station before")),
    _DESK("desk.next-station", "next_station", "]", _("Next station"), _("To the next station")),
    _DESK("desk.reveals", "answer_reveal", "p", _("Reveals"), _("Approve a reveal, or see what was approved")),
    _DESK("desk.go-on", "go_on", "o", _("Go on"), _("Back to where you were when a console broke off"), "f7"),
    _DESK("desk.refresh", "refresh_all", "", _("Refresh"), _("Read everything again"), "f5"),
    _AUDIT("audit.filter", "narrow_audit", "/", _("Filter"), _("Choose entries"), "ctrl+f", over="desk.search"),
    _AUDIT("audit.verify", "verify_audit", "V", _("Verify"), _("See whether the record is whole, or stop that")),
    _AUDIT("audit.everything", "leave_audit_filter", "escape", _("Everything"), _("No filter"), over="pane.back"),
    _AUDIT("audit.refresh", "read_audit_anew", "", _("Refresh"), _("Read again"), "f5", over="desk.refresh"),
    _ADMIN("admin.add", "add_officer", "a", _("Add"), _("Add an officer"), "f3"),
    _ADMIN("admin.switch", "switch_officer", "x", _("Disable"), _("Disable or enable")),
    _ADMIN("admin.grant", "grant_station", "t", _("Grant"), _("Grant a station"), "f8"),
    _ADMIN("admin.reset", "reset_password", "w", _("Password"), _("Set another password")),
    _ADMIN("admin.find", "find_officer", "/", _("Find"), _("Find by code or name"), "ctrl+f"),
    _ADMIN("admin.everybody", "all_officers", "escape", _("Everybody"), _("No filter")),
    _ADMIN("admin.refresh", "read_officers", "", _("Refresh"), _("Read again"), "f5"),
    _APP("app.palette", "command_palette", "ctrl+p", _("Palette"), _("Find an action by its words"), priority=True),
    _APP("app.command-line", "command_line", ":", _("Command line"), _("Type a command, such as :goto or :q")),
    _APP("app.help", "show_help", "?", _("Help"), _("What can be done where you are"), "f1", footer=True),
    _APP("app.lock", "lock", "ctrl+l", _("Lock"), _("Hide everything until you give your password"), priority=True),
    _APP("app.sign-off", "sign_off", "", _("Sign off"), _("Give your claims back; the next officer signs in")),
    _APP("app.leave", "leave", "ctrl+q", _("Leave"), _("Leave the console (asks first)"), "ctrl+c"),
)
_BY_ID: Final = {action.id: action for action in ACTIONS}
_BY_METHOD: Final = {action.method: action for action in ACTIONS}


def action(action_id: str) -> Action:
    """The action of that id; KeyError when there is none."""
    return _BY_ID[action_id]


def action_of(method: str) -> Action | None:
    """The action that calls `action_<method>`, or None."""
    return _BY_METHOD.get(method)


def actions_in(*groups: str) -> tuple[Action, ...]:
    """The actions of these groups in the registry's order."""
    return tuple(one for one in ACTIONS if one.group in groups)


def bindings_for(group: str) -> list[Binding]:
    """The bindings of a widget, screen or app. A pane (one of PANES) has the movements too; 'desk' is the desk screen
    with everything about panes and tips; 'app' is the console."""
    groups: tuple[str, ...] = (group,)
    if group in PANES:
        groups = ("move", group)
    elif group == "desk":
        groups = ("pane", "tip", "desk")
    return [one.binding() for one in actions_in(*groups)]


def footer_actions() -> tuple[Action, ...]:
    """What the footer names, the most wanted first."""
    return tuple(one for one in ACTIONS if one.footer)


def menu_actions() -> tuple[Action, ...]:
    """What the F4 menu offers; `menu` is the key to press there."""
    return tuple(one for one in ACTIONS if one.menu)


# ── keys and their names ─────────────────────────────────────────────────────────────────────────────────────────────
def with_aliases(keys: Iterable[str]) -> Iterator[str]:
    """The keys, each printable one followed by what an input method sends for it, all in Textual's long form."""
    for key in keys:
        yield key_name(key)
        for alias in _full_width(_character(key) or ""):
            yield key_name(alias)


def _character(key: str) -> str | None:
    """What a printable key types, or None: 'slash' and '/' → '/'."""
    return " " if key == "space" else key_to_character(REPLACED_KEYS.get(key, key))


def _full_width(character: str) -> str:
    if character in _CJK_PUNCTUATION:
        return _CJK_PUNCTUATION[character]
    return chr(ord(character) + 0xFEE0) if len(character) == 1 and "!" <= character <= "~" else ""


def key_name(key: str) -> str:
    """Textual's name of a key: '?' → 'question_mark', '^D' → 'ctrl+d', 'F5' → 'f5'."""
    key = key if len(key) == 1 else key.strip()
    if re.fullmatch(r"\^.", key):
        key = f"ctrl+{key[1].lower()}"
    if re.fullmatch(r"[fF]\d{1,2}", key):
        return key.lower()
    modifiers, plus, last = key.rpartition("+")
    if plus and last:
        return f"{modifiers.lower()}+{_character_to_key(last) if len(last) == 1 else last.lower()}"
    return _character_to_key(key) if len(key) == 1 else key


def shown_key(key: str) -> str:
    """A key as people write it: 'ctrl+d' → '^D', 'question_mark' → '?'."""
    key = key_name(key)
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return "^" + shown_key(key.removeprefix("ctrl+")).upper()
    if re.fullmatch(r"f\d{1,2}", key):
        return key.upper()
    return _character(key) or key


def shown_keys(keys: str) -> str:
    """Comma-separated keys as people write them, a space between."""
    return " ".join(shown_key(key) for key in _split(keys))


def _split(keys: str) -> list[str]:
    return [part.strip() for part in keys.split(",") if part.strip()]


# ── the user's own keys ──────────────────────────────────────────────────────────────────────────────────────────────
def check_keymap(keys: Mapping[str, str], file: Path | None = None) -> dict[str, str]:
    """The user's `[keys]` (id → keys), ready for `App.set_keymap`: names normalised, full-width aliases added.

    Raises BadSettings that names the unknown id, the refused key, or the two ids that want one key; with `file` also
    the line.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for action_id, words in keys.items():
        if action_id not in _BY_ID:
            raise BadSettings(_at_line(_unknown_id(action_id), action_id, file))
        chosen[action_id] = tuple(key_name(key) for key in _split(words))
        why = _why_not_keys(action_id, chosen[action_id])
        if why is not None:
            raise BadSettings(_at_line(why, action_id, file))
    _refuse_clashes(chosen, file)
    return {action_id: ",".join(dict.fromkeys(with_aliases(names))) for action_id, names in chosen.items()}


def keys_in_force(keymap: Mapping[str, str], one: Action) -> tuple[str, ...]:
    """The keys that call the action under this keymap, as people write them, without full-width aliases."""
    names = _split(keymap[one.id]) if one.id in keymap else [key_name(key) for key in one.default_keys]
    return tuple(shown_key(name) for name in names if _is_ascii_key(name))


def action_on(key: str, groups: Iterable[str], keymap: Mapping[str, str]) -> Action | None:
    """The action of these groups that the key (a Textual name) calls under this keymap."""
    for one in actions_in(*groups):
        names = _split(keymap[one.id]) if one.id in keymap else with_aliases(one.default_keys)
        if key in names:
            return one
    return None


def _is_ascii_key(name: str) -> bool:
    return (_character(name) or "a").isascii()


def _unknown_id(action_id: str) -> str:
    near = difflib.get_close_matches(action_id, _BY_ID, 1)
    if near:
        return _("[keys] has '{id}', which is no action; did you mean '{near}'?").format(id=action_id, near=near[0])
    return _("[keys] has '{id}', which is no action; `taskroom keys` lists them.").format(id=action_id)


def _why_not_keys(action_id: str, names: tuple[str, ...]) -> str | None:
    if not names:
        return _("[keys] gives '{id}' no key.").format(id=action_id)
    for name in names:
        if name in ALWAYS_REFUSED or name.startswith(("alt+", "ctrl+alt+")) or name == "newline":
            return _("[keys] gives '{id}' the key {key}, which terminals keep for themselves; choose another.").format(
                id=action_id, key=shown_key(name)
            )
        if not _is_known(name):
            return _("[keys] gives '{id}' the key '{key}', which no terminal has.").format(id=action_id, key=name)
    return None


def _is_known(name: str) -> bool:
    last = name.rpartition("+")[2] or name
    return name in _TERMINAL_KEYS or _character(last) is not None or last in _TERMINAL_KEYS


_TERMINAL_KEYS: Final = frozenset(key.value for key in Keys)


def _refuse_clashes(chosen: Mapping[str, tuple[str, ...]], file: Path | None) -> None:
    holders: dict[str, list[Action]] = {}
    for one in ACTIONS:
        for name in chosen.get(one.id) or tuple(key_name(key) for key in one.default_keys):
            for other in holders.get(name, ()):
                if other.id != one.id and _meet(one, other):
                    sentence = _("[keys]: '{one}' and '{other}' both want {key}; give one of them another key.").format(
                        one=other.id, other=one.id, key=shown_key(name)
                    )
                    raise BadSettings(_at_line(sentence, one.id if one.id in chosen else other.id, file))
            holders.setdefault(name, []).append(one)


def _meet(one: Action, other: Action) -> bool:
    """Whether two actions' keys get in each other's way: not in two panes, nor when one stands in for the other."""
    if (one.group in APART) != (other.group in APART):
        return "app" in (one.group, other.group)
    in_two_panes = one.group in PANES and other.group in PANES and one.group != other.group
    return not in_two_panes and other.id != one.over and one.id != other.over


def _at_line(sentence: str, action_id: str, file: Path | None) -> str:
    if file is None:
        return sentence
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return sentence
    spelled = re.compile(rf"\s*[\"']?{re.escape(action_id)}[\"']?\s*=")
    for number, line in enumerate(lines, 1):
        if spelled.match(line):
            return _("{file}, line {number}: {sentence}").format(file=file, number=number, sentence=sentence)
    return _("{file}: {sentence}").format(file=file, sentence=sentence)
