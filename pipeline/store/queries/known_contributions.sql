-- What is stored of what some subjects add, and what it says. Run by
-- KnownContributions.
SELECT CAST(role, 'String') AS role, case_id, digest
FROM contributions FINAL
WHERE case_id IN (?)
