-- Before the words the slice of time a tip is from: the first 20 bits of its UUIDv7, 3.1 days. A GIN index has no order of its
-- own, but it passes quickly over what is not in the slices it is asked for, if it is asked for these first: a frequent word is
-- walked slice by slice.
DROP INDEX ix_tip_grams;
CREATE INDEX ix_tip_grams ON tip USING gin ((ARRAY[left(id::text, 5)]), taskroom_grams(folded, station_id))
WITH (fastupdate = off);
