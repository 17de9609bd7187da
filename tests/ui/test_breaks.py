"""Where a line may be broken, against one regular expression that says the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from console.ui.breaks import may_break

SPACES = " \u3000"
WIDE = (
    r"[\u2e80-\u303f\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
    r"\U0001f300-\U0001faff\U00020000-\U0003fffd]"
)
NEVER_FIRST = r"[、。，．；：！？）】》」』〉〕”’…—～・％ー,.;:!?)\]}%]"
NEVER_LAST = r"[（【《「『〈〔“‘(\[{]"
MAY_BREAK = re.compile(
    rf"(?=[{SPACES}])|(?<=[{SPACES}])|(?<=⟩)(?=⟨)|(?:(?<={WIDE})|(?={WIDE}))(?<!{NEVER_LAST})(?!{NEVER_FIRST})"
)
ENDS = (0x2E80, 0x303F, 0x3041, 0xA4CF, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF01, 0xFF60, 0xFFE0, 0xFFE6)
EDGES = "".join(chr(code + step) for code in (*ENDS, 0x1F300, 0x1FAFF, 0x20000, 0x3FFFD) for step in (-1, 0, 1))
PUNCTUATION = f"{NEVER_FIRST}{NEVER_LAST}".replace("\\", "")
MET = st.sampled_from(f"{SPACES}⟨⟩{PUNCTUATION}aé虎あ한🙂{EDGES}")


@given(st.one_of(MET, st.characters()), st.one_of(MET, st.characters()))
def test_breaks_where_the_expression_does(before: str, after: str) -> None:
    assert may_break(before + after, 1) == (MAY_BREAK.match(before + after, 1) is not None)


def test_every_character_beside_a_letter_and_a_bracket() -> None:
    for code in range(0x110000):
        for pair in (f"a{chr(code)}", f"{chr(code)}a", f"（{chr(code)}"):
            assert may_break(pair, 1) == (MAY_BREAK.match(pair, 1) is not None), hex(code)
