-- What each subject adds to the indicators, as folded with its obligations: all
-- rows of one role in one row of this table, as arrays of equal length, so that
-- they come, change and go together. Of two rows with one key the one with the
-- higher version stays: the highest stream sequence that the fold had seen. A
-- role that a subject no longer has is written once more with empty arrays.
--
-- The role comes first in the sorting key: a count reads one role of all subjects.
-- The first instant of 1970 stands for none. What the columns mean is said in
-- pipeline/contribution, type Row.
CREATE TABLE IF NOT EXISTS contributions
(
    role        LowCardinality(String),
    case_id     String,
    indicator   Array(LowCardinality(String)),
    place       Array(LowCardinality(String)),
    region      Array(LowCardinality(String)),
    unit        Array(LowCardinality(String)),
    side        Array(Int8),
    low         Array(Int8),
    untold      Array(UInt8),
    at          Array(DateTime64(3, 'UTC')),
    told        Array(DateTime64(3, 'UTC')),
    until       Array(DateTime64(3, 'UTC')),
    ended       Array(Int8),
    numerator   Array(Float64),
    denominator Array(Float64),
    key         Array(UInt64),
    deeds       Array(Array(DateTime64(3, 'UTC'))),
    catalogue   LowCardinality(String),
    digest      UInt64,
    version     UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (role, case_id)
SETTINGS
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
