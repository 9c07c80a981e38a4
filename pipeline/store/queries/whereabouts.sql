-- Where a case happened and which institutions acted in it, each pair once. Run
-- by Whereabouts.
SELECT DISTINCT JSONExtractString(data, 'ubigeo') AS place, JSONExtractString(data, 'institution') AS institution
FROM events FINAL
WHERE case_id = ?
ORDER BY place, institution
LIMIT 1000
