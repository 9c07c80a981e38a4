-- What the store knows about itself: which catalogue judged the obligations, how
-- far ahead recurring periods are written.
CREATE TABLE IF NOT EXISTS state
(
    name       String,
    value      String,
    changed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY name
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    non_replicated_deduplication_window = 0
