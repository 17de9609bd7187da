"""The steps an officer takes on tips: why a key is dead, what is asked first, the desk verb with the tip as seen, and
the sentence that says how it went. The desk screen's verb keys, the palette, the F4 menu and `:` all come through
here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError, TipMovedOn
from console.model.change import Event
from console.model.hold import why_not_end
from console.model.officer import Officer
from console.model.tip import Tip, TipLine
from console.ui.keys import action_of
from console.ui.screens.freshness import Part
from console.ui.screens.questions import Questions
from console.ui.text import one_line
from console.ui.widgets.glyphs import category_sign, status_sign, urgency_sign
from console.words import gettext as _
from console.words import ngettext

if TYPE_CHECKING:
    from console.ui.screens.live import LiveScreen

Rule = Callable[[Tip, Officer], str | None]


def _unless_erased(tip: Tip, officer: Officer) -> str | None:
    return tip.why_not_change()


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of a tip's life: the model's rule against it now, and the sentence after it ({ref}, {officer} given)."""

    why_not: Rule
    after: str


VERBS: Final[dict[str, Verb]] = {
    "claim_tip": Verb(lambda tip, me: tip.why_not_claim(me.id), _("{ref} is yours now.")),
    "release_tip": Verb(lambda tip, me: tip.why_not_release(me.id), _("{ref} is free again.")),
    "investigate_tip": Verb(lambda tip, me: tip.why_not_investigate(), _("You investigate {ref}; u takes it back.")),
    "refer_tip": Verb(lambda tip, me: tip.why_not_refer(), _("{ref} is referred; u takes it back.")),
    "solve_tip": Verb(lambda tip, me: tip.why_not_solve(), _("{ref} is solved; u takes it back.")),
    "close_tip": Verb(lambda tip, me: tip.why_not_close(), _("{ref} is closed; u takes it back.")),
    "reopen_tip": Verb(lambda tip, me: tip.why_not_reopen(), _("{ref} is open again; u takes it back.")),
    "note_tip": Verb(_unless_erased, _("The note stands in the history of {ref}.")),
    "assign_tip": Verb(lambda tip, me: tip.why_not_assign(-1), _("{ref} is assigned.")),
    "link_duplicate": Verb(lambda tip, me: _why_not_link(tip), _("{ref} is linked as a duplicate.")),
    "unlink_duplicate": Verb(lambda tip, me: tip.why_not_unlink(), _("{ref} is no duplicate any more.")),
    "set_urgency": Verb(_unless_erased, _("The urgency of {ref} is set.")),
    "set_category": Verb(_unless_erased, _("The category of {ref} is set.")),
    "close_not_police": Verb(
        lambda tip, me: tip.why_not_close(), _("{ref} is counted as no police matter; u takes it back.")
    ),
    "hold_tip": Verb(lambda tip, me: tip.why_not_hold(), _("{ref} is held; u takes it back.")),
    "end_hold": Verb(lambda tip, me: why_not_end(me), _("The hold of {ref} has ended; u takes it back.")),
    "pass_to_oversight": Verb(lambda tip, me: tip.why_not_pass(), _("{ref} went to oversight.")),
    "acknowledge_alarm": Verb(lambda tip, me: tip.why_not_acknowledge(), _("The alarm of {ref} is acknowledged.")),
}
"""By the action's method, which is also the name of the desk's function."""


def _why_not_link(tip: Tip) -> str | None:
    if tip.is_erased:
        return tip.why_not_change()
    if tip.duplicate_of is not None:
        return _("It is already linked to {ref}.").format(ref=tip.duplicate_of)
    return None


def tip_of(line: TipLine) -> Tip:
    """The tip as far as its line shows it: enough to ask the rules, never to show or write."""
    acknowledged = None if line.rings else line.received_at
    return Tip(
        id=line.id,
        station_id=line.station_id,
        ref=line.ref,
        source="",
        source_key="",
        status=line.status,
        urgency=line.urgency,
        category=line.category,
        text=line.head,
        received_at=line.received_at,
        respond_by=line.respond_by,
        version=line.version,
        claimed_by=line.claimed_by,
        claimed_code=line.claimed_code,
        duplicate_of=line.duplicate_of,
        acknowledged_at=acknowledged,
        erased_at=line.received_at if line.is_erased else None,
    )


