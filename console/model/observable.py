"""Plates, phone numbers and address lines found in the words of a tip, which link tips to each other.

Intake and the desk's own form call `find_observables` for every tip; `why_linked` is for the detail pane.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from console.model.fold import settle
from console.model.phones import GAP, INVISIBLE, PHONE_DIGITS, LatePattern, phones_in
from console.words import ngettext

MOST_OBSERVABLES = 50
"""Per tip: a tip that lists more is a list, and would link to everything."""

MOST_CHARACTERS = 20_000
"""How much of a tip's words is looked at, the longest the detail pane shows."""

MOST_PLACE_CHARACTERS = 500


class ObservableKind(StrEnum):
    """What can link two tips."""

    PLATE = "plate"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Observable:
    """One thing found: tips with equal `kind` and `norm_value` are linked; `shown` is how the tip wrote it (NFKC).

    `norm_value` is upper case without separators: plates `沪A12345`; phones `+8613800138000` (E.164, no extension; a
    local number told without its area code stays as it is); addresses `威海路118号`, `WEIHAIRD118`.
    """

    kind: ObservableKind
    norm_value: str
    shown: str


def find_observables(text: str, place: str | None = None) -> tuple[Observable, ...]:
    """What links a tip with these words and this place to others, each once, at most `MOST_OBSERVABLES` of them.

    Plates first, then phones, then addresses. Never raises; takes time in proportion to the words looked at.
    """
    words = text[:MOST_CHARACTERS]
    if place:
        words = f"{words}\n{place[:MOST_PLACE_CHARACTERS]}"
    if not words.isascii():
        words = settle(words)[: 2 * MOST_CHARACTERS]
        if not words.isprintable():
            words = INVISIBLE.sub("", words)
    found: dict[tuple[str, str], Observable] = {}
    for kind, finder in _finders_for(words):
        for norm_value, shown in finder(words):
            found.setdefault((kind.value, norm_value), Observable(kind, norm_value, shown))
            if len(found) == MOST_OBSERVABLES:
                return tuple(found.values())
    return tuple(found.values())


def why_linked(kind: ObservableKind, shown: str, tips_count: int) -> str:
    """The words of a link: 'plate 沪A12345 in 3 tips'."""
    if kind is ObservableKind.PLATE:
        words = ngettext("plate {shown} in {count} tip", "plate {shown} in {count} tips", tips_count)
    elif kind is ObservableKind.PHONE:
        words = ngettext("phone {shown} in {count} tip", "phone {shown} in {count} tips", tips_count)
    else:
        words = ngettext("address {shown} in {count} tip", "address {shown} in {count} tips", tips_count)
    return words.format(shown=shown, count=tips_count)


def plate_part(typed: str) -> str:
    """A plate or a part of one as typed into a search, in the form of `norm_value`: to be found inside it."""
    return "".join(char for char in settle(typed).upper() if char.isalnum())


def phone_part(typed: str) -> str:
    """A phone number or a part of one as typed into a search, in the form of `norm_value`: to be found inside it.

    The 0 before an area code is dropped, as it is in `norm_value`; a leading `00` or `+` is a country's.
    """
    typed = settle(typed).strip()
    digits = "".join(char for char in typed if char in "0123456789")
    if typed.startswith("+") or digits.startswith("00"):
        return "+" + digits.lstrip("0") if digits.strip("0") else ""
    return digits.removeprefix("0")


_Finder = Callable[[str], Iterator[tuple[str, str]]]
"""Yields (norm_value, shown)."""


def _finders_for(words: str) -> Iterator[tuple[ObservableKind, _Finder]]:
    """The finders that can find anything at all in these words: most tips hold few digits and one script."""
    is_ascii = words.isascii()
    if _DIGIT.search(words):
        lower = words.lower()
        latin = set(_LATIN.findall(lower))
        if not is_ascii:
            yield ObservableKind.PLATE, _mainland_plates
        if latin:
            yield ObservableKind.PLATE, _foreign_plates
            if not _PLATE_WORDS.isdisjoint(latin) or "牌" in words or "车号" in words:
                yield ObservableKind.PLATE, _cued_plates
        if PHONE_DIGITS.search(words):
            yield ObservableKind.PHONE, _phones
        if not _STREET_WORDS.isdisjoint(latin):
            yield ObservableKind.ADDRESS, _english_addresses
    if not is_ascii and _NUMBER_SIGN.search(words):
        yield ObservableKind.ADDRESS, _chinese_addresses


_DIGIT = re.compile("[0-9]")
_LATIN = re.compile("[a-z]+")


