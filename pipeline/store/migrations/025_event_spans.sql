-- Since when and until when each province and source has reported, and of how many events: the
-- engine keeps it with every part, some hundred rows in place of millions. It is asked with every number.
ALTER TABLE events
    ADD PROJECTION IF NOT EXISTS spans
    (
        SELECT province, source, min(recorded_at), max(recorded_at), max(occurred_at), count()
        GROUP BY province, source
    )
