-- Rows that the closing does not have as often as they stand now, and whether it has any.
-- Run by putRight.
CREATE OR REPLACE TABLE {since}.{table}_differing ENGINE = Memory AS
SELECT {narrow}, case_id, fingerprint, min(part) < 0 AS held
FROM
(
    SELECT {narrow}, case_id, fingerprint, -toInt64(sign) AS part
    FROM {closing}.{table}
    PREWHERE rests < 6 AND {narrow} IN (SELECT {narrow} FROM {since}.{table}_rewritten) AND case_id IN (SELECT case_id FROM {since}.{table}_rewritten)
         AND ({key}) IN {since}.{table}_rewritten
    UNION ALL
    SELECT {narrow}, case_id, fingerprint, toInt64(sign) AS part FROM {since}.{table}_now
)
GROUP BY ALL
HAVING sum(part) != 0
