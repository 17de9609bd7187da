"""The `audit` verb: whether the record of who did or saw what is whole, and what stands in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.exits import OK, REFUSED, say
from console.cli.options import TABLE_LIMIT, AsJson, Code, Data, Database, Limit, PasswordFile, settings_of
from console.cli.output import instant, json_line, line, paragraph, table
from console.cli.progress import Progress
from console.cli.signing import signed_in, who_asks
from console.cli.stores import with_store
from console.cli.told import Told
from console.errors import NotFound

if TYPE_CHECKING:
    from console.desk.anchors import Anchors
    from console.model.audit_log import AuditLine
    from console.model.chain import Fault, Head, Verdict
    from console.settings import Settings
    from console.store import Store

_PAGE = 500
_MOST_FAULTS = 20
"""Stations named one by one."""
_COLUMNS = (
    ("station", 7),
    ("number", 9),
    ("time (UTC)", 19),
    ("officer", 8),
    ("action", 22),
    ("tip", 15),
    ("more", 60),
)


app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def audit(ctx: typer.Context, data: Data = None, database: Database = None) -> None:
    """Verify that the record of who did or saw what is whole, or show entries of it.

    Exit codes: 0 done, or the record is whole, 1 it is not, 2, 75, 78 as in `taskroom --help`.
    """
    told = ctx.find_object(Told) or Told()
    ctx.obj = told.over(data, database, None)


@app.command()
def verify(
    ctx: typer.Context,
    anchors: Annotated[
        Path | None, typer.Option("--anchors", metavar="FILE", help="The anchors; default: the setting's.")
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Follow each station's chain of hashes from its first entry on, and name the first bad one.

    What was cut off at the end, or made anew from the beginning, is found by the anchors, which the intake notes down
    elsewhere. The desk may go on working. JSON fields: sound, stations, entries, anchors, faults (station, seq, at,
    what; at most one a station), unreadable_anchors.

    Exit codes: 0 the record is whole, 1 it is not, 75, 78 as in `taskroom --help`.
    """
    raise typer.Exit(_verify(settings_of(ctx, data, database), anchors, as_json=as_json))


