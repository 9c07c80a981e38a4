-- Makes the contributions of a closing, those of roles that only add up; the others
-- are few. At rest (1) is what time cannot change while the closing serves; 0 moves. What
-- names another subject is only looked up. By its fingerprint a row is found the same.
-- Run by MakeClosing.
CREATE TABLE {closing}.contributions
ENGINE = MergeTree
ORDER BY (role, rests, case_id)
SETTINGS index_granularity = 512
AS
WITH
    fromUnixTimestamp64Milli(toInt64({at}), 'UTC') AS closed_at,
    fromUnixTimestamp64Milli(toInt64({until}), 'UTC') AS serves_until,
    toDateTime64(0, 3, 'UTC') AS none
SELECT * EXCEPT (sign, position),
       toUInt8(role != 'link' AND at <= closed_at
           AND NOT (told > closed_at AND told <= serves_until)
           AND NOT (until > closed_at AND until <= serves_until)
           AND NOT ({edge_of_at} OR {edge_of_told} OR {edge_of_until})
           AND NOT arrayExists(t -> t > closed_at AND t <= serves_until OR {edge_of_deed}, deeds)) AS rests,
       toLowCardinality({region}) AS closed_region,
       {fingerprint} AS fingerprint,
       sign
FROM contribution_rows
WHERE role IN ({roles}) AND at < serves_until
