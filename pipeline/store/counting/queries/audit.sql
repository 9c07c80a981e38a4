-- Cases of which a closing, put right, holds other rows than are stored, among those
-- between two: those that were judged too lately to be put right are left out. Run by
-- Audit.
SELECT DISTINCT case_id
FROM
(
    SELECT {columns}, sum(part) AS net
    FROM
    (
        SELECT {columns}, toInt64(sign) AS part FROM {closing}.{table} WHERE rests < 6
        UNION ALL
        SELECT {columns}, toInt64(sign) AS part FROM {since}.{table}
        UNION ALL
        SELECT {columns}, -toInt64(sign) AS part FROM {current} WHERE {counts}
    )
    WHERE case_id > ? AND (case_id <= ? OR ? = '')
      AND case_id NOT IN (SELECT case_id FROM judged WHERE at >= fromUnixTimestamp64Milli(toInt64(?), 'UTC'))
    GROUP BY {columns}
    HAVING net != 0
)
LIMIT 1000
