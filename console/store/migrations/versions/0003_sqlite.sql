-- Who may sign in, and by what.
ALTER TABLE officer ADD COLUMN password TEXT;
ALTER TABLE officer ADD COLUMN password_at INTEGER;
ALTER TABLE officer ADD COLUMN disabled_at INTEGER;

-- Wrong passwords since the last right one, by officer ('officer JNL-001') and by console ('console …').
CREATE TABLE sign_in_wait (
    who TEXT PRIMARY KEY,
    tries INTEGER NOT NULL CHECK (tries >= 0),
    until INTEGER
) STRICT, WITHOUT ROWID;

-- The chain of the audit: SHA-256 of an entry with the hash before it, and each station's newest.
ALTER TABLE audit ADD COLUMN about TEXT;
ALTER TABLE audit ADD COLUMN hash BLOB CHECK (hash IS NULL OR length(hash) = 32);
ALTER TABLE station_counter ADD COLUMN audit_head BLOB NOT NULL
    DEFAULT X'0000000000000000000000000000000000000000000000000000000000000000';
