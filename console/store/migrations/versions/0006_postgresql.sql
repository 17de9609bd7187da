-- One database role a desk, and what each may see.

-- Whose tips the role of a desk's consoles and intake may see: one row a station.
CREATE TABLE desk_role (
    role name NOT NULL,
    station_id integer NOT NULL REFERENCES station (id),
    PRIMARY KEY (role, station_id)
);
ALTER TABLE desk_role ENABLE ROW LEVEL SECURITY;
ALTER TABLE desk_role FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON desk_role TO CURRENT_ROLE USING (true) WITH CHECK (true);
CREATE POLICY desk_own ON desk_role FOR SELECT USING (role = session_user);

-- Whether a delivery is on file, at whatever station: a tip sent twice is one tip. Nothing of its words is told.
CREATE FUNCTION taskroom_known(asked_source text, asked_keys text[])
RETURNS TABLE (source_key text, id uuid, station_id integer, ref text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT tip.source_key, tip.id, tip.station_id, tip.ref
    FROM tip WHERE tip.source_key = ANY (asked_keys) AND tip.source = asked_source;
END
$$;

-- Tips of the role's own stations that hold all these tokens. The policies keep PostgreSQL from asking the word index
-- (its operator might tell of rows it is shown); here the owner asks it, confined to the stations of who is connected.
CREATE FUNCTION taskroom_found(tokens text[], stations integer[]) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT found.id
    FROM unnest(stations) AS asked (station_id)
    CROSS JOIN LATERAL (
        SELECT tip.id FROM tip
        WHERE taskroom_grams(tip.folded, tip.station_id) @> (tokens || ('=' || asked.station_id)::text)
    ) AS found
    WHERE asked.station_id IN (SELECT station_id FROM desk_role WHERE role = session_user)
$$;
REVOKE EXECUTE ON FUNCTION taskroom_known(text, text[]), taskroom_found(text[], integer[]) FROM PUBLIC;
