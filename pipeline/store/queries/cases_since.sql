-- Cases with events that the stream took after a sequence. Run by CasesSince.
SELECT DISTINCT case_id
FROM events
WHERE stream_seq > ?