class Steps:
    """One desk screen's verbs. `take` runs in a worker: it asks, writes and reports."""

    def __init__(self, screen: LiveScreen, questions: Questions) -> None:
        self._screen = screen
        self._questions = questions

    def why_not(self, method: str) -> str | None:
        """Why the verb cannot be done to what is chosen now, or None; with marked tips each is asked when its turn
        comes."""
        desk, line = self._screen.desk, self._screen.feed.cursor_line
        if desk is None:
            return _("The store is not open.")
        if self._screen.feed.marked:
            return None
        if line is None:
            return _("There is no tip under the cursor.")
        return desk.officer.why_not_see(line.station_id) or VERBS[method].why_not(tip_of(line), desk.officer)

    async def take(self, method: str) -> None:
        """Do the verb to the marked tips, or to the one under the cursor."""
        why = self.why_not(method)
        if why is not None:
            self._screen.say_dead(method, why)
            return
        marked, line = self._screen.feed.marked_lines, self._screen.feed.cursor_line
        if marked:
            await self._take_many(method, marked)
        elif line is not None:
            await self._take_one(method, line)

    async def _take_one(self, method: str, line: TipLine) -> None:
        try:
            tip = await self._as_seen(line)
            answer = await self._questions.ask(method, tip)
            if answer is None:
                self._say_kept(method, line)
                return
            await self._do(method, tip, answer)
        except TipMovedOn as error:
            self._refuse(method, line, moved_on_words(tip_of(line), error.now, error.by))
        except ConsoleError as error:
            self._refuse(method, line, error.message)
        else:
            self._questions.settle_draft(method, line.id)
            self._screen.say(VERBS[method].after.format(ref=line.ref))
        finally:
            self._screen.refresh_bindings()

    def _refuse(self, method: str, line: TipLine, sentence: str) -> None:
        """Say why the step was not done, and that what the officer wrote for it is not lost."""
        self._screen.status_line.say(sentence, wrong=True, kept=self._questions.has_draft(method, line.id))

    def _say_kept(self, method: str, line: TipLine) -> None:
        """After Esc: that what the officer wrote is not lost; nothing when nothing was written."""
        if self._questions.has_draft(method, line.id):
            self._screen.say(_("Your words to {ref} are kept for next time.").format(ref=line.ref))

    async def _take_many(self, method: str, lines: Sequence[TipLine]) -> None:
        action = action_of(method)
        words = action.words if action is not None else method
        try:
            if not await self._questions.sure(words, lines):
                return
            answer = await self._questions.ask(method, await self._as_seen(lines[0]), many=len(lines))
        except ConsoleError as error:
            self._screen.say(error.message, wrong=True)
            return
        if answer is None:
            self._say_kept(method, lines[0])
            return
        failed: list[tuple[TipLine, str]] = []
        for line in lines:
            try:
                await self._do(method, await self._as_seen(line), answer)
            except ConsoleError as error:
                failed.append((line, error.message))
        self._questions.settle_draft(method, lines[0].id, [line.id for line, _why in failed])
        self._screen.feed.unmark()
        self._screen.feed.mark(*(line for line, _why in failed))
        done = len(lines) - len(failed)
        said = ngettext("{words}: {n} tip done.", "{words}: {n} tips done.", done).format(words=words, n=done)
        if failed:
            said += " " + self._still_marked(method, failed)
        self._screen.say(said, wrong=bool(failed) and not done)

    def _still_marked(self, method: str, failed: Sequence[tuple[TipLine, str]]) -> str:
        """Which tips the step was not done to, why, and that what the officer wrote for them is not lost."""
        tips = "; ".join(f"{line.ref} ({why})" for line, why in failed)
        if self._questions.has_draft(method, failed[0][0].id):
            return _("Still marked, not done, your words are kept: {tips}").format(tips=tips)
        return _("Still marked, not done: {tips}").format(tips=tips)

    async def undo(self) -> None:
        """Take back the officer's own last step and say which it was."""
        from console import desk as verbs

        desk = self._screen.desk
        if desk is None:
            self._screen.say(_("The store is not open."), wrong=True)
            return
        try:
            event, tip = await verbs.undo(desk.store, desk.officer)
        except ConsoleError as error:
            self._screen.say(error.message, wrong=True)
            return
        self._screen.say(
            _("Undone: {what}. {ref} is {status} again.").format(
                what=event_words(event), ref=tip.ref, status=status_sign(tip.status).word
            )
        )

    async def _as_seen(self, line: TipLine) -> Tip:
        """The whole tip with the version that stands on the screen. Raises TipMovedOn when it has another by now."""
        from console import desk as verbs

        desk = self._screen.desk
        assert desk is not None  # noqa: S101 - `why_not` has asked
        file = await verbs.tip_file(desk.store, desk.officer, line.station_id, line.id)
        if file.tip.version != line.version:
            last = file.history[-1] if file.history else None
            raise TipMovedOn(moved_on_words(tip_of(line), file.tip, last), file.tip, last)
        return replace(file.tip, version=line.version)

    async def _do(self, method: str, tip: Tip, answer: tuple[object, ...]) -> Tip:
        from console import desk as verbs

        desk = self._screen.desk
        assert desk is not None  # noqa: S101 - `why_not` has asked
        after: Tip = await getattr(verbs, method)(desk.store, desk.officer, tip, *answer)
        self._screen.ask_for(Part.ALL)
        return after


def event_words(event: Event) -> str:
    """What an event did, in a word or two: 'solved', 'referred to Fire brigade'."""
    kind = event.kind.value.removeprefix("tip.").replace("-", " ")
    return f"{kind} ({one_line(event.about, 40)})" if event.about else kind


def moved_on_words(seen: Tip, now: Tip, by: Event | None) -> str:
    """What the other officer did, with both values of whatever differs from what was seen."""
    who = one_line(by.officer_code, 20) if by is not None and by.officer_code else _("The intake")
    changes = [f"{name} {was} → {is_now}" for name, was, is_now in _differences(seen, now)]
    what = ", ".join(changes) or (event_words(by) if by is not None else _("changed"))
    return _("{who} changed {ref} meanwhile: {what}. Look again, then decide.").format(who=who, ref=seen.ref, what=what)


def _differences(seen: Tip, now: Tip) -> list[tuple[str, str, str]]:
    nobody = _("nobody")
    pairs = [
        (_("status"), status_sign(seen.status).word, status_sign(now.status).word),
        (_("claimed by"), one_line(seen.claimed_code or nobody, 20), one_line(now.claimed_code or nobody, 20)),
        (_("urgency"), urgency_sign(seen.urgency).word, urgency_sign(now.urgency).word),
        (_("category"), category_sign(seen.category).word, category_sign(now.category).word),
        (_("duplicate of"), seen.duplicate_of or _("none"), now.duplicate_of or _("none")),
    ]
    return [(name, was, is_now) for name, was, is_now in pairs if was != is_now]
