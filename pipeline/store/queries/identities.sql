-- What is stored under the ids of some events in some cases: all identities that
-- are looked for, and a few others. Two plain lists are far quicker to read than
-- one of tuples, and PREWHERE may come before FINAL, since both are in the
-- sorting key. Run by Stored.
SELECT case_id, source, event_id, digest, stream_seq
FROM events FINAL
PREWHERE case_id IN (?) AND event_id IN (?)
