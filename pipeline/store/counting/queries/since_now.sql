-- The rows that count of what was written behind a closing, as they stand. Run by putRight.
CREATE OR REPLACE TABLE {since}.{table}_now ENGINE = Memory AS
SELECT {columns}, sign, {fingerprint} AS fingerprint
FROM {standing}
WHERE {counts}
