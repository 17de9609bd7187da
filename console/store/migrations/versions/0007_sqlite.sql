-- Whether the store's files still hold what was erased: `erased` counts the transactions that erased, `scrubbed` is how
-- many of them a run made good that left nothing behind.
CREATE TABLE scrub_owed (
    n INTEGER PRIMARY KEY CHECK (n = 1),
    erased INTEGER NOT NULL,
    scrubbed INTEGER NOT NULL
) STRICT;
INSERT INTO scrub_owed (n, erased, scrubbed) VALUES (1, 0, 0);
