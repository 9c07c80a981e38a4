-- Notices that a webhook has refused for good, with its answer.
CREATE TABLE IF NOT EXISTS undelivered
(
    webhook    LowCardinality(String),
    seq        UInt64,
    id         String,
    reason     String,
    body       String,
    refused_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (webhook, seq)
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
