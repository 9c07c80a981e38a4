-- In which departments, and by which institutions, a subject adds anything in a role:
-- few words, so that a list of what lies behind a number passes over all other subjects
-- without reading what they add.
ALTER TABLE contributions
    ADD COLUMN IF NOT EXISTS departments Array(LowCardinality(String)) MATERIALIZED arrayDistinct(arrayMap(p -> substring(p, 1, 2), place)),
    ADD COLUMN IF NOT EXISTS units Array(LowCardinality(String)) MATERIALIZED arrayDistinct(unit)
