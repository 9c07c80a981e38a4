-- Which obligation a token of a notice stands for. A row is written before the
-- token first leaves the house, so that every token out there can be opened.
CREATE TABLE IF NOT EXISTS tokens
(
    token    String,
    case_id  String,
    duty     LowCardinality(String),
    instance String
)
ENGINE = ReplacingMergeTree
ORDER BY token
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
