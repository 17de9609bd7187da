-- A tip's duplicates without looking through its station's whole history.
CREATE INDEX ix_tip_duplicate_of ON tip (station_id, duplicate_of) WHERE duplicate_of IS NOT NULL;

-- Open tips of many stations in feed order (n is the rowid, every index carries it): few rows, whatever the history.
CREATE INDEX ix_tip_open ON tip (status) WHERE status IN ('new', 'investigating', 'referred');
