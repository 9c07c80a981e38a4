-- Events received in the 24 hours before an instant and in the same 24 hours of
-- the eight weeks before, by department and by kind of institution. An event
-- that was stored twice counts once. Run by Reporting.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of,
    7 * 86400000 AS week
SELECT origin.1 AS dimension,
       origin.2 AS name,
       toUInt8(intDiv(age, week)) AS weeks_ago,
       uniqExact(identity) AS events
FROM
(
    SELECT arrayJoin([('department', toString(department)), ('institution_kind', toString(institution_kind))]) AS origin,
           dateDiff('millisecond', received_at, as_of) AS age,
           sipHash64(case_id, source, event_id) AS identity
    FROM events
    WHERE received_at > as_of - INTERVAL 57 DAY
      AND received_at <= as_of
      AND dateDiff('millisecond', received_at, as_of) % week < 86400000
)
WHERE name != ''
GROUP BY dimension, name, weeks_ago
