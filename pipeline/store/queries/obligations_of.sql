-- All obligations of some cases. Run by ObligationsOf.
SELECT case_id, duty, instance, regime, kind, confidence, implication, institution_kind, institution, place, risk, area,
       started_at, due_at, done_at, settled, lapses_from, lapses_by
FROM obligations FINAL
WHERE case_id IN (?)
