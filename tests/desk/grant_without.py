"""Verbs and methods in which no officer acts, with the reason."""

from __future__ import annotations

from typing import Final

VERBS_WITHOUT: Final[dict[str, str]] = {
    "audit.anchor": "the program itself, every quarter of an hour",
    "audit.heads": "codes, numbers and hashes, for the anchors",
    "audit.operator": "the operator of the machine, who owns the store's file",
    "audit.faults_against": "what this console saw of the chains before, against what they are now",
    "erasing": "the nightly run: the program itself",
    "guard": "it is what stands before the others",
    "operated": "entries of the audit of what was done to the store as a whole",
    "past": "seeding writes a made-up past",
    "sealing": "keys of the vault, and how many wait to be sealed again: the program's and the operator's",
    "setup": "seeding sets a city up, as the operator of the machine",
    "written": "entries of the audit of what another verb showed",
    "signing": "whoever types a password is not an officer yet; locking and leaving are one's own",
    "reading.check_somebody_is_there": "whether there is any officer",
    "receiving.receive_arrivals": "the intake: a tip belongs where its room is",
    "reveals.end_reveal": "of what was shown to the officer: that it is over is written down whatever became of them",
    "officers.add_first_admin": "only in a store without any officer",
    "officers.no_officers": "whether there is anybody at all",
}
"""Modules and verbs of the desk in which no officer acts, and why."""

METHODS_WITHOUT: Final[dict[str, str]] = {
    "audit": "the chain itself: every verb writes to it, what it holds is another's to read",
    "chain.auditor_of_all": "the operator of the machine",
    "chain.codes_of": "codes of stations, to name what was found",
    "chain.counted": "codes and numbers of stations, to look for heads noted before",
    "chain.hashes_at": "of chains that `ends` named for an officer",
    "chain.heads": "codes, numbers and hashes, for the anchors",
    "chain.rows_after": "of chains that `ends` named for an officer",
    "checks": "`taskroom doctor`, the operator of the machine",
    "claims": "gives back what somebody claimed who leaves, at every station",
    "erasing": "the nightly run, and the tombstone of what Tips or Passing has looked at",
    "holds.held_until": "of a tip that Tips has handed out",
    "holds.holds_of": "of a tip that Tips has handed out",
    "named": "conditions and counts for TipList and Tips, which are confined to what is granted",
    "wiping": "how SQLite deletes",
    "desk_roles": "the owner of a shared database",
    "direct": "the driver under a connection",
    "officers": "who will act; `Officers` is an admin's and refuses everybody else as it is made (ONLY_ADMIN)",
    "places.station_by_code": "any station of the city, for who sets officers up",
    "recounts": "`taskroom doctor`, the operator of the machine",
    "past": "seeding writes a made-up past",
    "refusals": "what is written down of an attempt",
    "oversight.Passing.check_codes": "whether officers have these codes, which is nothing of a tip's",
    "reveals.end_own": "of what was shown to the officer: written down whatever became of them",
    "restore": "`taskroom restore`, the operator of the machine",
    "revisions": "the store's schema",
    "rows": "a column",
    "setup": "seeding sets a city up, as the operator of the machine",
    "search.grams_found": "a condition for TipList, which is confined to what is granted",
    "search.is_desk": "which database role is connected",
    "search.words_held": "a condition for TipList, which is confined to what is granted",
    "walk": "the hits of TipList, which is confined to what is granted",
    "search_index": "`taskroom search rebuild`, the operator of the machine",
    "station_settings": "`StationSettings` is an admin's and refuses everybody else as it is made (ONLY_ADMIN)",
    "vault_keys": "wrapped keys and sealed bytes: the operator of the machine",
    "sign_ins": "whoever types a password is not an officer yet",
}
"""The same of the store."""
