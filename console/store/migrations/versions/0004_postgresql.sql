-- Keys of the vault, and reveals: who asked to open which sealed reporter, who answered.

-- One row once the store has keys: whose key file wraps them, and the key of the index over contacts, wrapped.
CREATE TABLE vault (
    id integer PRIMARY KEY CHECK (id = 1),
    fingerprint text NOT NULL,
    index_key bytea NOT NULL
);

CREATE TABLE vault_key (
    number integer PRIMARY KEY CHECK (number > 0),
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL,
    retired_at timestamptz
);

-- The number of the key that a reporter is sealed with; 0 is the key file's own.
ALTER TABLE reporter ADD COLUMN key_number integer NOT NULL DEFAULT 0;

CREATE TABLE reveal (
    station_id integer NOT NULL,
    n integer NOT NULL,
    tip_id uuid NOT NULL,
    officer_id integer NOT NULL REFERENCES officer (id),
    reason text NOT NULL,
    reference text NOT NULL,
    asked_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'shown', 'ended')),
    answered_by integer REFERENCES officer (id),
    answered_at timestamptz,
    shown_at timestamptz,
    PRIMARY KEY (station_id, n),
    FOREIGN KEY (station_id, tip_id) REFERENCES tip (station_id, id),
    CHECK (answered_by IS NULL OR answered_by <> officer_id)
);
CREATE INDEX ix_reveal_tip ON reveal (station_id, tip_id);
