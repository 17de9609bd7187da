"""The auditor's screen: the entries of the audit with filters, the whole of the one under the cursor, and whether the
chains hold. An officer of that role has it instead of the desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker

from console.errors import ConsoleError
from console.model.audit_log import Asked, AuditLine, Rest, parse_asked
from console.model.query import BadQuery
from console.ui.keys import Action, action, actions_in, keys_in_force
from console.ui.screens.help import HelpScreen
from console.ui.text import as_content, one_line
from console.ui.widgets.audit_box import AuditBox
from console.ui.widgets.audit_list import AuditList
from console.ui.widgets.key_line import KeyHint, KeyLine
from console.ui.widgets.search_box import SearchBox
from console.ui.widgets.status_line import StatusLine
from console.words import gettext as _

if TYPE_CHECKING:
    from datetime import tzinfo

    from console.desk.anchors import Anchors
    from console.model.chain import Verdict
    from console.model.officer import Officer
    from console.store import Store

PAGE = 200
"""Entries read at once."""


class AuditScreen(Screen[None]):
    """One auditor's; `now` is the console's clock, `zone` the home station's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(one.binding() for one in actions_in("audit")),
        replace(action("app.help").binding(), action="audit_help"),
    ]

    def __init__(
        self,
        store: Store,
        officer: Officer,
        anchors: Anchors,
        *,
        now: Callable[[], datetime],
        zone: tzinfo,
        keymap: Mapping[str, str],
    ) -> None:
        super().__init__()
        self._store = store
        self._officer = officer
        self._anchors = anchors
        self._now = now
        self._zone = zone
        self._keymap = keymap
        self._asked = Asked()
        self._text = ""
        self._rest: Rest = {}
        self._newest = True
        self._total = 0
        self._is_verifying = False

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield AuditList(self._zone)
        yield Static(id="entry")
        yield AuditBox()
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self._box.display = False
        self.set_focus(self._list)
        self._show_head()
        self._show_keys()
        self.set_interval(1.0, self._show_head)
        self._read_anew()

    @property
    def _list(self) -> AuditList:
        return self.query_one(AuditList)

    @property
    def _box(self) -> AuditBox:
        return self.query_one(AuditBox)

    @property
    def _status(self) -> StatusLine:
        return self.query_one(StatusLine)

    def _work(self, work: Callable[[], Coroutine[Any, Any, object]], *, group: str) -> Worker[object]:
        """In a worker, which takes the place of the one before it."""
        return self.run_worker(work, group=group, exclusive=True)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _read_anew(self, *, newest: bool = True) -> None:
        """From the newest, or from the oldest entry; a page that was to follow what is listed now is not added."""
        self.workers.cancel_group(self, "more")
        self._work(partial(self._read, newest=newest), group="read")

    async def _read(self, *, newest: bool) -> None:
        from console.desk import audit

        asked = self._asked
        try:
            self._total = await audit.total(self._store, self._officer)
            page = await audit.read(self._store, self._officer, asked, limit=PAGE, newest=newest)
        except ConsoleError as error:
            self._status.say(error.message, wrong=True)
            self._list.say(_("Nothing is listed. Esc shows everything, F5 reads again."))
            return
        self._rest, self._newest = page.rest, newest
        lines = page.lines if newest else page.lines[::-1]
        self._list.show(lines, from_newest=newest, is_whole=_is_end(page.lines, page.rest))
        self._show_standing()
        self._show_head()

    @on(AuditList.MoreWanted)
    def _more(self) -> None:
        if not any(worker.group in ("read", "more") and not worker.is_finished for worker in self.workers):
            self._work(self._read_on, group="more")

    async def _read_on(self) -> None:
        from console.desk import audit

        asked, newest = self._asked, self._newest
        try:
            page = await audit.read(self._store, self._officer, asked, self._rest, limit=PAGE, newest=newest)
        except ConsoleError as error:
            self._status.say(error.message, wrong=True)
            return
        if (asked, newest) == (self._asked, self._newest):
            self._rest = page.rest
            lines = page.lines if newest else page.lines[::-1]
            self._list.add(lines, is_whole=_is_end(page.lines, page.rest))

    @on(AuditList.EndWanted)
    def _go_to_end(self, message: AuditList.EndWanted) -> None:
        self._read_anew(newest=message.newest)

    # ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────
    def _show_head(self) -> None:
        who = f"{self._officer.name} ({self._officer.role})"
        time = f"{self._now().astimezone(self._zone):%H:%M:%S}"
        count = _("{n} entries").format(n=f"{self._total:,}")
        words = _("Audit  {who}   {count}   {time}").format(who=one_line(who, 40), count=count, time=time)
        self.query_one("#head", Static).update(as_content(f" {words}"))

    def _show_standing(self) -> None:
        if self._text:
            words = _("/{terms} · Esc shows everything").format(terms=one_line(self._text, 200))
        else:
            words = _("All entries of the stations you read, newest first")
        self._status.standing = words

    def _show_keys(self) -> None:
        hints = [(one, one.words) for one in (*actions_in("audit"), action("app.help"), action("app.leave"))]
        shown = [KeyHint(self._key(one), words, True) for one, words in hints if self._key(one)]
        self.query_one(KeyLine).show(shown)

    def _key(self, one: Action) -> str:
        return next(iter(keys_in_force(self._keymap, one)), "")

    @on(AuditList.Rested)
    def _show_entry(self, message: AuditList.Rested) -> None:
        line = message.line
        words = "" if line is None else entry_words(line, self._zone)
        self.query_one("#entry", Static).update(as_content(words))

    # ── the filter ───────────────────────────────────────────────────────────────────────────────────────────────────
    def action_narrow_audit(self) -> None:
        self._status.hush()
        self._status.display = False
        self._box.begin(self._text)

    @on(SearchBox.Typed)
    def _typed(self, message: SearchBox.Typed) -> None:
        if type(message) is SearchBox.Typed:
            self._box.forgive()

    @on(SearchBox.Taken)
    def _taken(self, message: SearchBox.Taken) -> None:
        self._look_for(message.text)

    @on(SearchBox.Left)
    def _left(self) -> None:
        self._leave_box()

    def _look_for(self, text: str) -> None:
        try:
            asked = parse_asked(text, now=self._now(), tz=self._zone)
        except BadQuery as wrong:
            self._box.show_wrong(wrong.message, wrong.start, wrong.end)
            return
        self._asked, self._text = asked, text.strip()
        self._leave_box()
        self._read_anew()

    def _leave_box(self) -> None:
        self._box.end()
        self._status.display = True
        self.set_focus(self._list)

    def action_leave_audit_filter(self) -> None:
        """Everything again; a click may have taken the keyboard from an open box."""
        self._status.hush()
        self._leave_box()
        if self._text:
            self._look_for("")

    def action_read_audit_anew(self) -> None:
        self._status.hush()
        self._read_anew()

    def action_audit_help(self) -> None:
        self.app.push_screen(HelpScreen("audit", self._keymap, {}))

    # ── verifying ────────────────────────────────────────────────────────────────────────────────────────────────────
    def action_verify_audit(self) -> None:
        """Start it, or stop the one under way."""
        if self._is_verifying:
            self.workers.cancel_group(self, "verify")
            self._status.say(_("Stopped: it is not known whether the record is whole."))
            self._is_verifying = False
            return
        self._is_verifying = True
        self._work(self._verify, group="verify")

    async def _verify(self) -> None:
        from console.desk import audit

        self._tell_progress("", 0, self._total)
        try:
            noted, unreadable = await asyncio.to_thread(self._anchors.noted)
            verdict = await audit.verify(self._store, self._officer, noted, self._tell_progress)
        except ConsoleError as error:
            self._is_verifying = False
            self._status.say(error.message, wrong=True)
            return
        # One that was stopped says nothing of it: by now another may be under way.
        self._is_verifying = False
        self._status.say(verdict_words(verdict, unreadable), wrong=not verdict.is_sound)
        if verdict.faults:
            first = verdict.faults[0]
            self.query_one("#entry", Static).update(
                as_content(
                    _("First bad entry: {station} {seq}. It: {what}.").format(
                        station=first.station, seq=first.seq, what=first.what
                    )
                )
            )

    def _tell_progress(self, _stage: str, done: int, total: int) -> None:
        share = 100 * done // total if total else 100
        words = _("Verifying: {done} of {total} entries ({share} %) · {key} stops it").format(
            done=f"{done:,}", total=f"{total:,}", share=share, key=self._key(action("audit.verify"))
        )
        self._status.say(words)


