-- Makes the obligations of a closing. At rest is what time cannot change while the
-- closing serves, as long as its case is not judged again. Degrees of rest: 5 what has
-- ended, 4 and 1 what stays open or falls away later, 3 and 2 what stays undone; 4 and 3
-- for long, while of 2 and 1 the age alone goes on. 0 moves; 6 begins later. Run by
-- MakeClosing.
CREATE TABLE {closing}.obligations
ENGINE = MergeTree
ORDER BY (rests, duty, case_id, instance)
SETTINGS index_granularity = 512
AS
WITH
    fromUnixTimestamp64Milli(toInt64({at}), 'UTC') AS closed_at,
    fromUnixTimestamp64Milli(toInt64({until}), 'UTC') AS serves_until,
    dateDiff('millisecond', started_at, closed_at) > {long} AS for_long
SELECT * EXCEPT (catalogue, digest, version, deleted, sign),
       toUInt8(multiIf(
           started_at >= serves_until, 6,
           started_at > closed_at, 0,
           {edge_of_start} OR {edge_of_due}, 0,
           due_at > closed_at AND due_at <= serves_until, 0,
           settled = '' AND (lapses_from > closed_at AND lapses_from <= serves_until OR lapses_by > closed_at AND lapses_by <= serves_until), 0,
           settled = 'void' AND due_at > closed_at, 1,
           settled != '', 5,
           lapses_from > closed_at, if(for_long, 4, 1),
           done_at IS NOT NULL, 5,
           if(for_long, 3, 2))) AS rests,
       toLowCardinality({region}) AS closed_region,
       {fingerprint} AS fingerprint,
       sign
FROM obligation_rows
