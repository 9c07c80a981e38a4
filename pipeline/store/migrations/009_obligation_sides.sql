-- On which side of which gaps an obligation counts, as contribution.Sides says it:
-- one of few words for a whole country.
ALTER TABLE obligations
    ADD COLUMN IF NOT EXISTS sides LowCardinality(String) AFTER area
