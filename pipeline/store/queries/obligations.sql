-- Obligations that have started by an instant, in the order in which they are
-- printed. Run by Obligations.
SELECT case_id, duty, instance, regime, kind, confidence, implication, institution_kind, institution, place, risk, area,
       started_at, due_at, done_at, settled, lapses_from, lapses_by
FROM obligations FINAL
WHERE started_at <= ?
ORDER BY case_id, duty, instance
