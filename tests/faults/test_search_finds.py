"""A search finds the tips that hold its words and no others, whatever the words: hypothesis draws tips and queries, and
the index of each engine has to agree with a plain look through every text."""

from __future__ import annotations

import asyncio
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from console import desk
from console.desk.receiving import make_ready
from console.model.incoming import NewTip
from console.model.query import BadQuery, Query, parse_query
from console.model.view import View
from console.store import Store
from console.vault import Vault
from tests.desk.conftest import Desk, furnished
from tests.faults.tally import Tally

_PIECES = st.sampled_from(
    (
        *("赌博", "楼道", "楼", "沪A12345", "沪a", "gate", "Gate 3", "sofa", "SOFA", "ﬁre", "fire", "１２", "12"),
        *("é", "e\u0301", "-", " ", "，", "😀", "138 0000 0000", "İ", "ß", "ss"),
    )
)
_TEXTS = st.lists(_PIECES, min_size=1, max_size=8).map("".join).filter(str.strip)
_ASKED = st.lists(
    st.tuples(st.sampled_from(("", "", "-")), st.lists(_PIECES, min_size=1, max_size=3).map("".join)), max_size=3
)


def _query(asked: list[tuple[str, str]], source: str, store: Store) -> Query | None:
    words = " ".join(f'{sign}"{words}"' for sign, words in asked)
    try:
        return parse_query(f"{words} source:{source}", now=store.now(), tz=UTC)
    except BadQuery:
        return None


async def _finds(place: Desk, texts: list[str], asked: list[tuple[str, str]], number: int) -> bool:
    """Receive the texts and ask for the words; False when nobody can ask so."""
    store, source = place.store, f"drawn{number}"
    new = [NewTip(text, source, str(n), room="JNL-12") for n, text in enumerate(texts)]
    receipts = await place.take(*new)
    query = _query(asked, source, store)
    if query is None:
        return False
    window = await desk.tip_window(store, place.chen, View((1,), query, ended_too=True), older=100)
    folded = {receipt.ref: f"{make_ready(tip, store.now()).folded} {receipt.ref.replace('-', ' ').lower()}"
              for receipt, tip in zip(receipts, new, strict=True)}  # fmt: skip
    wanted = {
        ref
        for ref, words in folded.items()
        if all(one in words for one in query.words) and not any(one in words for one in query.without)
    }
    assert {line.ref for line in window.lines} == wanted, (asked, query)
    return True


@pytest.mark.timeout(300)
def test_a_search_finds_what_a_look_through_all_finds(store_url: str, tmp_path: Path, tally: Tally) -> None:
    with asyncio.Runner() as runner:
        store = runner.run(Store.open(store_url))
        place = runner.run(furnished(store, Vault.open(tmp_path / "vault.key", create=True)))
        tried = asked_for = 0

        @seed(tally.seed)
        @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(texts=st.lists(_TEXTS, min_size=1, max_size=6), asked=_ASKED)
        def check(texts: list[str], asked: list[tuple[str, str]]) -> None:
            nonlocal tried, asked_for
            tried += 1
            asked_for += runner.run(_finds(place, texts, asked, tried))

        try:
            check()
        finally:
            runner.run(store.close())
            tally.say(draws=tried, searches=asked_for)
    assert asked_for > 10
