-- Cases behind which an obligation may lie that counts, after one, in order; one is there
-- as often as it has such. Small blocks, read one after another, end where the page is full.
-- The order by deadline helps where few duties are asked for; else it would be read whole.
-- Run by CasesWithObligations.
SELECT case_id
FROM {rows}
WHERE {which}
  AND case_id > ?
ORDER BY case_id
LIMIT ?
SETTINGS max_threads = 1, max_block_size = 4096, optimize_use_projections = {by_due}
