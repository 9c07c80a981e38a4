-- Obligations at an instant by status, by what they rest on and by whatever else is
-- asked for, with how many of them fall due in each of three spans. Run by
-- ObligationCounts.
SELECT {names}
       kind,
       confidence,
       status,
       due_at <= asked_at AS fallen_due,
       count() AS every,
       {spans}
       min(due_at) AS first_due,
       min(dateDiff('millisecond', started_at, due_at)) AS shortest,
       max(dateDiff('millisecond', started_at, due_at)) AS longest
FROM
(
    SELECT {by} *
    FROM obligations_at(as_of = ?)
    WHERE {which}
)
GROUP BY {names} kind, confidence, status, fallen_due
