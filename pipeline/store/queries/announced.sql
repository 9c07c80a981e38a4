-- What was announced about the obligations of some cases, in order. Run by
-- Announced.
SELECT case_id, duty, instance, kind, due_at, seq
FROM notices FINAL
WHERE case_id IN (?)
ORDER BY seq
