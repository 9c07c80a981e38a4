-- Remembers what tokens stand for. Run by InsertTokens.
INSERT INTO tokens (token, case_id, duty, instance)
