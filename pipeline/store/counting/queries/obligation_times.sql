-- How long obligations took, or have been open, at an instant: ends, competing ends
-- and censorings by the time they took and whatever else is asked for, with how
-- many lie in each of three spans. An obligation that fell away did so at its
-- deadline, or now if that is to come. Run by ObligationTimes.
SELECT {names}
       status,
       ended,
       toInt64({clock}) AS took_steps,
       {spans}
       sum(sign) AS every
FROM
(
    SELECT {by} *,
           multiIf(status = 'void', 'void', done_at IS NOT NULL, 'done', 'open') AS ended,
           multiIf(ended = 'void', least(due_at, asked_at),
                   ended = 'done', assumeNotNull(done_at),
                   {watched_until}) AS ended_at,
           greatest(0, dateDiff('millisecond', started_at, ended_at)) AS took,
           dateDiff('millisecond', started_at, due_at) AS allowed
    FROM {rows}
    WHERE {which}
)
GROUP BY {names} status, ended, took_steps
