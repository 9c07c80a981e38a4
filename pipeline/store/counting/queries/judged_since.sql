-- Which cases were judged from an instant on, and when. Run by journal.
SELECT case_id, at
FROM {journal}
WHERE at >= fromUnixTimestamp64Milli(toInt64(?), 'UTC')
