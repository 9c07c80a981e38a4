-- Obligations that are open at an instant and fall due by another, by duty, what
-- they rest on, bearer, risk and province, with the minutes that they have been open and those
-- that the law gave them. Run by OpenAges.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS due_by
SELECT duty, kind, confidence, institution_kind, risk,
       substring(place, 1, 4) AS province,
       toInt64(intDiv(dateDiff('millisecond', started_at, as_of), 60000)) AS age,
       toInt64(intDiv(dateDiff('millisecond', started_at, due_at), 60000)) AS allowed,
       due_at <= due_by AS falls_due,
       count() AS n
FROM obligations FINAL
WHERE started_at <= as_of
  AND settled = ''
  AND lapses_from > as_of
  AND kind IN (?)
  AND confidence NOT IN (?)
GROUP BY duty, kind, confidence, institution_kind, risk, province, age, allowed, falls_due
ORDER BY duty, kind, confidence, institution_kind, risk, province, age, allowed, falls_due
