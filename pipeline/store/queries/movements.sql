-- What happened to obligations in the last day, the day before, the rest of the
-- last thirty days and the thirty days before: which arose, which fell due, which of these were not
-- done in time, and which were done, by duty, province and what they rest on. Whether one was
-- done in time never changes with the wait, so that young periods compare with
-- old ones. Run by Movements.
SELECT duty, kind, confidence, province, what,
       toUInt8(multiIf(age < 86400000, 0, age < 2 * 86400000, 1, age < 30 * 86400000, 2, 3)) AS period,
       count() AS n
FROM
(
    SELECT duty, kind, confidence,
           substring(place, 1, 4) AS province,
           arrayJoin([
               ('arisen', started_at),
               (if(status IN ('met', 'late', 'missed'), 'due', ''), due_at),
               (if(status IN ('late', 'missed'), 'failed', ''), due_at),
               (if(status IN ('met', 'late'), 'done', ''), ifNull(done_at, due_at))]) AS turn,
           turn.1 AS what,
           dateDiff('millisecond', turn.2, asked_at) AS age
    FROM obligations_at(as_of = ?)
    WHERE kind IN (?)
      AND confidence NOT IN (?)
)
WHERE what != '' AND age >= 0 AND age < 60 * 86400000
GROUP BY duty, kind, confidence, province, what, period
ORDER BY duty, kind, confidence, province, what, period
