"""The form in which words are searched and the pairs of letters they are indexed by; the store calls it both ways."""

from __future__ import annotations

import re
import unicodedata
from operator import add

_RARE = re.compile(r"[^\w\s!-~\u2010-\u2026\u3000-\u301f\uff01-\uff20]")
"""What may need a look at its Unicode category: all but letters, digits, blanks and the usual ASCII, general and
CJK punctuation."""

_FLOOD = re.compile(r"[^\w\s]{31,}")
"""More marks in a row than Unicode's stream-safe form allows (UAX 15, D4: 30). Normalising them takes time in the
square of their number (20,000: 0.3 s), so they are dropped before."""

_NOT_WORD = re.compile(r"[\W_]+")

_DROPPED_CATEGORIES = frozenset(("Mn", "Mc", "Me", "Cf", "Cc"))
_JOINING_DOTS = frozenset("\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65")
"""Middle dots stand inside plates and names: dropped, so that with or without one, both ways of writing are found."""


def _drop_hidden(text: str) -> str:
    category = unicodedata.category
    return "".join(
        [
            char
            for char in text
            if char.isalnum()
            or char.isspace()
            or (char not in _JOINING_DOTS and category(char) not in _DROPPED_CATEGORIES)
        ]
    )


_ASCII = re.compile("[0-9a-z]{3,}")


def settle(text: str) -> str:
    """`text` in Unicode form NFKC (full-width letters become ASCII), in linear time even for a flood of marks."""
    if text.isascii():
        return text
    if _FLOOD.search(text):
        text = _drop_hidden(text)
    return unicodedata.normalize("NFKC", text)


def fold(text: str) -> str:
    """The search form of `text`: runs of letters and digits, one space between them, none at the ends.

    NFKC, case folded; combining marks, control and zero-width characters and middle dots are dropped; every other
    character that is no letter or digit (`str.isalnum`) counts as a space. The result holds only ASCII [0-9a-z],
    space, and letters or digits beyond U+007F, so 'split at spaces' is the whole definition of a run, in Python and
    in SQL. Folding twice changes nothing.

    Fold both sides: a query word with punctuation inside (沪A-12345) becomes several runs (`沪a 12345`), each of which
    must be found; between two runs of a text there is always one space, so LIKE finds a folded phrase as it is.
    """
    if text.isascii():
        return _NOT_WORD.sub(" ", _drop_hidden(text) if not text.isprintable() else text).strip().lower()
    folded = settle(text).casefold()
    if _RARE.search(folded):
        folded = unicodedata.normalize("NFKC", _drop_hidden(folded)).casefold()
    return _NOT_WORD.sub(" ", folded).strip()


def bigrams(folded: str) -> list[str]:
    """The tokens to index for a folded text: within each run every pair of neighbours, the last character alone, and of
    ASCII letters and digits every three neighbours too: pairs of the Latin alphabet are in nearly every text.

    Unique; no token holds a space, a quote or a `*`. The lone last character makes every character of the text the
    beginning of some token, which is what the prefix query for one character relies on.
    """
    tokens: list[str] = []
    for run in folded.split():
        tokens += map(add, run, run[1:])
        tokens.append(run[-1])
        for part in (run,) if run.isascii() else _ASCII.findall(run):
            tokens += map(add, map(add, part, part[1:]), part[2:])
    return list(dict.fromkeys(tokens))


def query_bigrams(folded_word: str) -> list[str]:
    """The tokens all of which a text must have to hold `folded_word` (a folded word or phrase); [] for an empty one.

    Of ASCII the fewest threes that cover it; of anything else, and of just two characters, the pairs; both to be
    matched whole. Only when there is no run of two: its single characters, each to be asked for as a *prefix* (FTS5:
    `赌*`), as every character of a text begins one of its tokens. They are necessary, not sufficient: the store checks
    again with LIKE on the folded text.
    """
    runs = folded_word.split()
    tokens = [token for run in runs for token in _covering(run)]
    return list(dict.fromkeys(tokens or runs))


def _covering(run: str) -> list[str]:
    """Tokens of a run that together hold all its characters, [] for a single one."""
    threes: list[str] = []
    covered: set[int] = set()
    for part in _ASCII.finditer(run):
        last = part.end() - 3
        threes += (run[n : n + 3] for n in (*range(part.start(), last, 3), last))
        covered.update(range(part.start(), part.end() - 1))
    return threes + [run[n : n + 2] for n in range(len(run) - 1) if n not in covered]
