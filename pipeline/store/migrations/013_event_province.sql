-- The province of an event as a column of its own: until when each has reported is
-- asked with every number, and must not read the data of every event.
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS province LowCardinality(String) MATERIALIZED substring(JSONExtractString(data, 'ubigeo'), 1, 4)
