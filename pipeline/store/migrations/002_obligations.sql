-- Each duty applied to each case, as folded from all events of the case. Only
-- what time does not change is stored; the status at an instant is derived when
-- read. Of two rows with one key the one with the higher version stays: the
-- highest stream sequence that the fold had seen. A row that the fold no longer
-- gives is written once more with deleted = 1.
CREATE TABLE IF NOT EXISTS obligations
(
    case_id          String,
    duty             LowCardinality(String),
    instance         String,
    regime           LowCardinality(String),
    kind             LowCardinality(String),
    confidence       LowCardinality(String),
    implication      LowCardinality(String),
    institution_kind LowCardinality(String),
    institution      String,
    place            LowCardinality(String),
    risk             LowCardinality(String),
    area             LowCardinality(String),
    started_at       DateTime64(3, 'UTC'),
    due_at           DateTime64(3, 'UTC'),
    done_at          Nullable(DateTime64(3, 'UTC')),
    settled          LowCardinality(String),
    lapses_from      DateTime64(3, 'UTC'),
    lapses_by        DateTime64(3, 'UTC'),
    catalogue        LowCardinality(String),
    digest           UInt64,
    version          UInt64,
    deleted          UInt8
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (case_id, duty, instance)
SETTINGS
    index_granularity = 8192,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
