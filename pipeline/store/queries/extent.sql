-- How much the store holds and how far it reaches. Run by Extent.
SELECT count() AS events,
       uniqExact(case_id) AS cases,
       max(occurred_at) AS last_event_at,
       max(stream_seq) AS last_seq
FROM events FINAL
