-- Which cases were judged, and when: one row each time, whether it changed anything
-- or not. Whoever keeps a count learns from it which cases to count anew. It is
-- written when what the cases come to can be read. A row without a case says that
-- everything was judged anew.
CREATE TABLE IF NOT EXISTS judged
(
    at      DateTime64(3, 'UTC') DEFAULT now64(3),
    case_id String
)
ENGINE = MergeTree
ORDER BY at
TTL toDateTime(at) + INTERVAL 3 DAY
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
