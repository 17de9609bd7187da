"""The city's 112,000 tips in the forms the peers of P14 read: lines with tabs, a log, a mail folder with its index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.bench.scratch import CACHE
from tests.bench.stores import closing_store, store_of
from tests.bench.terminal import environment

PROVINCE: Final = "沪"
"""The first sign of the city's plates; a search for a part of one is typed without it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One tip."""

    at: datetime
    ref: str
    words: str

    @property
    def as_row(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}\t{self.ref}\t{self.words}\n"

    @property
    def as_log(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.ref} info: {self.words}\n"

    @property
    def as_mail(self) -> str:
        return (
            f"From: intake@example.org\nTo: desk@example.org\n"
            f"Message-ID: <{self.ref}.{self.at.timestamp():.0f}@example.org>\n"
            f"Date: {self.at:%a, %d %b %Y %H:%M:%S} +0000\nSubject: {self.ref} {self.words}\n"
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            f"Content-Transfer-Encoding: 8bit\n\n{self.words}\n"
        )


def city_items() -> Iterator[Item]:
    """Oldest first."""
    with closing_store(store_of("city")) as conn:
        for at, ref, text in conn.execute("SELECT received_at, ref, text FROM tip ORDER BY n"):
            yield Item(datetime.fromtimestamp(at / 1e6, UTC), ref, " ".join(text.split()))


def rare_plate() -> tuple[str, str]:
    """The last six signs of a number plate that one old tip has in its words, behind PROVINCE, and no other; that tip's
    ref."""
    with closing_store(store_of("city")) as conn:
        found = conn.execute(
            "SELECT substr(norm_value, -6) FROM observable JOIN tip ON tip.id = tip_id WHERE kind = 'plate'"
            " GROUP BY norm_value HAVING count(*) = 1 AND min(n) BETWEEN 30000 AND 60000 ORDER BY min(n) LIMIT 200"
        ).fetchall()
        for (part,) in found:
            texts = conn.execute("SELECT text, ref FROM tip WHERE text LIKE ?", (f"%{part}%",)).fetchall()
            if len(texts) == 1 and PROVINCE + part in texts[0][0]:
                return part, texts[0][1]
    raise RuntimeError("the city has no plate that occurs once")


def rows_file(folder: Path) -> Path:
    file = folder / "tips.tsv"
    file.write_text("".join(item.as_row for item in city_items()), encoding="utf-8")
    return file


def log_file(folder: Path) -> Path:
    file = folder / "tips.log"
    file.write_text("".join(item.as_log for item in city_items()), encoding="utf-8")
    return file


def mail_folder() -> Path:
    """A Maildir of 112,000 messages with notmuch's index; made once, kept in the cache."""
    root = CACHE / "mail"
    if (root / "whole").exists():
        return root
    print(f"making a mail folder of 112,000 tips in {root} …", file=sys.stderr, flush=True)
    shutil.rmtree(root, ignore_errors=True)
    for name in ("cur", "new", "tmp"):
        (root / "tips" / name).mkdir(parents=True)
    for n, item in enumerate(city_items()):
        (root / "tips" / "cur" / f"{item.at.timestamp():.0f}.{n}.desk:2,S").write_text(item.as_mail, encoding="utf-8")
    (root / "notmuch").write_text(
        f"[database]\npath={root}\n[user]\nprimary_email=desk@example.org\n[new]\ntags=unread;\n"
    )
    index_mail(root)
    (root / "whole").touch()
    return root


def index_mail(root: Path) -> None:
    env = environment(NOTMUCH_CONFIG=os.fspath(root / "notmuch"))
    subprocess.run(["notmuch", "new", "--quiet"], check=True, env=env, stdout=subprocess.DEVNULL)
