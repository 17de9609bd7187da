-- Keys of the vault, and reveals: who asked to open which sealed reporter, who answered.

-- One row once the store has keys: whose key file wraps them, and the key of the index over contacts, wrapped.
CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fingerprint TEXT NOT NULL,
    index_key BLOB NOT NULL
) STRICT;

CREATE TABLE vault_key (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    wrapped BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;

-- The number of the key that a reporter is sealed with; 0 is the key file's own.
ALTER TABLE reporter ADD COLUMN key_number INTEGER NOT NULL DEFAULT 0;

CREATE TABLE reveal (
    station_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    tip_id BLOB NOT NULL REFERENCES tip (id),
    officer_id INTEGER NOT NULL REFERENCES officer (id),
    reason TEXT NOT NULL,
    reference TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'shown', 'ended')),
    answered_by INTEGER REFERENCES officer (id),
    answered_at INTEGER,
    shown_at INTEGER,
    PRIMARY KEY (station_id, n),
    CHECK (answered_by IS NULL OR answered_by <> officer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_reveal_tip ON reveal (station_id, tip_id);
