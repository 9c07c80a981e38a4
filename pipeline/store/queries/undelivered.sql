-- What webhooks refused for good, oldest first. Run by Undelivered.
SELECT webhook, seq, id, reason, body, refused_at
FROM undelivered FINAL
ORDER BY refused_at, webhook, seq
