-- Which of some cases have events. Run by StoredCases.
SELECT DISTINCT case_id
FROM events
PREWHERE case_id IN (?)
