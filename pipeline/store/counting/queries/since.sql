-- Puts right what a closing says of what was written behind it: takes back what it holds and
-- what was put right before, and adds what stands now. Run by putRight.
INSERT INTO {since}.{table} ({columns}, rests, closed_region, sign)
SELECT {columns}, 0, {region}, toInt8(net)
FROM
(
    SELECT {columns}, sum(part) AS net
    FROM
    (
        SELECT {columns}, -toInt64(sign) AS part
        FROM {closing}.{table}
        PREWHERE rests < 6 AND {narrow} IN (SELECT {narrow} FROM {differing} WHERE held) AND case_id IN (SELECT case_id FROM {differing} WHERE held)
             AND fingerprint IN (SELECT fingerprint FROM {differing})
        UNION ALL
        SELECT {columns}, -toInt64(sign) AS part FROM {since}.{table} WHERE ({key}) IN (SELECT {key} FROM {rewritten})
        UNION ALL
        SELECT {columns}, toInt64(sign) AS part FROM {now} WHERE fingerprint IN (SELECT fingerprint FROM {differing})
    )
    GROUP BY {columns}
    HAVING net != 0
)
