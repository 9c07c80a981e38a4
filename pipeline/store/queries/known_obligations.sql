-- Which obligations of some cases are stored, and what they say. Run by Known.
SELECT case_id, CAST(duty, 'String') AS duty, instance, digest
FROM obligations FINAL
WHERE case_id IN (?)
