"""The stations as an admin sets them: clocks, name, time zone. Each change is an entry of the station's chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from console.errors import NotAllowed
from console.model.audit import AuditAction
from console.model.officer import Officer
from console.model.station import UNROUTED_STATION_ID, Station
from console.model.station_settings import Setting, changed, settings_of, why_not_set, written
from console.store import audit
from console.store import tables as t
from console.store.places import station_by_code, station_of
from console.words import gettext as _

_COLUMNS = {
    Setting.NAME: "name",
    Setting.TIMEZONE: "timezone",
    Setting.RESPOND_ROUTINE: "respond_routine_s",
    Setting.RESPOND_PRIORITY: "respond_priority_s",
    Setting.RESPOND_ALARM: "respond_alarm_s",
    Setting.ERASE_SOLVED: "erase_solved_days",
    Setting.ERASE_REFERRED: "erase_referred_days",
    Setting.ERASE_CLOSED: "erase_closed_days",
}


class StationSettings:
    """All stations of the store, for an admin. Raises NotAllowed for anybody else."""

    def __init__(self, conn: Connection, officer: Officer) -> None:
        why = officer.why_not_set_up()
        if why is not None:
            raise NotAllowed(why)
        self.conn = conn
        self.officer = officer

    def all(self) -> list[Station]:
        """By code, the lanes last."""
        rows = self.conn.execute(select(t.station).order_by(t.station.c.code))
        return sorted((station_of(row) for row in rows), key=lambda one: one.id <= UNROUTED_STATION_ID)

    def change(self, code: str, values: Mapping[Setting, str | int], now: datetime) -> Station:
        """The station with these settings. Raises NotFound, and NotAllowed for what cannot be or is so already."""
        station_id = station_by_code(self.conn, code).id
        row = select(t.station).where(t.station.c.id == station_id).with_for_update()
        before = station_of(self.conn.execute(row).one())
        after = changed(before, values)
        why = why_not_set(after)
        if why is not None:
            raise NotAllowed(why)
        old, new = settings_of(before), settings_of(after)
        differ = [one for one in Setting if old[one] != new[one]]
        if not differ:
            raise NotAllowed(_("{code} is set so already: nothing was changed.").format(code=before.code))
        columns = {_COLUMNS[one]: new[one] for one in differ}
        self.conn.execute(update(t.station).where(t.station.c.id == station_id).values(columns))
        about = {one.value: f"{written(one, old[one])} -> {written(one, new[one])}" for one in differ}
        audit.append(self.conn, station_id, self.officer.id, AuditAction.SETTING_CHANGED, now, about=about)
        return after
