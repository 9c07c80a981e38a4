-- How long obligations that fell due after an instant, or have yet to, took or have been open, by
-- duty, group of provinces and rounded time: done, fallen away, still open. Rounding up
-- keeps limits of whole hours exact: what was done in time stays at or below it. An
-- obligation that fell away does so at its deadline, or now if that is to come.
-- Beside them, what the law allowed. Run by Waits.
SELECT duty, region,
       multiIf(seconds <= 3 * 86400, 15 * toInt64(ceil(seconds / 900)),
               seconds <= 14 * 86400, 60 * toInt64(ceil(seconds / 3600)),
               1440 * toInt64(ceil(seconds / 86400))) AS minutes,
       countIf(ended = 'done') AS events,
       countIf(ended = 'void') AS competing,
       countIf(ended = 'open') AS censored,
       min(allowed) AS shortest,
       max(allowed) AS longest
FROM
(
    SELECT duty,
           transform(substring(place, 1, 4), ?, ?, '') AS region,
           status,
           multiIf(status = 'void', 'void', done_at IS NOT NULL, 'done', 'open') AS ended,
           multiIf(ended = 'void', least(due_at, asked_at), ended = 'done', assumeNotNull(done_at), asked_at) AS ended_at,
           greatest(0, dateDiff('millisecond', started_at, ended_at)) / 1000 AS seconds,
           dateDiff('millisecond', started_at, due_at) AS allowed
    FROM obligations_at(as_of = ?)
    WHERE due_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC')
      AND kind IN (?)
      AND confidence NOT IN (?)
)
WHERE status != 'unclear'
GROUP BY duty, region, minutes
ORDER BY duty, region, minutes
