"""Hostile words by kind, and what may never reach a terminal. The matrix of the screen and that of the command line
put each of them into every place where words from outside can stand."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

CSI = "\x1b[6666;7777H\x1b[2J\x1b[31;6666m\x1b]8;;http://evil.example/6666\x1b\\link\x1b]8;;\x1b\\"
OSC = "\x1b]0;EVIL6666\x07\x1b]2;EVIL6666\x1b\\\x1b]52;c;RVZJTDY2NjY=\x07\x1bP6666q\x1b\\\x1b_6666\x1b\\"
C1 = "\x9b6666;7777H\x9d0;EVIL6666\x9c\x905666\x9c\x85\x84"
CONTROLS = "\x00a\x07b\rc\nd\te\x0bf\x0cg\x08h\x0ei\x0fj\x7fk"
BIDI = "\u202eevil\u202c\u2066x\u2069\u2067y\u2069\u200e\u200f\u061c\u202a\u202b\u202d"
INVISIBLE = "a\u200bb\u200cc\u200dd\u2060e\ufefff\xadg\u180eh\u034fi\u115fj\u3164k\uffa0l\u2800m\U000e0061n\ufe0fo"
SPACES = "a\xa0b\u2003c\u2009d\u200ae\u2028f\u2029g\u3000h\u1680i\u205fj\u0085k"

TEXTS: Final[dict[str, str]] = {
    "unbalanced markup": "[/] [/b] [b] [[[ ]]] [red",
    "markup with an action": "[@click=app.quit]x[/] [@click=app.bell]y[/] [@click=screen.solve_tip]z[/]",
    "markup with a link": "[link='http://evil.example']x[/link] [@click=app.screenshot('evil.svg')]s[/] $x \\[",
    "escapes": CSI,
    "operating system commands": OSC,
    "8-bit controls": C1,
    "controls": CONTROLS,
    "bidi": BIDI,
    "invisible": INVISIBLE,
    "a flood of marks": "Z" + "\u0336\u0301" * 4_000 + "\u0488x",
    "lone surrogates": "a\ud800b\udfffc\udc9bd\ud83d",
    "right to left": "שלום عربي [/] ١٢٣ \u0627\u0644\u0644\u0647",
    "emoji": "👨\u200d👩\u200d👧\u200d👦 👍🏽 🏳\ufe0f\u200d🌈 🇨🇳 ❤\ufe0f ①Ω 한\u1112\u1161\u11ab 1\ufe0f\u20e3",
    "spaces": SPACES,
    "format words": "{ref} %s %(x)s {0!r} {words.__class__} ${y} \\x1b[0m \\u202e",
    "one word of a megabyte": "W" * 1_000_000,
    "ten megabytes": "赌博 [/] \x1b[2J " * 770_000,
}
"""Kind → words. The last two are what a tip cannot have by the folder's limits and a store can."""

SHORT: Final = {kind: words for kind, words in TEXTS.items() if len(words) < 10_000}
LONG: Final = {kind: words for kind, words in TEXTS.items() if kind not in SHORT}
KEEPABLE: Final = {kind: words for kind, words in TEXTS.items() if kind != "lone surrogates"}
"""What a store can keep: no database takes half a character."""

MERGED: Final = f"{CSI}{OSC}{C1}{CONTROLS}{BIDI}{INVISIBLE}[/][@click=app.quit]x[/]{SPACES}"
"""All that a terminal would obey, in one."""

_ESCAPED = re.compile(
    r"\x1b\[[0-9;:?<>=$ ]*[a-zA-Z~]"  # cursor, colours, modes
    r"|\x1b[78=>cM]|\x1b[()][A-Z0-9]"
    r"|\x1b\][0-9]+;[^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1bP[^\x1b]*\x1b\\"
)
_EVIL = re.compile(r"6666|EVIL|evil\.example|RVZJTDY2NjY")


def is_raw(character: str) -> bool:
    """Whether a terminal would obey this character or show nothing for it; written apart from the code under test."""
    return (
        unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
        or character in "\u115f\u1160\u2800\u3164\uffa0\u034f"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0000" <= character <= "\U000e0fff"
    )


def raw_in(words: str, *, allowed: str = "\n") -> set[str]:
    """The raw characters of printed words, as their numbers."""
    return {f"U+{ord(one):04X}" for one in set(words) if one not in allowed and is_raw(one)}


def floods_in(words: str) -> list[str]:
    """Runs of more than three combining marks."""
    marks = "".join(re.escape(one) for one in set(words) if unicodedata.category(one) in ("Mn", "Me"))
    return re.findall(f"[{marks}]{{4,}}", words) if marks else []


def wrong_on_a_terminal(sent: bytes) -> list[str]:
    """What is wrong with the bytes a program sent to its terminal: escapes with the hostile words' own parameters,
    and raw characters that belong to no escape of ours."""
    words = sent.decode("utf-8", "surrogateescape")
    own = [found.group() for found in _ESCAPED.finditer(words)]
    obeyed = [repr(one) for one in own if _EVIL.search(one)]
    left = _ESCAPED.sub("", words)
    return obeyed + sorted(raw_in(left, allowed="\r\n"))
