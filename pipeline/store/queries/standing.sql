-- Obligations that fall due by an instant, and those that are missed, by duty,
-- what they rest on, institution, province and how long they have been overdue, in steps.
-- Run by Standing. The multiIf of status is the twin of obligation.Status.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS due_by
SELECT duty, kind, confidence, institution_kind, institution, province,
       multiIf(status = 'open', 0,
               overdue <= 86400000, 1,
               overdue <= 7 * 86400000, 7,
               overdue <= 30 * 86400000, 30,
               overdue <= 90 * 86400000, 90,
               65535) AS within_days,
       count() AS n,
       min(due_at) AS first_due
FROM
(
    SELECT duty, kind, confidence, institution_kind, institution, due_at,
           substring(place, 1, 4) AS province,
           multiIf(settled != '', settled, lapses_by <= as_of, 'missed', lapses_from > as_of, 'open', 'unclear') AS status,
           dateDiff('millisecond', due_at, as_of) AS overdue
    FROM obligations FINAL
    WHERE started_at <= as_of
      AND settled = ''
      AND kind IN (?)
      AND confidence NOT IN (?)
)
WHERE status = 'missed' OR (status = 'open' AND due_at <= due_by)
GROUP BY duty, kind, confidence, institution_kind, institution, province, within_days
ORDER BY duty, kind, confidence, institution_kind, institution, province, within_days
