"""Settings: arguments over variables over the config file, and sentences that name what is wrong; the data folder's
layout."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from console import paths
from console.errors import BadSettings
from console.paths import SOCKET_PATH_BYTES, DataFolder
from console.settings import load_settings


@pytest.fixture(autouse=True)
def no_config_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("console.settings.default_config_file", lambda: tmp_path / "nowhere.toml")
    for name in list(os.environ):
        if name.startswith("TASKROOM_"):
            monkeypatch.delenv(name)


def test_arguments_win_over_variables_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text('officer = "FILE"\ntheme = "light"\n[intake]\nbatch = 7\n')
    assert load_settings(data=tmp_path).officer == "FILE"
    monkeypatch.setenv("TASKROOM_OFFICER", "VARIABLE")
    monkeypatch.setenv("TASKROOM_DATA", str(tmp_path))
    assert load_settings().officer == "VARIABLE"
    settings = load_settings(officer="ARGUMENT")
    assert (settings.officer, settings.theme, settings.intake.batch) == ("ARGUMENT", "light", 7)
    assert settings.database_url == f"sqlite:///{tmp_path}/taskroom.db"


@pytest.mark.parametrize(
    "config, sentence",
    [
        ('theme = "pink"', "'theme'"),
        ("them = 1", "'them'"),
        ("theme = ", "cannot be read"),
        ("[intake]\nbatch = 0", "'intake.batch' .*config.toml, line 2. must be at least 1"),
        ("\nthem = 1", "There is no setting 'them' .*config.toml, line 2"),
        ('theme = "pink"', "config.toml, line 1. must be one of 'dark', 'light' or 'contrast'"),
        ('[intake]\nbatch = "x"', "line 2. must be a whole number"),
        ('\nintake.batch = "x"', "line 2. must be a whole number"),
        ('\nintake = {batch = "x"}', "line 2. must be a whole number"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, config: str, sentence: str) -> None:
    (tmp_path / "config.toml").write_text(config)
    with pytest.raises(BadSettings, match=sentence):
        load_settings(data=tmp_path)


@pytest.mark.parametrize(
    "variable, value, sentence",
    [
        ("TASKROOM_THEME", "pink", "'theme' .TASKROOM_THEME. must be one of"),
        ("TASKROOM_INTAKE__BATCH", "many", "'intake.batch' .TASKROOM_INTAKE__BATCH. must be a whole number"),
        ("TASKROOM_INTAKE", '{"batch": 0}', "'intake.batch' .TASKROOM_INTAKE. must be at least 1"),
        ("TASKROOM_INTAKE", "fast", "'intake' .TASKROOM_INTAKE. must be a table"),
        ("TASKROOM_KEYS", "s", "'keys' .TASKROOM_KEYS. must be a table"),
    ],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    (tmp_path / "config.toml").write_text('theme = "light"\n')
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettings, match=sentence):
        load_settings(data=tmp_path)


def test_tables_are_set_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("[intake]\nbatch = 7\nattachments = 3\n")
    monkeypatch.setenv("TASKROOM_INTAKE__BATCH", "9")
    monkeypatch.setenv("TASKROOM_KEYS", '{"solve_tip": "S"}')
    monkeypatch.setenv("TASKROOM_NOBODY_KNOWS", "x")
    settings = load_settings(data=tmp_path)
    assert (settings.intake.batch, settings.intake.attachments, settings.keys) == (9, 3, {"solve_tip": "S"})


def test_a_config_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSettings, match="UTF-8"):
        load_settings(data=tmp_path)


def test_the_folder_is_made_private(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "desk")
    folder.make()
    folder.make()
    for path in (folder.root, folder.intake, folder.intake / "new", folder.attachments, folder.log):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSettings, match="--data"):
        DataFolder(tmp_path / "file" / "desk").make()


def test_a_long_root_gets_a_short_socket(tmp_path: Path) -> None:
    short, long = DataFolder(tmp_path), DataFolder(tmp_path / ("x" * SOCKET_PATH_BYTES))
    assert len(os.fsencode(long.socket)) <= SOCKET_PATH_BYTES
    assert long.socket != short.socket
    assert long.socket == DataFolder(long.root).socket


def test_styles_and_fixtures_are_found() -> None:
    assert (paths.STYLES_DIR / "app.tcss").is_file()
    assert paths.FIXTURES_DIR.is_dir()