def _phones(words: str) -> Iterator[tuple[str, str]]:
    return ((one.norm_value, one.shown) for one in phones_in(words))


# Patterns begin with a set of characters and look behind from there: `re` then skips fast to the next candidate.

# ── plates ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_MAINLAND = LatePattern(
    rf"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]){GAP}?([A-HJ-Za-hj-z]){GAP}{{0,2}}"
    rf"([0-9A-Za-z]{{1,3}}{GAP}?[0-9A-Za-z]{{2,5}})(?![0-9A-Za-z])([警学挂港澳领试超]?)"
)
"""Province, office letter, then five signs, six of a new-energy car, or four and a word for its use (GA 36)."""

_FOREIGN = LatePattern(
    r"[A-ZÄÖÜ](?<![0-9A-Za-z\-].)(?:([A-ZÄÖÜ]{0,2}-[A-ZÄÖÜ]{1,2}) ?[0-9]{2,4}[EH]?|[A-Z]-[0-9]{3}-[A-Z]{2}"
    r"|(?<=M)[A-Z]?-[0-9]{2}-[0-9]{2}|[A-Z][0-9]{2} ?([A-Z]{3}))(?![0-9A-Za-z\-])"
)
"""Forms distinct enough without a cue: German, French and Italian of today, Macau, British."""

_NOT_A_DISTRICT = frozenset(("WI-FI", "USB-C", "USB-A", "CD-R", "DVD-R", "HP-UX", "A-Z", "X-Y"))
_NOT_A_BRITISH_END = frozenset(("THE", "AND", "FOR", "MEN", "MAN", "CAR", "BUS", "ARE", "WAS", "HAS", "NOT", "ALL"))

_PLATE_WORDS = frozenset(("plate", "plates", "licence", "license", "reg", "registration"))
_CUED = LatePattern(
    r"[车牌号LPRlpr](?:(?<=车)[牌号]|(?<=牌)[照号]|(?<=号)牌"
    r"|(?<![A-Za-z].)(?:(?<=[Pp])(?i:lates?)|(?<=[Ll])(?i:icen[cs]e)|(?<=[Rr])(?i:eg(?:istration)?))(?![A-Za-z]))"
    r"(?:[ :.#\"'(]|号码?|是|为|(?i:no|number|plate|is|was)(?![A-Za-z])){0,6}"
    r"(?<![0-9A-Za-z])([0-9A-Za-z]{1,8}(?:[ \-·][0-9A-Za-z]{1,4}){0,3})(?![0-9A-Za-z])"
)
_AMOUNT = re.compile(r"[0-9]+[a-z]+")


def _mainland_plates(words: str) -> Iterator[tuple[str, str]]:
    for match in _MAINLAND.finditer(words):
        yield from _mainland_plate(match)


def _foreign_plates(words: str) -> Iterator[tuple[str, str]]:
    for match in _FOREIGN.finditer(words):
        district = match[1] and match[0][0] + match[1]
        if district not in _NOT_A_DISTRICT and match[2] not in _NOT_A_BRITISH_END:
            yield plate_part(match[0]), match[0]


def _cued_plates(words: str) -> Iterator[tuple[str, str]]:
    for match in _CUED.finditer(words):
        yield from _cued_plate(match[1])


def _mainland_plate(match: re.Match[str]) -> Iterator[tuple[str, str]]:
    body = plate_part(match[3]).replace("O", "0").replace("I", "1")
    digits = sum(char.isdigit() for char in body)
    use = match[4] if len(body) == 4 else ""
    ordinary = len(body) == 5 and digits >= 3
    new_energy = len(body) == 6 and digits >= 4 and (body[0].isalpha() or body[-1].isalpha())
    special = len(body) == 4 and digits >= 2 and use != ""
    if ordinary or new_energy or special:
        shown = match[0] if use else match[0][: match.end(3) - match.start()]
        yield match[1] + match[2].upper() + body + use, shown


def _cued_plate(run: str) -> Iterator[tuple[str, str]]:
    """A plate of any country in what follows the word 'plate': the pieces up to the first that is plainly a word."""
    end = 0
    for piece in re.finditer(r"[0-9A-Za-z]+", run):
        has_digit = _DIGIT.search(piece[0]) is not None
        if not has_digit and not (piece[0].isupper() and len(piece[0]) <= 3):
            break
        end = piece.end()
    shown = run[:end]
    plate = plate_part(shown)
    digits = sum(char.isdigit() for char in plate)
    if 4 <= len(plate) <= 9 and 1 <= digits < len(plate) and not _AMOUNT.fullmatch(shown):
        yield plate, shown


