-- Every accepted event, once. The sorting key is the event's identity with the
-- case first, so that the history of a case lies together. Of two rows with one
-- identity the one with the lowest stream sequence stays: precedence falls as
-- the sequence rises. Every setting that decides durability is written out.
CREATE TABLE IF NOT EXISTS events
(
    case_id     String,
    source      String,
    event_id    String,
    type        LowCardinality(String),
    occurred_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    data_schema String,
    data        String CODEC(ZSTD(1)),
    digest      FixedString(32),
    stream_seq  UInt64,
    precedence  UInt64
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (case_id, source, event_id)
SETTINGS
    index_granularity = 8192,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
