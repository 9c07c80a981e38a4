-- All events in case order, each once. Run by Cases.
SELECT case_id, source, event_id, CAST(type, 'String') AS type, occurred_at, recorded_at, data_schema, data, stream_seq
FROM events FINAL
WHERE case_id > ?
ORDER BY case_id
