-- Since when and until when each province has reported: when its sources wrote down
-- what happened, not when it arrived here. Duplicates count twice, which changes
-- neither end. Run by Reported.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS known_at
SELECT toString(province) AS province,
       min(recorded_at) AS first,
       max(recorded_at) AS until,
       count() AS events,
       countIf(source = ? OR startsWith(source, ?)) AS synthetic
FROM events
WHERE recorded_at <= known_at
GROUP BY province
