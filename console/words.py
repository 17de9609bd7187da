"""Sentences for people: `gettext` and `ngettext` of one catalogue, looked up once; whatever speaks imports them here.

The functions of the module `gettext` look for a catalogue's file at every call, which is 40 to 90 µs a word.
"""

from __future__ import annotations

from gettext import translation

_SPOKEN = translation("taskroom", fallback=True)
gettext = _SPOKEN.gettext
ngettext = _SPOKEN.ngettext
