-- The first store, PostgreSQL form. Ids are UUIDv7 made by the client; every tip-side key is led by station_id.
CREATE TABLE district (id integer PRIMARY KEY, code text NOT NULL UNIQUE, name text NOT NULL);

CREATE TABLE station (
    id integer PRIMARY KEY,
    district_id integer NOT NULL REFERENCES district (id),
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    timezone text NOT NULL,
    respond_routine_s integer NOT NULL CHECK (respond_routine_s > 0),
    respond_priority_s integer NOT NULL CHECK (respond_priority_s > 0),
    respond_alarm_s integer NOT NULL CHECK (respond_alarm_s > 0),
    officers integer NOT NULL DEFAULT 0
);
CREATE INDEX ix_station_district_id ON station (district_id, code);

CREATE TABLE station_counter (
    station_id integer PRIMARY KEY REFERENCES station (id),
    event_seq bigint NOT NULL DEFAULT 0,
    audit_seq bigint NOT NULL DEFAULT 0,
    ref_day date,
    ref_no integer NOT NULL DEFAULT 0,
    new bigint NOT NULL DEFAULT 0 CHECK (new >= 0),
    investigating bigint NOT NULL DEFAULT 0 CHECK (investigating >= 0),
    referred bigint NOT NULL DEFAULT 0 CHECK (referred >= 0),
    solved bigint NOT NULL DEFAULT 0 CHECK (solved >= 0),
    closed bigint NOT NULL DEFAULT 0 CHECK (closed >= 0),
    alarms bigint NOT NULL DEFAULT 0 CHECK (alarms >= 0)
);

CREATE TABLE officer (
    id integer PRIMARY KEY,
    station_id integer NOT NULL REFERENCES station (id),
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('duty', 'supervisor', 'auditor', 'admin')),
    rooms integer NOT NULL DEFAULT 0
);
CREATE INDEX ix_officer_station_id ON officer (station_id, code);

CREATE TABLE officer_grant (
    officer_id integer NOT NULL REFERENCES officer (id),
    station_id integer NOT NULL REFERENCES station (id),
    ends_at timestamptz,
    PRIMARY KEY (officer_id, station_id)
);

CREATE TABLE agency (
    station_id integer NOT NULL REFERENCES station (id),
    id integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (station_id, id)
);

CREATE TABLE room (
    station_id integer NOT NULL REFERENCES station (id),
    id integer NOT NULL,
    officer_id integer NOT NULL REFERENCES officer (id),
    number integer NOT NULL,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    purpose text NOT NULL,
    members integer NOT NULL DEFAULT 0 CHECK (members >= 0),
    PRIMARY KEY (station_id, id),
    UNIQUE (station_id, number)
);
CREATE INDEX ix_room_station_id_officer_id ON room (station_id, officer_id, number);

CREATE TABLE member (
    station_id integer NOT NULL,
    id integer NOT NULL,
    room_id integer NOT NULL,
    pseudonym text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'active', 'left', 'removed')),
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (station_id, id),
    FOREIGN KEY (station_id, room_id) REFERENCES room (station_id, id)
);
CREATE INDEX ix_member_station_id_room_id ON member (station_id, room_id, state);

CREATE TABLE tip (
    station_id integer NOT NULL REFERENCES station (id),
    id uuid NOT NULL,
    ref text NOT NULL,
    source text NOT NULL,
    source_key text NOT NULL,
    status text NOT NULL CHECK (status IN ('new', 'investigating', 'referred', 'solved', 'closed')),
    urgency text NOT NULL CHECK (urgency IN ('routine', 'priority', 'alarm')),
    category text NOT NULL,
    text text NOT NULL,
    folded text NOT NULL,
    place text,
    latitude double precision,
    longitude double precision,
    room_id integer,
    reported_at timestamptz,
    received_at timestamptz NOT NULL,
    respond_by timestamptz NOT NULL,
    moved_at timestamptz,
    responded_at timestamptz,
    claimed_by integer REFERENCES officer (id),
    claimed_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by integer REFERENCES officer (id),
    duplicate_of text,
    close_reason text,
    outcome text,
    answers text,
    reporter_kind text,
    has_reporter boolean NOT NULL,
    attachments integer NOT NULL,
    encoding_guessed boolean NOT NULL,
    unrouted_name text,
    version integer NOT NULL,
    PRIMARY KEY (station_id, id),
    UNIQUE (source, source_key),
    FOREIGN KEY (station_id, room_id) REFERENCES room (station_id, id)
);
CREATE INDEX ix_tip_station_id_status ON tip (station_id, status, id);
CREATE INDEX ix_tip_station_id_ref ON tip (station_id, ref, id);
CREATE INDEX ix_tip_station_id_room_id ON tip (station_id, room_id, id) WHERE room_id IS NOT NULL;
CREATE INDEX ix_tip_station_id_claimed_by ON tip (station_id, claimed_by, id) WHERE claimed_by IS NOT NULL;
CREATE INDEX ix_tip_alarm ON tip (station_id, status, id) WHERE urgency = 'alarm';

