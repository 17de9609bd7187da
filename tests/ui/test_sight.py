"""What the officer looks at: which searches tell of nobody, and may be kept as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.ui.screens.sight import Sight

NOW = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)


def looking_for(text: str) -> Sight:
    sight = Sight((), (1,))
    sight.search(text, NOW)
    return sight


@pytest.mark.parametrize("text", ["status:all", "urgency:alarm", "", "is:unseen", "status:solved category:fire"])
def test_a_search_without_words_tells_of_nobody(text: str) -> None:
    assert looking_for(text).tells_nobody


@pytest.mark.parametrize("text", ["王小明", "status:all wang", "plate:A1234", "room:JNL-1", "by:JNL-001", "-wang"])
def test_a_search_with_words_or_a_person_does(text: str) -> None:
    assert not looking_for(text).tells_nobody
