-- What a straight line through the hours that obligations took needs, by place, in
-- each of three spans of due dates. Those undone are counted beside. Run by
-- ObligationSlopes.
SELECT {names}
       {sums}
       sum(sign) AS every
FROM
(
    SELECT {within} place, sign,
           status IN ('met', 'late', 'missed') AND done_at IS NOT NULL AS done,
           dateDiff('millisecond', started_at, ifNull(done_at, started_at)) / 3600000 AS hours
    FROM {rows}
    WHERE {which}
)
GROUP BY place
