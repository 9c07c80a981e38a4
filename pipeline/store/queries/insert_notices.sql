-- Copies the stream of notices. Run by InsertAnnouncements.
INSERT INTO notices (case_id, duty, instance, kind, due_at, seq)
