-- How long instances waited, by how they ended: to the nearest minute within 30 days and to
-- the nearest hour beyond, in minutes. Those that still wait are counted by when they began,
-- in milliseconds since 1970: that does not change as time goes on. Run by
-- ContributionWaits.
SELECT {names}
       indicator,
       {region} AS in_region,
       ended_as,
       multiIf(ended_as = 0, toUnixTimestamp64Milli(since),
               took < 2592000000, intDiv(took + 30000, 60000),
               60 * intDiv(took + 1800000, 3600000)) AS waited,
       {spans}
       sum(sign) AS every
FROM
(
    SELECT {by} *, greatest(0, dateDiff('millisecond', since, ended_at)) AS took
    FROM {rows}
    WHERE role = 'wait' AND {which}
)
GROUP BY {names} indicator, in_region, ended_as, waited
