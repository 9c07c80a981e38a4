-- What became of obligations by an instant, by what they rest on and whatever else is
-- asked for, in each of three spans: met, failed, not yet due, unclear, fallen away.
-- What was met before its deadline counts when that has come. Run by
-- ObligationOutcomes.
SELECT {names}
       kind,
       confidence,
       {sums}
       sum(sign) AS every
FROM
(
    SELECT {by} {within} *, due_at <= asked_at AS fallen_due
    FROM {rows}
    WHERE {which}
)
GROUP BY {names} kind, confidence
