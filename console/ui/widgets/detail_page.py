"""One tip as lines of styled words for a given width and moment: what `TipDetail` draws. Knows nothing of Textual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from console.model.change import Attachment
from console.model.media import plain_media_type, why_not_shown
from console.model.tip import CloseReason, Tip
from console.model.view import TipFile
from console.ui.text import one_line, wrap
from console.ui.widgets.glyphs import category_sign, status_sign, urgency_sign
from console.ui.widgets.history_lines import what_happened, who
from console.ui.widgets.tip_times import clock_time, full_time, how_long, how_long_ago
from console.ui.widgets.tip_words import hold_word, kind_word, reason_word, referral_word, shared_by
from console.words import gettext as _
from console.words import ngettext

BETWEEN: Final = " · "
INDENT: Final = "  "


@dataclass(frozen=True, slots=True)
class Span:
    """Displayable words in one style (a component class of the pane without its prefix); `ref` makes it a link."""

    words: str
    style: str = "plain"
    ref: str | None = None


PageLine = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Eye:
    """Who looks (officer id), from where and when, and how many cells wide."""

    me: int
    zone: tzinfo
    now: datetime
    width: int


def page(file: TipFile, eye: Eye) -> list[PageLine]:
    """All lines of the tip, none wider than the eye's width."""
    tip = file.tip
    lines = [
        *_flow(_standing(tip, eye), eye.width),
        *_flow(_arrival(file, eye), eye.width),
        *_flow(_clock(tip, eye), eye.width),
        *_flow(_kind(tip), eye.width),
        *_remarks(tip, eye),
        *_doubles(file, eye),
        (),
        *(_words(tip, eye.width) if tip.text else _no_words(tip, eye.width)),
    ]
    for title, section in (
        (_("Attachments"), _attachments(file.attachments, eye)),
        (_("Links"), _links(file, eye)),
        (_("Referrals"), _referrals(file, eye)),
        (_("Holds"), _holds(file, eye)),
        (_("History"), _history(file, eye)),
    ):
        rows = list(section)
        if rows:
            lines += [(), (Span(one_line(title, eye.width), "title"),), *rows]
    return lines


def links_of(lines: Sequence[PageLine]) -> list[tuple[int, int]]:
    """(line, span) of every link, from the top."""
    return [(y, x) for y, line in enumerate(lines) for x, span in enumerate(line) if span.ref is not None]


# ── the head ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _standing(tip: Tip, eye: Eye) -> Iterator[Span]:
    sign = status_sign(tip.status)
    yield Span(f"{sign.glyph} {sign.word}", sign.style)
    if tip.claimed_by == eye.me:
        yield Span(_("claimed by you"), "mine")
    elif tip.claimed_by is not None:
        yield Span(one_line(_("claimed by {officer}").format(officer=tip.claimed_code)), "plain")
    if tip.rings:
        yield Span(_("alarm, not acknowledged"), "alarm")


def _arrival(file: TipFile, eye: Eye) -> Iterator[Span]:
    tip = file.tip
    at = tip.received_at.astimezone(eye.zone)
    yield Span(f"{at:%H:%M %Y-%m-%d}", "plain")
    yield Span(how_long_ago(tip.received_at, eye.now), "plain")
    if tip.room_code:
        yield Span(one_line(_("room {room}").format(room=tip.room_code)), "plain")
    if tip.has_reporter:
        kind = kind_word(tip.reporter_kind or _("reporter"))
        yield Span(one_line(_("{kind} (sealed)").format(kind=kind)), "plain")
        if file.reveals:
            times = ngettext("revealed {n} time", "revealed {n} times", file.reveals).format(n=file.reveals)
            yield Span(times, "warning")
    elif tip.reporter_kind:
        yield Span(one_line(kind_word(tip.reporter_kind)), "plain")


