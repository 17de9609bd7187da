"""Saved views that nobody can follow: the sentence names where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.cli.told import check_views
from console.errors import BadSettings
from console.settings import load_settings


@pytest.mark.parametrize(
    "config, place",
    [
        ('[views]\nmine = "by:me"\nwrong = "statuss:new"', "config.toml, line 3"),
        ('[views]\n"my night" = "by:me"\n"their night" = "statuss:new"', "config.toml, line 3"),
        ('theme = "light"\nviews.wrong = "statuss:new"', "config.toml, line 2"),
        ('theme = "light"\nviews = {mine = "by:me", wrong = "statuss:new"}', "config.toml, line 2"),
    ],
)
def test_a_wrong_view_names_file_and_line(tmp_path: Path, config: str, place: str) -> None:
    (tmp_path / "config.toml").write_text(config)
    with pytest.raises(BadSettings, match=rf"The saved view '.*' \(.*{place}\) cannot be followed: .*statuss"):
        check_views(load_settings(data=tmp_path))


def test_a_wrong_view_of_a_variable_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKROOM_VIEWS__WRONG", "statuss:new")
    with pytest.raises(BadSettings, match=r"The saved view 'wrong' \(TASKROOM_VIEWS__WRONG\)"):
        check_views(load_settings(data=tmp_path))


def test_views_that_can_be_followed_are_taken(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[views]\nmine = "by:me status:new"')
    check_views(load_settings(data=tmp_path))
