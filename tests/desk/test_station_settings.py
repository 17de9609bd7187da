"""A station's clocks on both engines: set by an admin, counting from then on, each change an entry of its chain."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console import desk
from console.desk import audit, station_settings
from console.errors import NotAllowed, NotFound
from console.model.audit import AuditAction
from console.model.officer import Officer
from console.model.station_settings import Setting, parse_settings
from console.model.tip import CloseReason, Urgency
from tests.desk.conftest import Desk
from tests.desk.test_officers import admin
from tests.desk.test_signing import written

__all__ = ["admin"]


async def test_clocks_count_from_then_on(station: Desk, admin: Officer) -> None:
    before = await desk.close_tip(station.store, station.zhou, await station.new_tip(), CloseReason.NO_ACTION)
    rings = await station.new_tip("Smoke", "2")
    values = parse_settings(["erase.closed=60d", "respond.alarm=2m", "name=Jiangning"])
    after = await station_settings.change(station.store, admin, "jnl", values)
    assert (after.erase_after.closed_days, after.respond_within.alarm_s, after.name) == (60, 120, "Jiangning")
    rings = await desk.set_urgency(station.store, station.zhou, rings, Urgency.ALARM)
    assert rings.respond_by == rings.received_at + timedelta(minutes=2)
    closed = await desk.close_tip(station.store, station.zhou, rings, CloseReason.NO_ACTION)
    assert closed.erase_at is not None
    assert closed.moved_at is not None
    assert (closed.erase_at - closed.moved_at).days == 60
    assert (await station.tip_again(before)).erase_at == before.erase_at
    untouched = {one.code: one for one in await station_settings.all_stations(station.store, admin)}["KDR"]
    assert untouched.erase_after.closed_days == 30
    told = '{"erase.closed":"30d -> 60d","name":"Jiangning Road -> Jiangning","respond.alarm":"5m -> 2m"}'
    assert await written(station.store) == [(AuditAction.SETTING_CHANGED, admin.id, told)]
    assert (await audit.verify(station.store, await audit.operator(station.store))).is_sound


async def test_a_refused_change_changes_nothing(station: Desk, admin: Officer) -> None:
    for code, values, error, why in (
        ("XXX", {Setting.ERASE_CLOSED: 60}, NotFound, "no such station"),
        ("JNL", {Setting.ERASE_CLOSED: 60, Setting.ERASE_SOLVED: 0}, NotAllowed, "1 to 3650 days"),
        ("JNL", {Setting.RESPOND_ALARM: 4000}, NotAllowed, "An alarm waits no longer"),
        ("JNL", {Setting.ERASE_CLOSED: 30}, NotAllowed, "JNL is set so already"),
        ("JNL", {}, NotAllowed, "JNL is set so already"),
    ):
        with pytest.raises(error, match=why):
            await station_settings.change(station.store, admin, code, values)
    before = {one.code: one for one in await station_settings.all_stations(station.store, admin)}["JNL"]
    assert before.erase_after.closed_days == 30
    assert await written(station.store) == []