def _clock(tip: Tip, eye: Eye) -> Iterator[Span]:
    """Respond-by: the time left, or by how much it was missed, in words as well as in style."""
    by = clock_time(tip.respond_by, eye.zone, eye.now)
    if tip.responded_at is not None:
        at = clock_time(tip.responded_at, eye.zone, eye.now)
        if tip.responded_at <= tip.respond_by:
            yield Span(_("responded {at}, in time").format(at=at), "muted")
        else:
            span = how_long(tip.responded_at - tip.respond_by)
            yield Span(_("responded {at}, {span} late").format(at=at, span=span), "muted")
    elif tip.is_open and eye.now <= tip.respond_by:
        span = how_long(tip.respond_by - eye.now)
        yield Span(_("respond by {by} ({span})").format(by=by, span=span), "clock")
    elif tip.is_open:
        span = how_long(eye.now - tip.respond_by)
        yield Span(_("respond by {by}: overdue by {span}").format(by=by, span=span), "overdue")
    yield from _keeping(tip, eye)


def _keeping(tip: Tip, eye: Eye) -> Iterator[Span]:
    """How long its words are kept."""
    if tip.erased_at is not None:
        yield Span(_("erased {at}").format(at=clock_time(tip.erased_at, eye.zone, eye.now)), "muted")
    if tip.held_until is not None and tip.held_until > eye.now:
        yield Span(_("held until {at}").format(at=clock_time(tip.held_until, eye.zone, eye.now)), "warning")
    elif tip.erase_at is not None:
        at = clock_time(tip.erase_at, eye.zone, eye.now)
        span = how_long(tip.erase_at - eye.now)
        words = _("erased by {at} ({span})") if tip.erase_at > eye.now else _("to be erased since {at}")
        yield Span(words.format(at=at, span=span), "muted")


def _kind(tip: Tip) -> Iterator[Span]:
    urgency = urgency_sign(tip.urgency)
    yield Span(f"{urgency.glyph} {urgency.word}", urgency.style)
    yield Span(category_sign(tip.category).word, "category")
    if tip.place:
        yield Span(one_line(tip.place), "place")


def _remarks(tip: Tip, eye: Eye) -> Iterator[PageLine]:
    """What is known of only some tips, one sentence each."""
    sentences: list[tuple[str, str]] = []
    if tip.latitude is not None and tip.longitude is not None:
        where = _("{latitude}, {longitude} as told").format(
            latitude=f"{tip.latitude:.5f}", longitude=f"{tip.longitude:.5f}"
        )
        sentences.append((where, "plain"))
    if tip.reported_at is not None and abs((tip.received_at - tip.reported_at).total_seconds()) >= 60:
        at = full_time(tip.reported_at, eye.zone)
        sentences.append((_("sent {at} by the sender's clock").format(at=at), "muted"))
    if tip.unrouted_name:
        sentences.append((_("named an unknown room or station: {name}").format(name=tip.unrouted_name), "warning"))
    if tip.answers:
        sentences.append((_("answers bulletin {ref}").format(ref=tip.answers), "plain"))
    if tip.encoding_guessed:
        sentences.append((_("encoding guessed: some words may be wrong"), "warning"))
    if tip.close_reason is not None:
        sentences.append((_("closed: {reason}").format(reason=reason_word(tip.close_reason)), "plain"))
    if tip.outcome:
        sentences.append((_("outcome: {outcome}").format(outcome=tip.outcome), "plain"))
    for sentence, style in sentences:
        yield from _wrapped(sentence, eye.width, style)


def _doubles(file: TipFile, eye: Eye) -> Iterator[PageLine]:
    if file.tip.duplicate_of:
        yield from _refs(_("duplicate of"), [file.tip.duplicate_of], eye.width)
    if file.duplicates:
        count = len(file.duplicates)
        words = ngettext("{count} duplicate:", "{count} duplicates:", count).format(count=count)
        yield from _refs(words, file.duplicates, eye.width)


# ── the words and what came with them ────────────────────────────────────────────────────────────────────────────────
def _words(tip: Tip, width: int) -> Iterator[PageLine]:
    for line in _wrapped_words(tip.text, width):
        yield (Span(line, "words"),)


def _no_words(tip: Tip, width: int) -> Iterator[PageLine]:
    """Of a tombstone: what is gone."""
    if tip.close_reason is CloseReason.TO_OVERSIGHT:
        sentence = _("It is with oversight now: your station keeps its number and its dates.")
    elif tip.is_erased:
        sentence = _("Erased: words, place, reporter, attachments and notes are gone. Dates and status stay.")
    else:
        sentence = _("Not a police matter: its words are shown no more, and are erased with the next run.")
    yield from _wrapped(sentence, width, "muted")


