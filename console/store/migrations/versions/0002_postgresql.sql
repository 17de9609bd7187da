-- A tip's duplicates without looking through its station's whole history.
CREATE INDEX ix_tip_duplicate_of ON tip (station_id, duplicate_of, id) WHERE duplicate_of IS NOT NULL;

-- Open tips of many stations in feed order: few rows, whatever the history.
CREATE INDEX ix_tip_open ON tip (status, id) WHERE status = 'new' OR status = 'investigating' OR status = 'referred';

-- The same tokens as console.model.fold.bigrams, over folded words (letters, digits and single spaces), and the station as a token.
DROP INDEX ix_tip_grams;
CREATE OR REPLACE FUNCTION taskroom_grams(folded text, station_id integer) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT array_agg(DISTINCT gram) || ('=' || station_id)::text
    FROM (
        SELECT this, lead(this) OVER place AS next, lead(this, 2) OVER place AS after
        FROM unnest(string_to_array(folded, NULL)) WITH ORDINALITY AS letter (this, i)
        WINDOW place AS (ORDER BY i)
    ) AS three
    CROSS JOIN LATERAL (
        VALUES (rtrim(this || coalesce(next, ''))), (substring(this || next || after COLLATE "C" FROM '^[0-9a-z]{3}$'))
    ) AS grams (gram)
    WHERE this <> ' ' AND gram IS NOT NULL
$$;
CREATE INDEX ix_tip_grams ON tip USING gin (taskroom_grams(folded, station_id)) WITH (fastupdate = off);
