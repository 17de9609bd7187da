-- A tip's duplicates without looking through its station's whole history.
CREATE INDEX ix_tip_duplicate_of ON tip (station_id, duplicate_of) WHERE duplicate_of IS NOT NULL;

-- Open tips of many stations in feed order (n is the rowid, every index carries it): few rows, whatever the history.
-- Written with OR, as SQLite sees only then that status = 'new' implies it (sqlite.org/partialindex.html, 3).
CREATE INDEX ix_tip_open ON tip (status) WHERE status = 'new' OR status = 'investigating' OR status = 'referred';

INSERT INTO tip_words (tip_words) VALUES ('delete-all');
