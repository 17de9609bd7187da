"""The search form and its pairs: what an officer types is found in what a resident wrote."""

from __future__ import annotations

import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.fold import bigrams, fold, query_bigrams, settle

TIP = "楼道里有人聚众赌博，车牌沪A12345，每天晚上十点以后在威海路118号3号楼502室"


@pytest.mark.parametrize(
    "text, folded",
    [
        ("", ""),
        ("  ", ""),
        ("！？。", ""),
        ("Sofa  blocks\tthe\nstairs.", "sofa blocks the stairs"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ１２３", "full width123"),
        ("聚众赌博，车牌沪A12345。", "聚众赌博 车牌沪a12345"),
        ("沪A·12345", "沪a12345"),
        ("沪A・12345 沪A•12345", "沪a12345 沪a12345"),
        ("沪A-12345", "沪a 12345"),
        ("snake_case don't", "snake case don t"),
        ("Straße CAFÉ cafe\u0301", "strasse café café"),
        ("赌\u200b博 a\u00adb \ufeffx", "赌博 ab x"),
        ("a\x00b\x1bc", "abc"),
        ("z\u0335\u0321\u0322a", "za"),
        ("①②㎡", "12m2"),
        ("🔥fire🔥truck🏳️‍🌈", "fire truck"),
        ("\ud800x", "x"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_a_folded_text_holds_runs_and_single_spaces_only(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert all(char == " " or char.isalnum() for char in folded)
    assert all(char in " 0123456789abcdefghijklmnopqrstuvwxyz" for char in folded if char.isascii())


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_bigrams_are_pairs_threes_of_ascii_and_the_last_character() -> None:
    assert bigrams(fold("聚众赌博 沪A1")) == ["聚众", "众赌", "赌博", "博", "沪a", "a1", "1"]
    assert bigrams("aaa aaa") == ["aa", "a", "aaa"]
    assert bigrams("沪a123") == ["沪a", "a1", "12", "23", "3", "a12", "123"]
    assert bigrams("") == []


@pytest.mark.parametrize(
    "word, tokens",
    [
        ("赌博", ["赌博"]),
        ("A1234", ["a12", "234"]),
        ("a1", ["a1"]),
        ("karaoke", ["kar", "aok", "oke"]),
        ("沪A12345", ["a12", "345", "沪a"]),
        ("赌", ["赌"]),
        ("沪A-12", ["沪a", "12"]),
        ("don't", ["don"]),
        ("a-b", ["a", "b"]),
        ("!", []),
    ],
)
def test_query_bigrams(word: str, tokens: list[str]) -> None:
    assert query_bigrams(fold(word)) == tokens


@pytest.mark.parametrize(
    "word", ["赌博", "a1234", "A12345", "沪A·12345", "沪A-12345", "２室", "威海路", "１１８号", "3号楼"]
)
def test_parts_of_words_are_found(word: str) -> None:
    folded = fold(TIP)
    assert all(run in folded for run in fold(word).split())
    assert set(query_bigrams(fold(word))) <= set(bigrams(folded))


@given(st.text(min_size=1), st.data())
def test_every_part_of_a_run_is_covered(text: str, data: st.DataObject) -> None:
    for run in fold(text).split():
        start = data.draw(st.integers(0, len(run) - 1))
        part = run[start : data.draw(st.integers(start + 1, len(run)))]
        tokens = bigrams(fold(text))
        if len(part) >= 2:
            assert set(query_bigrams(part)) <= set(tokens)
        else:
            assert query_bigrams(part) == [part]
            assert any(token.startswith(part) for token in tokens)


@given(st.text())
def test_tokens_hold_nothing_a_query_language_reads(text: str) -> None:
    for token in bigrams(fold(text)):
        assert 1 <= len(token) <= 2 or (len(token) == 3 and token.isascii())
        assert not set(token) & set(" \"'*():^-+")


@pytest.mark.parametrize("flood", ["\u0315\u0300" * 50_000, "\u0315" * 50_000 + "\u0300" * 50_000, "\ufdfa" * 20_000])
def test_a_flood_of_marks_costs_linear_time(flood: str) -> None:
    started = time.process_time()
    fold("a" + flood)
    settle("a" + flood)
    assert time.process_time() - started < 2.0, "the square of 100,000 marks takes minutes"


def test_print_the_time_of_a_short_tip() -> None:
    text = TIP[:60]
    folded = fold(text)
    for name, seconds in (
        ("fold", min(timeit.repeat(lambda: fold(text), number=500, repeat=5))),
        ("bigrams", min(timeit.repeat(lambda: bigrams(folded), number=500, repeat=5))),
    ):
        print(f"{name}: {seconds / 500 * 1e6:.1f} µs for {len(text)} characters")
    assert folded
