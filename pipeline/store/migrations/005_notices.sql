-- What was announced about each obligation: a copy, by obligation, of the stream
-- of notices, which holds tokens in place of cases. It is filled in the order of
-- that stream and without a gap, so its highest sequence says how far it reaches.
CREATE TABLE IF NOT EXISTS notices
(
    case_id  String,
    duty     LowCardinality(String),
    instance String,
    kind     LowCardinality(String),
    due_at   DateTime64(3, 'UTC'),
    seq      UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (case_id, duty, instance, seq)
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
