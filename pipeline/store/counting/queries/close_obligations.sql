-- Makes the obligations of a closing. At rest is what time cannot change while the
-- closing serves, as long as its case is not judged again: 3 what has ended, 2 what is
-- undone for long, 1 what was missed lately, whose age alone goes on. 0 moves; 4 begins
-- later. Run by MakeClosing.
CREATE TABLE {closing}.obligations
ENGINE = MergeTree
ORDER BY (rests, case_id, duty, instance)
SETTINGS index_granularity = 512
AS
WITH
    fromUnixTimestamp64Milli(toInt64({at}), 'UTC') AS closed_at,
    fromUnixTimestamp64Milli(toInt64({until}), 'UTC') AS serves_until
SELECT * EXCEPT (catalogue, digest, version, deleted, sign),
       toUInt8(multiIf(
           started_at >= serves_until, 4,
           started_at > closed_at OR due_at > closed_at OR settled = '' AND lapses_by > closed_at, 0,
           {edge_of_start} OR {edge_of_due}, 0,
           done_at IS NOT NULL OR settled = 'void', 3,
           dateDiff('millisecond', started_at, closed_at) > {long}, 2,
           1)) AS rests,
       toLowCardinality({region}) AS closed_region,
       sign
FROM obligation_rows
