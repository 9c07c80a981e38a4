-- All events of some cases, each once. Run by History.
SELECT case_id, source, event_id, CAST(type, 'String') AS type, occurred_at, recorded_at, data_schema, data, digest, stream_seq
FROM events FINAL
WHERE case_id IN (?)
