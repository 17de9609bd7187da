"""Phone and identity numbers in words: what is hidden, what stays, and that nothing else is touched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.masking import MASK, masked, masked_head, masked_phone, numbers_in

HIDDEN = [
    ("call 13800138000 now", "call •••••••8000 now"),
    ("打 138 0013-8000 找他", "打 ••• ••••-8000 找他"),
    ("电话１３８００１３８０００。", "电话•••••••８０００。"),
    ("+86 138 0013 8000", "+•• ••• •••• 8000"),
    ("021-62345678转12", "•••-••••••78转12"),
    ("+44 20 7946 0958", "+•• •• •••• 0958"),
    ("电话 62345678", "电话 ••••5678"),
    ("他的证号11010519491231002X", "他的证号••••••••••••••••2X"),
    ("id 110105194912310021, 13800138000", "id ••••••••••••••••21, •••••••8000"),
    ("110105 1949 1231 0021 ", None),
    ("130503670401001", "•••••••••••••01"),
    ("1380\u200b0138\u200b000", "••••\u200b•••8\u200b000"),
    ("打 𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", "打 •••••••𝟖𝟎𝟎𝟎"),
]
LEFT = ["", "plate 沪A12345", "at 21:30 on 2026-11-20", "Lane 22, gate 3", "order 13800138000", "12345", "弄100号502室"]


@pytest.mark.parametrize("words,shown", HIDDEN)
def test_a_number_keeps_its_last_digits(words: str, shown: str | None) -> None:
    if shown is None:
        assert MASK in masked(words)
    else:
        assert masked(words) == shown
    assert masked_head(words, 240) == masked(words)


@pytest.mark.parametrize("words", LEFT)
def test_other_words_come_back_as_they_are(words: str) -> None:
    assert masked(words) is words


def test_masking_twice_changes_nothing() -> None:
    for words, _ in HIDDEN:
        assert masked(masked(words)) == masked(words)


@given(before=st.text(max_size=30), after=st.text(max_size=30), number=st.integers(13000000000, 19999999999))
def test_no_mobile_number_is_left_whole(before: str, after: str, number: int) -> None:
    """Whatever stands beside it, unless that makes another number of it, or a word says that it is an order's."""
    words = f"{before} 电话 {number} {after}"
    assert str(number) not in masked(words)
    assert len(masked(words)) == len(words)
    assert re.sub(r"\d", "", masked(words).replace(MASK, "")) == re.sub(r"\d", "", words.replace(MASK, ""))


@pytest.mark.parametrize("at", range(1, 12))
def test_a_number_that_the_head_cuts_off_is_hidden_whole(at: int) -> None:
    """Where at least seven of its digits would be seen, or any that could be joined with another line's."""
    words = "words " * 38 + "call 13800138000"
    head = words[: len(words) - at]
    shown = masked_head(head, len(head))
    assert not re.search(r"\d{3}", shown)


def test_a_number_that_was_found_is_hidden_in_any_writing() -> None:
    assert masked_phone("+8613800138000") == "+•••••••••8000"
    assert masked_phone("138 0013 8000") == "••• •••• 8000"


def test_a_reveal_is_told_every_number_whole() -> None:
    words = "call 13800138000 or ０２１－６２３４５６７８, id 11010519491231002X; 13800138000 again"
    assert numbers_in(words) == ["11010519491231002X", "13800138000", "０２１－６２３４５６７８"]
    assert numbers_in("gate 3, 21:30") == []
