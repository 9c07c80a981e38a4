-- All events in case order, each once. Run by Cases.
SELECT case_id, source, event_id, type, occurred_at, recorded_at, data_schema, data, digest, stream_seq
FROM events FINAL
WHERE case_id > ?
ORDER BY case_id