@lru_cache(maxsize=4)
def _wrapped_words(text: str, width: int) -> tuple[str, ...]:
    """The text door cuts at 20,000 characters, so that this stays a matter of milliseconds."""
    return tuple(wrap(text, width))


def _attachments(attachments: Sequence[Attachment], eye: Eye) -> Iterator[PageLine]:
    for one in attachments:
        size = _("{kib} KiB").format(kib=f"{max(1, round(one.size / 1024)):,}")
        yield from _flow(
            [
                Span(one_line(one.label), "plain"),
                Span(one_line(plain_media_type(one.media_type)), "muted"),
                Span(size, "muted"),
                Span(why_not_shown(one.media_type) or _("sealed file"), "muted"),
            ],
            eye.width,
        )


def _links(file: TipFile, eye: Eye) -> Iterator[PageLine]:
    for link in file.links:
        yield from _refs(shared_by(link.kind, link.shown, link.tips), link.refs, eye.width)


def _referrals(file: TipFile, eye: Eye) -> Iterator[PageLine]:
    for referral in file.referrals:
        yield from _flow(
            [
                Span(one_line(referral.agency), "plain"),
                Span(referral_word(referral.state), "plain"),
                Span(clock_time(referral.at, eye.zone, eye.now), "muted"),
            ],
            eye.width,
        )
        if referral.note:
            yield from _wrapped(referral.note, eye.width, "why", INDENT)


def _holds(file: TipFile, eye: Eye) -> Iterator[PageLine]:
    for hold in file.holds:
        end = hold.ended_at or hold.ends_at
        is_over = _("until {at}") if hold.is_in_force(eye.now) else _("ended {at}")
        yield from _flow(
            [
                Span(hold_word(hold.kind), "plain"),
                Span(one_line(hold.reference), "plain"),
                Span(is_over.format(at=clock_time(end, eye.zone, eye.now)), "muted"),
                Span(one_line(hold.officer_code), "muted"),
            ],
            eye.width,
        )
        if hold.reason:
            yield from _wrapped(hold.reason, eye.width, "why", INDENT)


def _history(file: TipFile, eye: Eye) -> Iterator[PageLine]:
    for event in file.history:
        yield from _flow(
            [
                Span(clock_time(event.at, eye.zone, eye.now), "muted"),
                Span(one_line(who(event)), "muted"),
                Span(one_line(what_happened(event)), "muted" if event.undone else "plain"),
            ],
            eye.width,
        )
        if event.why:
            yield from _wrapped(event.why, eye.width, "why", INDENT)


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _refs(sentence: str, refs: Sequence[str], width: int) -> Iterator[PageLine]:
    """A sentence, then the refs it introduces, each a link."""
    sentence_lines = list(_wrapped(sentence, width, "plain"))
    yield from sentence_lines[:-1]
    spans = [Span(one_line(ref), "link", ref) for ref in refs]
    last = sentence_lines[-1] if sentence_lines else (Span(""),)
    yield from _flow([last[0], *spans], width, between="  ")


def _flow(spans: Sequence[Span] | Iterator[Span], width: int, between: str = BETWEEN) -> Iterator[PageLine]:
    """Spans side by side with a separator, a new line before one that does not fit; a wider one is wrapped."""
    line: list[Span] = []
    used = 0
    for span in spans:
        cells = cell_len(span.words)
        if line and used + cell_len(between) + cells > width:
            yield tuple(line)
            line, used = [], 0
        if cells > width:
            pieces = wrap(span.words, width)
            yield from ((Span(piece, span.style, span.ref),) for piece in pieces[:-1])
            span = Span(pieces[-1] if pieces else "", span.style, span.ref)  # noqa: PLW2901 - its last line goes on
            cells = cell_len(span.words)
        if line:
            line.append(Span(between, "muted"))
            used += cell_len(between)
        line.append(span)
        used += cells
    if line:
        yield tuple(line)


def _wrapped(words: str, width: int, style: str, indent: str = "") -> Iterator[PageLine]:
    """Raw words over as many lines as they need."""
    for line in wrap(words, max(width - len(indent), 1)):
        yield (Span(indent + line, style),)
