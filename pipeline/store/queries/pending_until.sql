-- Obligations that only time decides, that lapse after one instant and may have
-- to be announced until another: they lapse by then, or their warning, which
-- comes at most so long before they are due, does. Run by PendingUntil.
SELECT case_id, duty, instance, regime, kind, confidence, implication, institution_kind, institution, place, risk, area,
       started_at, due_at, done_at, settled, lapses_from, lapses_by
FROM obligations FINAL
WHERE settled = ''
  AND kind IN (?)
  AND lapses_by > fromUnixTimestamp64Milli(toInt64(?), 'UTC')
  AND due_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC')
