-- Keeps a notice that a webhook refused for good. Run by InsertUndelivered.
INSERT INTO undelivered (webhook, seq, id, reason, body, refused_at)
