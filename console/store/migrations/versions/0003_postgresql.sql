-- Who may sign in, and by what.
ALTER TABLE officer ADD COLUMN password text;
ALTER TABLE officer ADD COLUMN password_at timestamptz;
ALTER TABLE officer ADD COLUMN disabled_at timestamptz;

-- Wrong passwords since the last right one, by officer ('officer JNL-001') and by console ('console …').
CREATE TABLE sign_in_wait (
    who text PRIMARY KEY,
    tries integer NOT NULL CHECK (tries >= 0),
    until timestamptz
);

-- The chain of the audit: SHA-256 of an entry with the hash before it, and each station's newest.
ALTER TABLE audit ADD COLUMN about text;
ALTER TABLE audit ADD COLUMN hash bytea CHECK (hash IS NULL OR length(hash) = 32);
ALTER TABLE station_counter ADD COLUMN audit_head bytea NOT NULL
    DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000';
