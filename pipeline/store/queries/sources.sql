-- When each source was last heard, how much it sent in the last day and in the
-- seven days before, and how long its facts waited to be written down: of those
-- that were received in the last ninety days. An event that was stored
-- twice counts once where it matters: in the counts of the day and the week. Run by Sources.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of
SELECT source,
       max(received_at) AS last_at,
       uniqExactIf((case_id, event_id), received_at > as_of - INTERVAL 1 DAY) AS day,
       uniqExactIf((case_id, event_id), received_at > as_of - INTERVAL 8 DAY AND received_at <= as_of - INTERVAL 1 DAY) AS week,
       countIf(received_at > as_of - INTERVAL 90 DAY) AS quarter,
       countIf(received_at > as_of - INTERVAL 90 DAY AND recorded_at > occurred_at + INTERVAL 1 DAY) AS late,
       quantileTDigestIf(0.5)(dateDiff('second', occurred_at, recorded_at), received_at > as_of - INTERVAL 90 DAY) / 3600 AS half,
       quantileTDigestIf(0.9)(dateDiff('second', occurred_at, recorded_at), received_at > as_of - INTERVAL 90 DAY) / 3600 AS most
FROM events
WHERE received_at <= as_of
GROUP BY source
ORDER BY source
