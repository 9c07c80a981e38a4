-- Obligations that fall due by an instant, and those that are missed, by duty,
-- what they rest on, institution, province and how long they have been overdue, in steps.
-- Run by Standing.
SELECT duty, kind, confidence, institution_kind, institution, province,
       multiIf(status = 'open', 0,
               overdue <= 86400000, 1,
               overdue <= 7 * 86400000, 7,
               overdue <= 30 * 86400000, 30,
               overdue <= 90 * 86400000, 90,
               65535) AS within_days,
       count() AS n,
       min(due_at) AS first_due,
       max(due_at) AS last_due
FROM
(
    SELECT duty, kind, confidence, institution_kind, institution, due_at,
           status,
           substring(place, 1, 4) AS province,
           dateDiff('millisecond', due_at, asked_at) AS overdue
    FROM obligations_at(as_of = ?)
    WHERE settled = ''
      AND kind IN (?)
      AND confidence NOT IN (?)
)
WHERE status = 'missed' OR (status = 'open' AND due_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC'))
GROUP BY duty, kind, confidence, institution_kind, institution, province, within_days
ORDER BY duty, kind, confidence, institution_kind, institution, province, within_days
