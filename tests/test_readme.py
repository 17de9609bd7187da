"""README tells the truth: its key table is the program's, its pictures are there, its verbs exist."""

from __future__ import annotations

import re
from pathlib import Path

from console.cli.verbs import VERBS
from console.ui.key_table import key_table_markdown

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_key_table_is_the_programs() -> None:
    table = README.split("<!-- keys -->")[1].split("<!-- /keys -->")[0]
    assert table.strip() == key_table_markdown().strip(), "run `python -m tests.pictures`"


def test_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    assert [name for name in pictures if not (ROOT / name).is_file()] == []


def test_every_verb_it_names_exists() -> None:
    named = set(re.findall(r"taskroom ([a-z]+(?:-[a-z]+)*)", README))
    assert named
    assert named - {name for _, verbs in VERBS for name, _ in verbs} == set()
