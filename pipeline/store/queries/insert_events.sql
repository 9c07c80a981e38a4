-- Stores accepted events. Run by InsertEvents.
INSERT INTO events
    (case_id, source, event_id, type, occurred_at, recorded_at, received_at, data_schema, data, digest, stream_seq, precedence)
