-- Obligations by duty and deadline, in a second order that the engine keeps with every
-- part: a list of one duty, the earliest deadline first, begins to read where it begins
-- and ends where its page is full. Here lie rows that were replaced as well, since FINAL
-- knows but the order of the table: what is found here is asked of the table again
-- (behind.go).
ALTER TABLE obligations
    ADD PROJECTION IF NOT EXISTS by_due
    (
        SELECT duty, due_at, case_id, instance, started_at, settled, lapses_from, lapses_by, kind, confidence, place, institution, risk, sides
        ORDER BY duty, due_at, case_id, instance
    )
