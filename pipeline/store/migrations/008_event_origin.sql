-- Where an event comes from, as columns of their own: silence is looked for every
-- minute, and must not read the data of every event to find it.
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS department LowCardinality(String) MATERIALIZED substring(JSONExtractString(data, 'ubigeo'), 1, 2),
    ADD COLUMN IF NOT EXISTS institution_kind LowCardinality(String) MATERIALIZED JSONExtractString(data, 'institution_kind')
