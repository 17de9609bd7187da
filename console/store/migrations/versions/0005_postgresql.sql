-- When a tip's words are erased, what holds them, and the lane for complaints about police.
ALTER TABLE station ADD COLUMN erase_solved_days integer NOT NULL DEFAULT 365 CHECK (erase_solved_days > 0);
ALTER TABLE station ADD COLUMN erase_referred_days integer NOT NULL DEFAULT 365 CHECK (erase_referred_days > 0);
ALTER TABLE station ADD COLUMN erase_closed_days integer NOT NULL DEFAULT 30 CHECK (erase_closed_days > 0);

-- erase_at runs from the step that ended or referred it; origin_id is the station a complaint came from.
ALTER TABLE tip ADD COLUMN erase_at timestamptz;
ALTER TABLE tip ADD COLUMN erased_at timestamptz;
ALTER TABLE tip ADD COLUMN held_until timestamptz;
ALTER TABLE tip ADD COLUMN origin_id integer REFERENCES station (id);

-- What ended before this revision is kept for 30 days more at least.
UPDATE tip SET erase_at = greatest(
    now() + interval '30 days',
    coalesce(moved_at, received_at) + CASE
        WHEN close_reason = 'not-a-police-matter' THEN 1 WHEN status = 'closed' THEN 30 ELSE 365 END * interval '1 day'
)
WHERE status IN ('referred', 'solved', 'closed');

CREATE INDEX ix_tip_erase_at ON tip (erase_at) WHERE erase_at IS NOT NULL;
CREATE INDEX ix_tip_not_police ON tip (station_id) WHERE close_reason = 'not-a-police-matter';

-- Which court or oversight body wants a tip kept, and until when.
CREATE TABLE hold (
    station_id integer NOT NULL,
    tip_id uuid NOT NULL,
    n integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('court', 'oversight')),
    reason text NOT NULL,
    reference text NOT NULL,
    at timestamptz NOT NULL,
    officer_id integer NOT NULL REFERENCES officer (id),
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by integer REFERENCES officer (id),
    PRIMARY KEY (station_id, tip_id, n),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id)
);

-- Officers a complaint names, by code: they never see it.
CREATE TABLE named_officer (
    station_id integer NOT NULL,
    tip_id uuid NOT NULL,
    code text NOT NULL,
    PRIMARY KEY (station_id, tip_id, code),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id)
);
CREATE INDEX ix_named_officer_code ON named_officer (code);

-- Contents that no tip names any more; their files go once this is on disk.
CREATE INDEX ix_attachment_sha256 ON attachment (sha256);
CREATE TABLE spent_attachment (sha256 text PRIMARY KEY, at timestamptz NOT NULL);

-- Makes of an erased tip's delivery key a value that still recognises the delivery.
CREATE TABLE delivery_secret (n integer PRIMARY KEY CHECK (n = 1), secret bytea NOT NULL CHECK (length(secret) = 32));
INSERT INTO delivery_secret (n, secret)
VALUES (1, sha256((gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text)::bytea));

-- The lane for complaints about police: read by officers granted to it alone.
INSERT INTO district (id, code, name) VALUES (-1, 'OVS', 'Oversight');
INSERT INTO station (id, district_id, code, name, timezone, respond_routine_s, respond_priority_s, respond_alarm_s)
VALUES (-1, -1, 'OVS', 'Oversight', 'Asia/Shanghai', 86400, 3600, 300);
INSERT INTO station_counter (station_id) VALUES (-1);
