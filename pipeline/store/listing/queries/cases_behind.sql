-- The obligations of one duty that a number counts, the earliest deadline first, after one
-- and up to another, of some cases. Run by Behind.
SELECT case_id, duty, instance, regime, kind, confidence, implication, institution_kind, institution, place, risk, area,
       started_at, due_at, done_at, settled, lapses_from, lapses_by
FROM {rows}
WHERE {which}
ORDER BY due_at, case_id, instance
