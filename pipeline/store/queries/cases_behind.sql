-- The obligations of one duty that a number counts, the earliest deadline first,
-- as pages. Run by CasesBehind. The multiIf is the twin of obligation.Status.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of
SELECT case_id, duty, instance, regime, kind, confidence, implication, institution_kind, institution, place, risk, area,
       started_at, due_at, done_at, settled, lapses_from, lapses_by
FROM obligations FINAL
PREWHERE duty = ?
WHERE started_at <= as_of
  AND due_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC')
  AND due_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC')
  AND startsWith(place, ?)
  AND (? = 0 OR substring(place, 1, 4) IN (?))
  AND (? = '' OR institution = ?)
  AND kind IN (?)
  AND confidence NOT IN (?)
  AND multiIf(settled != '', settled, lapses_by <= as_of, 'missed', lapses_from > as_of, 'open', 'unclear') IN (?)
ORDER BY due_at, case_id, instance
LIMIT ? OFFSET ?
