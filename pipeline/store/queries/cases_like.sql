-- Cases whose ids are as given but for small and capital letters, begin so, or
-- are two letters away at most; the nearest first. Run by CasesLike.
SELECT case_id
FROM
(
    SELECT DISTINCT case_id, editDistance(lower(case_id), lower(?)) AS away
    FROM events
)
WHERE away <= 2 OR startsWith(lower(case_id), lower(?))
ORDER BY away, case_id
LIMIT ?