# ── Chinese addresses ────────────────────────────────────────────────────────────────────────────────────────────────

_NUMERAL = "一二三四五六七八九十百"
_NUMBER = f"[0-9{_NUMERAL}][0-9{_NUMERAL}]{{0,5}}"
_END = "(?:-[0-9]{1,4})?[甲乙丙丁A-Ea-e]?(?:支弄|弄|号楼|号院|号(?![线口桌])|栋|幢|单元|座|室|层|楼|房|户|门)"
_COUNTED = "0-9个人名辆台部米元块天年月日点时分秒次家条只位多余几岁公里路%:"
_NUMBERED = LatePattern(
    rf"[0-9{_NUMERAL}](?<![0-9.\-月{_NUMERAL}].)[0-9{_NUMERAL}]{{0,5}}"
    rf"(?:({_END}(?:(?:[ ,](?![0-9]{{1,5}}弄))?{_NUMBER}{_END}){{0,6}})(-?[0-9]{{3,4}}(?![{_COUNTED}]))?"
    rf"|(?![{_COUNTED}{_NUMERAL}]))"
)
_NUMBER_SIGN = LatePattern("[号弄栋幢室路街巷道单座楼]")
_UNIT = re.compile("支弄|弄|号楼|号院|号|栋|幢|单元|座|室|层|楼|房|户|门")
_HAN_TAIL = LatePattern("[\u4e00-\u9fff]+$")
_NAMED = LatePattern("(?:大道|[路街弄巷村苑]|胡同|小区|社区|花园|家园|公寓|大厦|广场|公馆)$")
_LEAD = LatePattern(
    "^.*(?:街道|[在到从去往住是的了有与把被说着给找位们省市区县镇乡于第路街号弄]|[今昨明]天|[今昨][晚夜]|凌晨|早上|上午|中午|下午"
    "|晚上|夜里|半夜|深夜|刚才|现在|最近|目前|附近|旁边|对面|门口|经过|举报|发现|看到|看见|听到|隔壁|靠近|前面|后面|报告|反映"
    "|地址|地点|每天|一直|我家)"
)
"""Words that stand before the name of a street, and what a street lies in: neither belongs to the name."""

_NAME_WINDOW = 14
_BEFORE_A_BARE_NUMBER = frozenset("路街道弄巷")


def _chinese_addresses(words: str) -> Iterator[tuple[str, str]]:
    for match in _NUMBERED.finditer(words):
        parts, room = match[1], match[2] or ""
        if (
            parts is None
            and words[max(0, match.start() - 2) : match.start()].rstrip()[-1:] not in _BEFORE_A_BARE_NUMBER
        ):
            continue
        name, start = _street_before(words, match.start())
        if not name and (parts is None or len(set(_UNIT.findall(parts))) < 2):
            continue
        numbers = match[0].removesuffix(room) + ("号" if parts is None else "")
        norm = "".join([char for char in name + numbers if char not in " ,"])
        if room:
            norm += room.lstrip("-") + "室"
        yield norm.upper(), words[start : match.end()]


def _street_before(words: str, end: int) -> tuple[str, int]:
    """The name of the street or compound that ends at `end`, and where it starts; ('', end) when there is none."""
    window = words[max(0, end - _NAME_WINDOW) : end]
    trimmed = window.rstrip(" ,第")
    tail = _HAN_TAIL.search(trimmed)
    kind = _NAMED.search(trimmed)
    if tail is None or kind is None:
        return "", end
    lead = _LEAD.search(trimmed[tail.start() : kind.start()])
    start = tail.start() + (lead.end() if lead else 0)
    if not 2 <= kind.start() - start <= 6:
        return "", end
    return trimmed[start:], end - len(window) + start


# ── English addresses ────────────────────────────────────────────────────────────────────────────────────────────────

