-- The obligations of one duty that a number counts, the earliest deadline first,
-- as pages. Run by CasesBehind.
SELECT case_id, duty, instance, regime, kind, confidence, implication, institution_kind, institution, place, risk, area,
       started_at, due_at, done_at, settled, lapses_from, lapses_by
FROM obligations_at(as_of = ?)
WHERE duty = ?
  AND due_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC')
  AND due_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC')
  AND startsWith(place, ?)
  AND (? = 0 OR substring(place, 1, 4) IN (?))
  AND (? = '' OR institution = ?)
  AND kind IN (?)
  AND confidence NOT IN (?)
  AND status IN (?)
ORDER BY due_at, case_id, instance
LIMIT ? OFFSET ?
