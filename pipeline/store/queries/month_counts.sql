-- Obligations of one duty that have fallen due, by province, local month of the
-- due date and what they rest on: done in time, and failed. A deadline at the first instant of a
-- month belongs to the month that ends there. Run by MonthCounts. The multiIf is
-- the twin of obligation.Status.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of
SELECT province,
       month,
       kind,
       confidence,
       countIf(status = 'met') AS met,
       countIf(status = 'late' OR status = 'missed') AS failed
FROM
(
    SELECT kind, confidence,
           substring(place, 1, 4) AS province,
           formatDateTime(due_at - INTERVAL 1 MILLISECOND, '%Y-%m', ?) AS month,
           multiIf(settled != '', settled, lapses_by <= as_of, 'missed', lapses_from > as_of, 'open', 'unclear') AS status
    FROM obligations FINAL
    WHERE started_at <= as_of
      AND due_at <= as_of
      AND duty = ?
      AND kind IN (?)
      AND confidence NOT IN (?)
)
WHERE status IN ('met', 'late', 'missed')
GROUP BY province, month, kind, confidence
ORDER BY province, month, kind, confidence
