-- Remembers that cases were judged. Run by noteJudged.
INSERT INTO judged (case_id)
