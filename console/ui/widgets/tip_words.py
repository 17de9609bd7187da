"""Words for kinds of people, close reasons, referrals and shared observables. Detail, tree and modals call it."""

from __future__ import annotations

from functools import cache

from console.model.hold import HoldKind
from console.model.officer import Role
from console.model.referral import ReferralState
from console.model.room import MemberKind
from console.model.tip import CloseReason
from console.words import gettext as _


@cache
def _kinds() -> dict[str, str]:
    return {
        MemberKind.COMMITTEE: _("committee"),
        MemberKind.VOLUNTEER: _("volunteer"),
        MemberKind.PROPERTY: _("property"),
        MemberKind.GUARD: _("guard"),
        MemberKind.SHOP: _("shop"),
        MemberKind.CLEANER: _("cleaner"),
        MemberKind.RESIDENT: _("resident"),
        Role.DUTY: _("duty"),
        Role.SUPERVISOR: _("supervisor"),
        Role.AUDITOR: _("auditor"),
        Role.ADMIN: _("admin"),
        "phone": _("phone"),
        "counter": _("counter"),
    }


@cache
def _reasons() -> dict[str, str]:
    return {
        CloseReason.NO_ACTION: _("no action"),
        CloseReason.DUPLICATE: _("duplicate"),
        CloseReason.UNFOUNDED: _("unfounded"),
        CloseReason.NOT_POLICE_MATTER: _("not a police matter"),
        CloseReason.TO_OVERSIGHT: _("passed to oversight"),
    }


@cache
def _referrals() -> dict[ReferralState, str]:
    return {
        ReferralState.SENT: _("sent"),
        ReferralState.SEEN: _("seen"),
        ReferralState.ACCEPTED: _("accepted"),
        ReferralState.DECLINED: _("declined"),
        ReferralState.DONE: _("done"),
        ReferralState.RETURNED: _("returned"),
        ReferralState.WITHDRAWN: _("withdrawn"),
    }


def kind_word(kind: str) -> str:
    """What a member, reporter or officer is; a kind we do not know comes back as it is (raw)."""
    return _kinds().get(kind, kind)


def reason_word(reason: str) -> str:
    """Why a tip was closed; an unknown reason comes back as it is (raw)."""
    return _reasons().get(reason, reason)


def hold_word(kind: HoldKind) -> str:
    """Who wants a tip kept."""
    return {HoldKind.COURT: _("court"), HoldKind.OVERSIGHT: _("oversight")}[kind]


def referral_word(state: ReferralState) -> str:
    """How far a referral has come."""
    return _referrals()[state]


def shared_by(kind: str, shown: str, tips: int) -> str:
    """Why tips are linked: the observable they share, as found in this one; raw words: use the door."""
    sentences = {
        "plate": _("plate {shown} in {tips} tips:"),
        "phone": _("phone {shown} in {tips} tips:"),
        "address": _("address {shown} in {tips} tips:"),
    }
    return sentences.get(kind, _("{shown} in {tips} tips:")).format(shown=shown, tips=tips)
