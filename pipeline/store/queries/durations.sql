-- How long the obligations of one duty took, or have been open, by side, risk
-- and minutes begun: events, competing ends and censorings. Rounding up keeps
-- every limit of whole minutes exact: what was done in time stays at or below
-- it. Past ten days an hour is fine enough. An obligation that fell away does so
-- at its deadline, or now if that is to come. PREWHERE may come before FINAL,
-- since the duty is in the sorting key. Run by Durations. The multiIf is the twin
-- of obligation.Status.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of
SELECT side,
       risk,
       if(seconds <= 864000, toInt64(ceil(seconds / 60)), 60 * toInt64(ceil(seconds / 3600))) AS minutes,
       countIf(ended = 'done') AS events,
       countIf(ended = 'void') AS competing,
       countIf(ended = 'open') AS censored
FROM
(
    SELECT risk,
           multiIf(settled != '', settled, lapses_by <= as_of, 'missed', lapses_from > as_of, 'open', 'unclear') AS status,
           multiIf(status = 'void', 'void', done_at IS NOT NULL, 'done', 'open') AS ended,
           multiIf(ended = 'void', least(due_at, as_of), ended = 'done', assumeNotNull(done_at), as_of) AS ended_at,
           greatest(0, dateDiff('millisecond', started_at, ended_at)) / 1000 AS seconds,
           multiIf(
               due_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC') AND due_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC')
                   AND substring(place, 1, 4) IN (?) AND (? = '' OR area = ?), 1,
               due_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC') AND due_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC')
                   AND substring(place, 1, 4) IN (?) AND (? = '' OR area = ?), 2,
               0) AS side
    FROM obligations FINAL
    PREWHERE duty = ?
    WHERE started_at <= as_of
      AND kind IN (?)
      AND confidence NOT IN (?)
)
WHERE side > 0 AND status != 'unclear'
GROUP BY side, risk, minutes
ORDER BY side, risk, minutes