_SHORT = {
    "ROAD": "RD", "STREET": "ST", "AVENUE": "AVE", "LANE": "LN", "BOULEVARD": "BLVD", "DRIVE": "DR", "HIGHWAY": "HWY",
    "SQUARE": "SQ", "APARTMENT": "APT", "BUILDING": "BLDG", "FLOOR": "FL", "ROOM": "RM", "NUMBER": "NO", "BLOCK": "BLK",
}  # fmt: skip
_STREETS = "road|rd|street|st|avenue|ave|lane|ln|boulevard|blvd|alley|drive|dr|highway|hwy|square|sq|terrace|way"
_STREET = f"(?i:(?=[ABDHLRSTW])(?:{_STREETS}))"
_STREET_WORDS = frozenset((*_STREETS.split("|"), "building", "bldg", "block", "house", "tower"))
_COUNTED_EN = (
    "(?! ?(?:[ap]m|men|people|persons?|youths|boys|girls|cars?|bikes|dogs|times|minutes|min|hours?|days?|m|km|kg|of)"
    "(?![a-z]))(?!:?[0-9A-Za-z])"
)
_TAIL = (
    r"(?:,? ?(?i:room|rm|apartment|apt|flat|unit|gate|building|bldg|block|floor|house|tower|lane|number|no|#)"
    rf"\.? ?#?[0-9]{{1,5}}[A-Za-z]?{_COUNTED_EN}){{0,5}}"
)
_NUMBER_FIRST = LatePattern(
    r"([0-9](?<![0-9A-Za-z.:].)[0-9]{0,4}[A-Za-z]?),? "
    rf"((?:[A-Za-z'’]{{2,20}} |[0-9]{{1,3}}(?:st|nd|rd|th) ){{1,4}}?)({_STREET})(?![A-Za-z])\.?({_TAIL})"
)
_NAME_FIRST = LatePattern(
    r"([A-Za-z](?<![0-9A-Za-z].)(?:(?<=[A-Z])[A-Za-z'’]{1,20} (?:[A-Z][A-Za-z'’]{1,20} ){0,3}?"
    rf"|(?<=[a-z])[a-z]{{3,19}} ))({_STREET})(?![A-Za-z])\.?"
    rf"((?:,? ?(?:(?i:no)\.? ?|#)?([0-9]{{1,5}}[A-Za-z]?){_COUNTED_EN})?{_TAIL})"
)
_UNNAMED = LatePattern(
    r"[BHLTbhlt](?<![A-Za-z].)(?:(?<=[Ll])(?i:ane)|(?<=[Bb])(?i:lock|uilding|ldg)|(?<=[Hh])(?i:ouse)"
    rf"|(?<=[Tt])(?i:ower))\.? ?(?:(?i:no)\.? ?)?[0-9]{{1,5}}[A-Za-z]?{_COUNTED_EN}({_TAIL})"
)
_NOT_A_NAME = frozenset((
    "a", "an", "the", "this", "that", "on", "of", "in", "at", "by", "to", "from", "near", "off", "our", "my",
    "their", "same", "main", "next", "other", "another", "each", "every", "down", "and", "or", "along",
    "across", "side", "wrong", "high", "bus", "bike", "cycle", "inner", "outer", "traffic", "empty",
    "blocked", "whole", "with", "metre", "meter", "opposite", "today", "tonight", "yesterday",
    "someone",
))  # fmt: skip
_PLAIN_STREETS = frozenset(("RD", "ST", "AVE", "BLVD"))
"""What a lower-case name may stand before; 'sofa blocks lane 22' names no Blocks Lane."""
_PIECE = re.compile(r"[0-9]+(?:[A-Za-z](?![A-Za-z]))?|[A-Za-z]+")


def _english_addresses(words: str) -> Iterator[tuple[str, str]]:
    taken: set[int] = set()
    for match in _NUMBER_FIRST.finditer(words):
        if _is_street_name(match[2].split(), match[3]):
            taken.update(range(match.start(3), match.end()))
            yield _short(match[2] + match[3]) + match[1].upper() + _short(match[4]), match[0].rstrip(" ,.")
    for match in _NAME_FIRST.finditer(words):
        names = match[1].split()
        while names and names[0].lower() in _NOT_A_NAME:
            names.pop(0)
        if names and match[3] and match.start(2) not in taken and _is_street_name(names, match[2]):
            taken.update(range(match.start(2), match.end()))
            number = _short(match[3]).removeprefix("NO") if match[4] else _short(match[3])
            yield _short(" ".join([*names, match[2]])) + number, match[0][match[0].index(names[0]) :].rstrip(" ,.")
    for match in _UNNAMED.finditer(words):
        if match[1] and match.start() not in taken:
            yield _short(match[0]), match[0].rstrip(" ,.")


def _is_street_name(names: list[str], street: str) -> bool:
    """Capitals, or one longer word before a plain 'road': '3 men down the road' names none."""
    capitals = all(name[0].isupper() or name[0].isdigit() for name in names)
    lone = len(names) == 1 and len(names[0]) >= 4 and _short(street) in _PLAIN_STREETS
    return (capitals or lone) and _NOT_A_NAME.isdisjoint([name.lower() for name in names])


def _short(words: str) -> str:
    """Upper case without spaces and signs, 'Road' and 'Rd' alike."""
    return "".join(_SHORT.get(piece, piece) for piece in _PIECE.findall(words.upper()))
