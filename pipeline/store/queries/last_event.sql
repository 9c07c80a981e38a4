-- When the latest event happened, duplicates and all. Run by LastEventAt.
SELECT max(occurred_at) AS last_event_at
FROM events
