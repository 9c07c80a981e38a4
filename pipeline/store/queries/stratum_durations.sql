-- How long obligations that started in a span took, or have been open, by duty,
-- bearer, risk and group of provinces: ends of any kind, and censorings. Minutes
-- are rounded up, the coarser the longer. Run by StratumDurations. The multiIf is
-- the twin of obligation.Status.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of
SELECT duty, institution_kind, risk, region,
       multiIf(seconds <= 3 * 86400, 15 * toInt64(ceil(seconds / 900)),
               seconds <= 14 * 86400, 60 * toInt64(ceil(seconds / 3600)),
               1440 * toInt64(ceil(seconds / 86400))) AS minutes,
       countIf(ended != 'open') AS events,
       countIf(ended = 'open') AS censored
FROM
(
    SELECT duty, institution_kind, risk,
           transform(substring(place, 1, 4), ?, ?, '') AS region,
           multiIf(settled != '', settled, lapses_by <= as_of, 'missed', lapses_from > as_of, 'open', 'unclear') AS status,
           multiIf(status = 'void', 'void', done_at IS NOT NULL, 'done', 'open') AS ended,
           multiIf(ended = 'void', least(due_at, as_of), ended = 'done', assumeNotNull(done_at), as_of) AS ended_at,
           greatest(0, dateDiff('millisecond', started_at, ended_at)) / 1000 AS seconds
    FROM obligations FINAL
    WHERE started_at <= as_of
      AND started_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC')
      AND kind IN (?)
      AND confidence NOT IN (?)
)
WHERE status != 'unclear'
GROUP BY duty, institution_kind, risk, region, minutes
ORDER BY duty, institution_kind, risk, region, minutes
