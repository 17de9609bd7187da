"""The auditor's filter line: terms with completion, the wrong one underlined. The audit screen reads what is typed."""

from __future__ import annotations

from textual.suggester import Suggester

from console.model.audit_log import ACTIONS, KEYS
from console.ui.widgets.search_box import SearchBox
from console.words import gettext as _


class AuditTerms(Suggester):
    """Completes the term at the end of what is typed: its key, then an action's name."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        typed = value.rpartition(" ")[2]
        if not typed:
            return None
        offers = [*(f"{key}:" for key in KEYS), *(f"action:{name}" for name in ACTIONS)]
        fitting = next((one for one in offers if one.startswith(typed) and one != typed), None)
        return None if fitting is None else value[: len(value) - len(typed)] + fitting


class AuditBox(SearchBox):
    """`/` and an input, as at the desk."""

    placeholder = _("officer:JNL-001 action:reveal station:JNL tip:REF since:3d")

    def suggester(self) -> Suggester:
        return AuditTerms()
