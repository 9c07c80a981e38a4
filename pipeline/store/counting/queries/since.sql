-- Puts right what a closing says of some cases: takes back what it holds of them and
-- what was put right before, and adds what they come to now. What is taken back and
-- added alike is neither. Run by absorb.
INSERT INTO {since}.{table} ({columns}, rests, closed_region, sign)
SELECT {columns}, 0, {region}, toInt8(net)
FROM
(
    SELECT {columns}, sum(part) AS net
    FROM
    (
        SELECT {columns}, -toInt64(sign) AS part FROM {closing}.{table} WHERE rests < 6 AND case_id IN (?)
        UNION ALL
        SELECT {columns}, -toInt64(sign) AS part FROM {since}.{table} WHERE case_id IN (?)
        UNION ALL
        SELECT {columns}, toInt64(sign) AS part FROM {current} WHERE {counts} AND case_id IN (?)
    )
    GROUP BY {columns}
    HAVING net != 0
)