@app.command()
def show(
    ctx: typer.Context,
    terms: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TERM...", help="officer:CODE action:NAME station:CODE tip:REF since:3d until:2026-11-01"
        ),
    ] = None,
    as_json: AsJson = False,
    limit: Limit = None,
    officer: Code = None,
    password_file: PasswordFile = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show entries, newest first.

    `action:` takes a name or what stands before its dot; `officer:program` is the intake.

    JSON fields: station, seq, at, officer (null: the program), action, tip, version_before, version_after, about, hash.

    Exit codes: 0 done, 1 no such officer, station or tip, 2 a term nobody can follow, 75, 78 as in `taskroom --help`.
    """
    settings = settings_of(ctx, data, database, officer, password_file)
    _show(settings, " ".join(terms or ()), limit if limit is not None or as_json else TABLE_LIMIT, as_json=as_json)


def _verify(settings: Settings, file: Path | None, *, as_json: bool) -> int:
    from console.desk.anchors import Anchors

    kept = Anchors.of(settings)
    if file is not None:
        kept.file = file
    noted = _Noted(kept)
    if not noted.is_there and file is not None:
        raise NotFound(f"There is no file of anchors {file}.")
    began = time.monotonic()

    async def work(store: Store) -> Verdict:
        from console.desk import audit

        return await audit.verify(store, await audit.operator(store), noted, Progress())

    verdict = with_store(settings, work)
    if as_json:
        json_line({**_record(verdict), "unreadable_anchors": noted.unreadable})
    else:
        _tell(verdict, noted, time.monotonic() - began)
    return OK if verdict.is_sound else REFUSED


class _Noted:
    """The anchors of a file, and how many of its lines are none; nothing when there is no file."""

    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors
        self.unreadable = 0
        self.is_there = anchors.file.is_file()

    @property
    def file(self) -> Path:
        return self._anchors.file

    def __iter__(self) -> Iterator[Head]:
        if not self.is_there:
            return
        try:
            for one in self._anchors.read():
                if one is None:
                    self.unreadable += 1
                else:
                    yield one
        except OSError as error:
            raise NotFound(f"The anchors {self.file} cannot be read: {error.strerror}.") from error


def _tell(verdict: Verdict, noted: _Noted, took_s: float) -> None:
    for fault in verdict.faults[:_MOST_FAULTS]:
        paragraph(f"BAD  {fault.station} {fault.seq}", _when(fault.at), fault.what)
    if len(verdict.faults) > _MOST_FAULTS:
        line(f"and {len(verdict.faults) - _MOST_FAULTS:,} more stations; --json has all.")
    looked = f"{verdict.entries:,} entries of {verdict.stations:,} stations in {took_s:.1f} s"
    against = f"{verdict.anchors:,} anchors of {noted.file}" if noted.is_there else "no anchors"
    if verdict.is_sound:
        line(f"The audit is whole: {looked}, against {against}.")
    else:
        line(f"The audit is NOT whole in {len(verdict.faults):,} stations: {looked}, against {against}.")
    if not noted.is_there:
        say(f"Without anchors ({noted.file}) a cut end and a chain made anew cannot be told.")
    if noted.unreadable:
        say(f"{noted.unreadable:,} lines of {noted.file} are no anchors: cut off as a machine stopped, or damaged.")


def _when(at: datetime | None) -> str:
    return "" if at is None else instant(at.replace(microsecond=0)) or ""


def _record(verdict: Verdict) -> dict[str, Any]:
    return {
        "sound": verdict.is_sound,
        "stations": verdict.stations,
        "entries": verdict.entries,
        "anchors": verdict.anchors,
        "faults": [_fault_record(one) for one in verdict.faults],
    }


def _fault_record(fault: Fault) -> dict[str, Any]:
    return {"station": fault.station, "seq": fault.seq, "at": instant(fault.at), "what": fault.what}


def _show(settings: Settings, terms: str, most: int | None, *, as_json: bool) -> None:
    who = who_asks(settings)

    async def work(store: Store) -> int:
        from console.desk import audit
        from console.model.audit_log import parse_asked

        reader = await signed_in(store, who)
        now = store.now()
        asked = parse_asked(terms, now=now, tz=now.tzinfo)  # type: ignore[arg-type]  # the store's clock is aware
        rest, shown = None, 0
        while most is None or shown < most:
            page = await audit.read(
                store, reader, asked, rest, limit=_PAGE if most is None else min(_PAGE, most - shown)
            )
            _print(page.lines, as_json=as_json, with_head=rest is None)
            rest, shown = page.rest, shown + len(page.lines)
            if not page.lines or not rest:
                break
        return shown

    shown = with_store(settings, work)
    if not as_json and shown == TABLE_LIMIT == most:
        say(f"The newest {most} are shown; --limit N shows more.")


def _print(lines: tuple[AuditLine, ...], *, as_json: bool, with_head: bool) -> None:
    if as_json:
        for one in lines:
            json_line(audit_record(one))
    else:
        table(_COLUMNS, [_row(one) for one in lines], head=with_head)


def _row(one: AuditLine) -> list[str]:
    versions = "" if one.version_before == one.version_after else f"{one.version_before} -> {one.version_after}"
    more = "  ".join(word for word in (versions, one.about or "") if word)
    when = f"{one.at:%Y-%m-%d %H:%M:%S}"
    return [one.station, str(one.seq), when, one.officer or "-", one.action, one.tip or "", more]


def audit_record(one: AuditLine) -> dict[str, Any]:
    """The published fields of one entry, in their published order."""
    return {
        "station": one.station,
        "seq": one.seq,
        "at": instant(one.at),
        "officer": one.officer,
        "action": one.action,
        "tip": one.tip,
        "version_before": one.version_before,
        "version_after": one.version_after,
        "about": one.about,
        "hash": one.hash.hex(),
    }
