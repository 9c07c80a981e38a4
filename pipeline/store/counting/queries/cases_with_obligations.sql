-- Cases behind which an obligation may lie that counts, after one, in order; one is there
-- as often as it has such. Run by CasesWithObligations.
SELECT DISTINCT case_id
FROM {rows}
WHERE {which}
  AND case_id > ?
ORDER BY case_id
LIMIT ?
