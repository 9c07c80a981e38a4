-- Obligations at an instant by status, by what they rest on and by whatever else is
-- asked for, with how many of them fall due in each of three spans. Run by
-- ObligationCounts.
SELECT {names}
       kind,
       confidence,
       status,
       due_at <= asked_at AS fallen_due,
       {spans}
       sum(sign) AS every
FROM
(
    SELECT {by} *
    FROM {rows}
    WHERE {which}
)
GROUP BY {names} kind, confidence, status, fallen_due
