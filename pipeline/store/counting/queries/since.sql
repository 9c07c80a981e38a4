-- Puts right what a closing says of some cases, where anything of them was written behind
-- it: takes back what it holds and what was put right before, and adds what they come to
-- now. What is taken back and added alike is neither. Run by absorb.
INSERT INTO {since}.{table} ({columns}, rests, closed_region, sign)
WITH
    fresh AS (SELECT arrayJoin([?]) AS case_id),
    rewritten AS (SELECT DISTINCT {key} FROM {table} WHERE {written})
SELECT {columns}, 0, {region}, toInt8(net)
FROM
(
    SELECT {columns}, sum(part) AS net
    FROM
    (
        SELECT {columns}, -toInt64(sign) AS part FROM {closing}.{table} PREWHERE {found} WHERE ({key}) IN rewritten AND {changed}
        UNION ALL
        SELECT {columns}, -toInt64(sign) AS part FROM {since}.{table} WHERE ({key}) IN rewritten
        UNION ALL
        SELECT {columns}, toInt64(sign) AS part FROM {current} WHERE {counts} AND {new}
    )
    GROUP BY {columns}
    HAVING net != 0
)
