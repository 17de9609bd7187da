-- A tip's duplicates without looking through its station's whole history.
CREATE INDEX ix_tip_duplicate_of ON tip (station_id, duplicate_of, id) WHERE duplicate_of IS NOT NULL;

-- Open tips of many stations in feed order: few rows, whatever the history.
CREATE INDEX ix_tip_open ON tip (status, id) WHERE status IN ('new', 'investigating', 'referred');
