-- Every number of every refresh, so that "what did we know on 1 March" has an
-- answer. One as_of for all rows of a snapshot.
CREATE TABLE IF NOT EXISTS snapshots
(
    as_of     DateTime64(3, 'UTC'),
    catalogue LowCardinality(String),
    name      LowCardinality(String),
    labels    Map(LowCardinality(String), LowCardinality(String)),
    value     Float64
)
ENGINE = ReplacingMergeTree
ORDER BY (name, labels, as_of)
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
