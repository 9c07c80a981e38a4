-- The case that lies about so many obligations behind another. Run by Audit.
SELECT case_id
FROM obligations
WHERE case_id > ?
ORDER BY case_id
LIMIT 1 OFFSET ?
