-- Rows that the closing does not have as often as they stand now, and whether it has any.
-- Run by putRight.
CREATE TABLE {differing} ENGINE = Memory AS
SELECT {narrow}, case_id, fingerprint, min(part) < 0 AS held
FROM
(
    SELECT {narrow}, case_id, fingerprint, -toInt64(sign) AS part
    FROM {closing}.{table}
    PREWHERE rests < 6 AND {narrow} IN (SELECT {narrow} FROM {rewritten}) AND case_id IN (SELECT case_id FROM {rewritten})
         AND ({key}) IN (SELECT {key} FROM {rewritten})
    UNION ALL
    SELECT {narrow}, case_id, fingerprint, toInt64(sign) AS part FROM {now}
)
GROUP BY ALL
HAVING sum(part) != 0
