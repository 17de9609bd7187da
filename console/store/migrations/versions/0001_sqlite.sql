-- The first store, SQLite form. Times are whole microseconds since 1970 UTC, ids are UUIDv7 in 16 bytes.
CREATE TABLE district (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL) STRICT;

CREATE TABLE station (
    id INTEGER PRIMARY KEY,
    district_id INTEGER NOT NULL REFERENCES district (id),
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    respond_routine_s INTEGER NOT NULL CHECK (respond_routine_s > 0),
    respond_priority_s INTEGER NOT NULL CHECK (respond_priority_s > 0),
    respond_alarm_s INTEGER NOT NULL CHECK (respond_alarm_s > 0),
    officers INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX ix_station_district_id ON station (district_id, code);

CREATE TABLE station_counter (
    station_id INTEGER PRIMARY KEY REFERENCES station (id),
    event_seq INTEGER NOT NULL DEFAULT 0,
    audit_seq INTEGER NOT NULL DEFAULT 0,
    ref_day TEXT,
    ref_no INTEGER NOT NULL DEFAULT 0,
    new INTEGER NOT NULL DEFAULT 0 CHECK (new >= 0),
    investigating INTEGER NOT NULL DEFAULT 0 CHECK (investigating >= 0),
    referred INTEGER NOT NULL DEFAULT 0 CHECK (referred >= 0),
    solved INTEGER NOT NULL DEFAULT 0 CHECK (solved >= 0),
    closed INTEGER NOT NULL DEFAULT 0 CHECK (closed >= 0),
    alarms INTEGER NOT NULL DEFAULT 0 CHECK (alarms >= 0)
) STRICT;

CREATE TABLE officer (
    id INTEGER PRIMARY KEY,
    station_id INTEGER NOT NULL REFERENCES station (id),
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('duty', 'supervisor', 'auditor', 'admin')),
    rooms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX ix_officer_station_id ON officer (station_id, code);

CREATE TABLE officer_grant (
    officer_id INTEGER NOT NULL REFERENCES officer (id),
    station_id INTEGER NOT NULL REFERENCES station (id),
    ends_at INTEGER,
    PRIMARY KEY (officer_id, station_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE agency (
    station_id INTEGER NOT NULL REFERENCES station (id),
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (station_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE room (
    station_id INTEGER NOT NULL REFERENCES station (id),
    id INTEGER NOT NULL,
    officer_id INTEGER NOT NULL REFERENCES officer (id),
    number INTEGER NOT NULL,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    members INTEGER NOT NULL DEFAULT 0 CHECK (members >= 0),
    PRIMARY KEY (station_id, id),
    UNIQUE (station_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_room_station_id_officer_id ON room (station_id, officer_id, number);

CREATE TABLE member (
    station_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    pseudonym TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'left', 'removed')),
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (station_id, id),
    FOREIGN KEY (station_id, room_id) REFERENCES room (station_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_member_station_id_room_id ON member (station_id, room_id, state);

-- n is the rowid: every index carries it, so (station_id, status) is already in feed order.
CREATE TABLE tip (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    station_id INTEGER NOT NULL REFERENCES station (id),
    ref TEXT NOT NULL,
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('new', 'investigating', 'referred', 'solved', 'closed')),
    urgency TEXT NOT NULL CHECK (urgency IN ('routine', 'priority', 'alarm')),
    category TEXT NOT NULL,
    text TEXT NOT NULL,
    folded TEXT NOT NULL,
    place TEXT,
    latitude REAL,
    longitude REAL,
    room_id INTEGER,
    reported_at INTEGER,
    received_at INTEGER NOT NULL,
    respond_by INTEGER NOT NULL,
    moved_at INTEGER,
    responded_at INTEGER,
    claimed_by INTEGER REFERENCES officer (id),
    claimed_at INTEGER,
    acknowledged_at INTEGER,
    acknowledged_by INTEGER REFERENCES officer (id),
    duplicate_of TEXT,
    close_reason TEXT,
    outcome TEXT,
    answers TEXT,
    reporter_kind TEXT,
    has_reporter INTEGER NOT NULL,
    attachments INTEGER NOT NULL,
    encoding_guessed INTEGER NOT NULL,
    unrouted_name TEXT,
    version INTEGER NOT NULL,
    UNIQUE (source, source_key),
    FOREIGN KEY (station_id, room_id) REFERENCES room (station_id, id)
) STRICT;
CREATE INDEX ix_tip_station_id_status ON tip (station_id, status);
CREATE INDEX ix_tip_station_id_ref ON tip (station_id, ref);
CREATE INDEX ix_tip_station_id_room_id ON tip (station_id, room_id) WHERE room_id IS NOT NULL;
CREATE INDEX ix_tip_station_id_claimed_by ON tip (station_id, claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX ix_tip_alarm ON tip (station_id, status) WHERE urgency = 'alarm';

CREATE TABLE tip_event (
    station_id INTEGER NOT NULL REFERENCES station (id),
    seq INTEGER NOT NULL,
    tip_id BLOB NOT NULL REFERENCES tip (id),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    version INTEGER NOT NULL,
    officer_id INTEGER REFERENCES officer (id),
    why TEXT,
    about TEXT,
    before TEXT,
    undone INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (station_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_tip_event_tip_id ON tip_event (tip_id);
CREATE INDEX ix_tip_event_station_id_officer_id ON tip_event (station_id, officer_id) WHERE officer_id IS NOT NULL;

CREATE TABLE tip_seen (
    station_id INTEGER NOT NULL,
    officer_id INTEGER NOT NULL REFERENCES officer (id),
    tip_id BLOB NOT NULL REFERENCES tip (id),
    PRIMARY KEY (station_id, officer_id, tip_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE observable (
    station_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    norm_value TEXT NOT NULL,
    tip_id BLOB NOT NULL REFERENCES tip (id),
    shown TEXT NOT NULL,
    PRIMARY KEY (station_id, kind, norm_value, tip_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_observable_tip_id ON observable (tip_id);

CREATE TABLE reporter (
    station_id INTEGER NOT NULL,
    tip_id BLOB NOT NULL REFERENCES tip (id),
    sealed BLOB NOT NULL,
    contact_index BLOB,
    PRIMARY KEY (station_id, tip_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
    station_id INTEGER NOT NULL,
    tip_id BLOB NOT NULL REFERENCES tip (id),
    n INTEGER NOT NULL,
    label TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (station_id, tip_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE referral (
    station_id INTEGER NOT NULL,
    tip_id BLOB NOT NULL REFERENCES tip (id),
    n INTEGER NOT NULL,
    agency_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    officer_id INTEGER NOT NULL REFERENCES officer (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (station_id, tip_id, n),
    FOREIGN KEY (station_id, agency_id) REFERENCES agency (station_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    station_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    officer_id INTEGER REFERENCES officer (id),
    action TEXT NOT NULL,
    tip_id BLOB,
    version_before INTEGER,
    version_after INTEGER,
    PRIMARY KEY (station_id, seq)
) STRICT, WITHOUT ROWID;

-- Own bigrams, split by the writer; 'ascii' keeps every other character as part of a token.
CREATE VIRTUAL TABLE tip_words USING fts5 (words, content='', detail=none, tokenize='ascii');
INSERT INTO tip_words (tip_words, rank) VALUES ('automerge', 8);
INSERT INTO tip_words (tip_words, rank) VALUES ('crisismerge', 64);

-- The lane for tips that name an unknown room or station.
INSERT INTO district (id, code, name) VALUES (0, 'UNR', 'Unrouted');
INSERT INTO station (id, district_id, code, name, timezone, respond_routine_s, respond_priority_s, respond_alarm_s)
VALUES (0, 0, 'UNR', 'Unrouted', 'Asia/Shanghai', 86400, 3600, 300);
INSERT INTO station_counter (station_id) VALUES (0);
