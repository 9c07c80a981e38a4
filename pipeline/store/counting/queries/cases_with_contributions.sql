-- Cases that may add something to an indicator in a role, after one, in order; one may be
-- there again that was replaced. Of most cases nothing is read but the first columns. Run
-- by CasesWithContributions.
SELECT case_id
FROM contributions
PREWHERE role = ?
     AND case_id > ?
     AND {whole}
     AND has(indicator, ?)
WHERE {each}
ORDER BY role, case_id
LIMIT ?