CREATE TABLE tip_event (
    station_id integer NOT NULL REFERENCES station (id),
    seq bigint NOT NULL,
    tip_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    from_status text,
    to_status text NOT NULL,
    version integer NOT NULL,
    officer_id integer REFERENCES officer (id),
    why text,
    about text,
    before text,
    undone boolean NOT NULL DEFAULT false,
    PRIMARY KEY (station_id, seq),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id)
);
CREATE INDEX ix_tip_event_station_id_tip_id ON tip_event (station_id, tip_id, seq);
CREATE INDEX ix_tip_event_station_id_officer_id ON tip_event (station_id, officer_id, seq) WHERE officer_id IS NOT NULL;

CREATE TABLE tip_seen (
    station_id integer NOT NULL,
    officer_id integer NOT NULL REFERENCES officer (id),
    tip_id uuid NOT NULL,
    PRIMARY KEY (station_id, officer_id, tip_id),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id)
);

CREATE TABLE observable (
    station_id integer NOT NULL,
    kind text NOT NULL,
    norm_value text NOT NULL,
    tip_id uuid NOT NULL,
    shown text NOT NULL,
    PRIMARY KEY (station_id, kind, norm_value, tip_id),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id)
);
CREATE INDEX ix_observable_station_id_tip_id ON observable (station_id, tip_id);

CREATE TABLE reporter (
    station_id integer NOT NULL,
    tip_id uuid NOT NULL,
    sealed bytea NOT NULL,
    contact_index bytea,
    PRIMARY KEY (station_id, tip_id),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id)
);

CREATE TABLE attachment (
    station_id integer NOT NULL,
    tip_id uuid NOT NULL,
    n integer NOT NULL,
    label text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (station_id, tip_id, n),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id)
);

CREATE TABLE referral (
    station_id integer NOT NULL,
    tip_id uuid NOT NULL,
    n integer NOT NULL,
    agency_id integer NOT NULL,
    state text NOT NULL,
    note text NOT NULL,
    officer_id integer NOT NULL REFERENCES officer (id),
    at timestamptz NOT NULL,
    PRIMARY KEY (station_id, tip_id, n),
    FOREIGN KEY (station_id, agency_id) REFERENCES agency (station_id, id),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id)
);

CREATE TABLE audit (
    station_id integer NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    officer_id integer REFERENCES officer (id),
    action text NOT NULL,
    tip_id uuid,
    version_before integer,
    version_after integer,
    PRIMARY KEY (station_id, seq)
);

-- The same bigrams as console.model.fold.bigrams, over folded words (letters, digits and single spaces), and the station as a token.
CREATE FUNCTION taskroom_grams(folded text, station_id integer) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT array_agg(DISTINCT rtrim(this || coalesce(next, ''))) || ('=' || station_id)::text
    FROM (
        SELECT this, lead(this) OVER (ORDER BY i) AS next
        FROM unnest(string_to_array(folded, NULL)) WITH ORDINALITY AS letter (this, i)
    ) AS pair
    WHERE this <> ' '
$$;
CREATE INDEX ix_tip_grams ON tip USING gin (taskroom_grams(folded, station_id)) WITH (fastupdate = off);

-- The lane for tips that name an unknown room or station.
INSERT INTO district (id, code, name) VALUES (0, 'UNR', 'Unrouted');
INSERT INTO station (id, district_id, code, name, timezone, respond_routine_s, respond_priority_s, respond_alarm_s)
VALUES (0, 0, 'UNR', 'Unrouted', 'Asia/Shanghai', 86400, 3600, 300);
INSERT INTO station_counter (station_id) VALUES (0);
