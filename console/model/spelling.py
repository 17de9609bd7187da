"""How what is typed becomes what is kept and looked for, where it is not words of a tip (`fold`)."""

from __future__ import annotations

import re
import unicodedata

_WHOLE_REF = re.compile(r".+-\d{4}-\d{4,}")


def keepable(value: str) -> str:
    """As a store could have it: half a character of a paste becomes a question mark, as no store keeps it."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def as_kept(value: str) -> str:
    """Codes and names in the letters they are kept in: full-width ones are an input method's."""
    return keepable(unicodedata.normalize("NFKC", value)).strip()


def is_whole_ref(ref: str) -> bool:
    """Whether it is written as a tip's whole reference is (JNL-1120-0042), else it is a part of one."""
    return _WHOLE_REF.fullmatch(ref) is not None
