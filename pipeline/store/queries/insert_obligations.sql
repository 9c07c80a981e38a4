-- Stores obligations that changed, and tombstones of those that are gone. Run
-- by InsertObligations.
INSERT INTO {table}
    (case_id, duty, instance, regime, kind, confidence, implication, institution_kind, institution, place, risk, area, sides,
     started_at, due_at, done_at, settled, lapses_from, lapses_by, catalogue, digest, version, deleted)
