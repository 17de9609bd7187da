"""A frequent word over years of tips: PostgreSQL's index is walked slice of time by slice, found is the same as on
SQLite, and no slice is asked that is not needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.dialects import postgresql

from console import desk
from console.model.incoming import NewTip
from console.model.query import Query
from console.model.tip import Status
from console.model.view import View, Window
from console.store import Store, tip_list, walk
from console.store.walk import Walk, _in_slices
from tests.desk.conftest import Desk

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAYS_AGO = [
    *(n / 4 for n in range(40)),
    *(15 * n for n in range(2, 32)),
    *(3_000 + 2 * n for n in range(30)),
]
"""Ten days full of tips, more than a year with few of them, seven years with none, and two months before."""
SLICE = timedelta(milliseconds=1 << 28)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk of small steps, in a store that is too small for any."""
    monkeypatch.setattr(tip_list, "LOOKED_THROUGH", 0)
    monkeypatch.setattr(tip_list, "COUNTED_TO", 20)
    monkeypatch.setattr(walk, "AT_ONCE", 0)
    monkeypatch.setattr(walk, "FIRST_SLICES", 1)
    monkeypatch.setattr(walk, "GROWTH", 2)
    monkeypatch.setattr(walk, "MOST_SLICES", 16)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str] | None]:
    """The slices of every question to the index, None for one that names none."""
    questions: list[list[str] | None] = []
    hits = Walk._hits

    def noted(self: Walk, statement: Any, values: dict[str, Any]) -> Any:
        questions.append(values.get("slices"))
        return hits(self, statement, values)

    monkeypatch.setattr(Walk, "_hits", noted)
    return questions


@pytest.fixture
async def years(station: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Tip 99 is the oldest, 0 the newest; every third one lies at the other station, every tenth speaks of cranes."""
    for n, days in reversed(list(enumerate(DAYS_AGO))):
        at = NOW - timedelta(days=days)
        monkeypatch.setattr(station.store, "now", lambda at=at: at)
        room = "JNL-12" if n % 3 else "KDR-1"
        await station.take(NewTip(f"lantern {n}{' 起重机' if n % 10 == 0 else ''}", "test", str(n), room=room))
    monkeypatch.setattr(station.store, "now", lambda: NOW)
    return station


def numbers(window: Window) -> list[int]:
    return [int(line.head.split()[1]) for line in window.lines]


def view(*words: str) -> View:
    return View((1, 2), Query(words=words, statuses=frozenset(Status)))


@pytest.mark.parametrize(
    "words, expected",
    [
        (("lantern",), range(100)),
        (("lan", "tern"), range(100)),
        (("起重",), range(0, 100, 10)),
        (("起",), range(0, 100, 10)),
        (("lantern 9",), [9, *range(90, 100)]),
        (("nowhere",), []),
    ],
)
async def test_all_is_found_in_order_from_both_ends(years: Desk, words: tuple[str, ...], expected: range) -> None:
    every = await desk.tip_window(years.store, years.chen, view(*words), older=200)
    assert numbers(every) == list(expected)
    for line in every.lines[1:-1:4]:
        at = [one.id for one in every.lines].index(line.id)
        around = await desk.tip_window(years.store, years.chen, view(*words), at=line.key, newer=7, older=9)
        assert (around.start, numbers(around)) == (max(at - 7, 0), list(expected)[max(at - 7, 0) : at + 9])
    later = await desk.tip_window_at(years.store, years.chen, view(*words), 30, 10)
    assert numbers(later) == (list(expected)[30:40] or list(expected)[-10:])


async def test_unread_ones_are_met_in_both_directions(years: Desk) -> None:
    every = (await desk.tip_window(years.store, years.chen, view("起重"), older=200)).lines
    below = await desk.next_unseen(years.store, years.chen, view("起重"), every[4].key, newer=False)
    above = await desk.next_unseen(years.store, years.chen, view("起重"), every[4].key, newer=True)
    assert (below, above) == (every[5], every[3])
    assert await desk.next_unseen(years.store, years.chen, view("起重"), every[0].key, newer=True) is None
    assert await desk.next_unseen(years.store, years.chen, view("起重"), every[-1].key, newer=False) is None


async def test_a_frequent_word_asks_for_no_more_than_is_needed(years: Desk, asked: list[list[str] | None]) -> None:
    window = await desk.tip_window(years.store, years.chen, view("lantern"), older=10)
    assert (numbers(window), window.total, window.total_is_capped) == (list(range(10)), 20, True)
    if years.store.dialect == "sqlite":
        assert asked == []
        return
    named = [one for slices in asked for one in slices or ["everything"]]
    assert len(named) == len(set(named)), "no slice is asked twice"
    assert 2 <= len(asked) <= 4
    assert min(named) >= f"{int((NOW - 6 * SLICE).timestamp() * 1000) >> 28:05x}"


async def test_a_gap_of_years_is_passed_over(
    years: Desk, asked: list[list[str] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tip_list, "COUNTED_TO", 80)
    monkeypatch.setattr(walk, "MOST_SLICES", 64)
    window = await desk.tip_window(years.store, years.chen, view("lantern"), older=90)
    assert numbers(window) == list(range(90))
    if years.store.dialect == "sqlite":
        return
    empty = f"{int((NOW - timedelta(days=2_000)).timestamp() * 1000) >> 28:05x}"
    assert not any(empty in (slices or []) for slices in asked)
    assert asked[-1] is not None, "the two months behind it are walked too"


async def test_a_small_scope_is_asked_at_once(
    years: Desk, asked: list[list[str] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "AT_ONCE", 100)
    window = await desk.tip_window(years.store, years.chen, view("lantern"), older=10)
    assert numbers(window) == list(range(10))
    assert asked == ([None] if years.store.dialect == "postgresql" else [])


async def test_postgresql_knows_the_slices_as_the_index_has_them(postgres_store_url: str) -> None:
    store = await Store.open(postgres_store_url)
    question = select(text("1")).select_from(text("tip")).where(_in_slices())
    words = str(question.compile(dialect=postgresql.dialect(), compile_kwargs={"render_postcompile": True}))  # type: ignore[no-untyped-call]  # SQLAlchemy's
    words = words.replace("%(slices)s", "'{019ad}'")

    def plan(conn: Connection) -> str:
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(conn.exec_driver_sql(f"EXPLAIN {words}").scalars())

    try:
        told = await store.read(plan)
    finally:
        await store.close()
    assert "Bitmap Index Scan on ix_tip_grams" in told
