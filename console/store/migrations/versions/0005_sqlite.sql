-- When a tip's words are erased, what holds them, and the lane for complaints about police.
ALTER TABLE station ADD COLUMN erase_solved_days INTEGER NOT NULL DEFAULT 365 CHECK (erase_solved_days > 0);
ALTER TABLE station ADD COLUMN erase_referred_days INTEGER NOT NULL DEFAULT 365 CHECK (erase_referred_days > 0);
ALTER TABLE station ADD COLUMN erase_closed_days INTEGER NOT NULL DEFAULT 30 CHECK (erase_closed_days > 0);

-- erase_at runs from the step that ended or referred it; origin_id is the station a complaint came from.
ALTER TABLE tip ADD COLUMN erase_at INTEGER;
ALTER TABLE tip ADD COLUMN erased_at INTEGER;
ALTER TABLE tip ADD COLUMN held_until INTEGER;
ALTER TABLE tip ADD COLUMN origin_id INTEGER REFERENCES station (id);

-- What ended before this revision is kept for 30 days more at least.
UPDATE tip SET erase_at = max(
    CAST(strftime('%s', 'now') AS INTEGER) + 30 * 86400,
    coalesce(moved_at, received_at) / 1000000 + CASE
        WHEN close_reason = 'not-a-police-matter' THEN 1 WHEN status = 'closed' THEN 30 ELSE 365 END * 86400
) * 1000000
WHERE status IN ('referred', 'solved', 'closed');

CREATE INDEX ix_tip_erase_at ON tip (erase_at) WHERE erase_at IS NOT NULL;
CREATE INDEX ix_tip_not_police ON tip (station_id) WHERE close_reason = 'not-a-police-matter';

-- Which court or oversight body wants a tip kept, and until when.
CREATE TABLE hold (
    station_id INTEGER NOT NULL,
    tip_id BLOB NOT NULL REFERENCES tip (id),
    n INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('court', 'oversight')),
    reason TEXT NOT NULL,
    reference TEXT NOT NULL,
    at INTEGER NOT NULL,
    officer_id INTEGER NOT NULL REFERENCES officer (id),
    ends_at INTEGER NOT NULL,
    ended_at INTEGER,
    ended_by INTEGER REFERENCES officer (id),
    PRIMARY KEY (station_id, tip_id, n)
) STRICT, WITHOUT ROWID;

-- Officers a complaint names, by code: they never see it.
CREATE TABLE named_officer (
    station_id INTEGER NOT NULL,
    tip_id BLOB NOT NULL REFERENCES tip (id),
    code TEXT NOT NULL,
    PRIMARY KEY (station_id, tip_id, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_named_officer_code ON named_officer (code);

-- Contents that no tip names any more; their files go once this is on disk.
CREATE INDEX ix_attachment_sha256 ON attachment (sha256);
CREATE TABLE spent_attachment (sha256 TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Makes of an erased tip's delivery key a value that still recognises the delivery.
CREATE TABLE delivery_secret (n INTEGER PRIMARY KEY CHECK (n = 1), secret BLOB NOT NULL CHECK (length(secret) = 32)) STRICT;
INSERT INTO delivery_secret (n, secret) VALUES (1, randomblob(32));

-- The lane for complaints about police: read by officers granted to it alone.
INSERT INTO district (id, code, name) VALUES (-1, 'OVS', 'Oversight');
INSERT INTO station (id, district_id, code, name, timezone, respond_routine_s, respond_priority_s, respond_alarm_s)
VALUES (-1, -1, 'OVS', 'Oversight', 'Asia/Shanghai', 86400, 3600, 300);
INSERT INTO station_counter (station_id) VALUES (-1);
