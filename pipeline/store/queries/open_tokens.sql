-- What some tokens stand for. Run by OpenTokens.
SELECT token, case_id, duty, instance
FROM tokens FINAL
WHERE token IN (?)
