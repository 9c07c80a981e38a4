-- What is stored under some identities. Run by Stored.
SELECT case_id, source, event_id, digest, stream_seq
FROM events FINAL
WHERE (case_id, source, event_id) IN (?)