def _is_end(lines: tuple[AuditLine, ...], rest: Rest) -> bool:
    return not rest or len(lines) < PAGE


def entry_words(line: AuditLine, zone: tzinfo) -> str:
    """All that an entry says, some on each line."""
    at = line.at.astimezone(zone)
    versions = ""
    if line.version_after is not None:
        versions = _("version {before} → {after}").format(before=line.version_before, after=line.version_after)
    first = [line.station, f"{line.seq:,}", at.isoformat(" ", "milliseconds")]
    second = [line.officer or _("the program itself"), line.action, line.tip or "", versions]
    about = _("about: {facts}").format(facts=line.about) if line.about else _("nothing besides")
    parts = [*(" · ".join(word for word in words if word) for words in (first, second)), about]
    return "\n".join(one_line(part) for part in (*parts, _("hash: {hash}").format(hash=line.hash.hex())))


def verdict_words(verdict: Verdict, unreadable: int) -> str:
    """What came of verifying, in one sentence."""
    if not verdict.is_sound:
        first = verdict.faults[0]
        return _("The record is not whole: entry {seq} of {station}, {n} stations in all.").format(
            seq=first.seq, station=first.station, n=len(verdict.faults)
        )
    looked = _("The record is whole: {entries} entries, {anchors} anchors.").format(
        entries=f"{verdict.entries:,}", anchors=f"{verdict.anchors:,}"
    )
    return looked if not unreadable else _("{looked} {n} anchors cannot be read.").format(looked=looked, n=unreadable)
