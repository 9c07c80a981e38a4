-- How long instances waited, or have waited so far: to the nearest minute within 30
-- days and to the nearest hour beyond, in minutes, by how they ended. Run by
-- ContributionWaits.
SELECT {names}
       indicator,
       {region} AS in_region,
       ended_as,
       if(took < 2592000000, intDiv(took + 30000, 60000), 60 * intDiv(took + 1800000, 3600000)) AS minutes,
       {spans}
       sum(sign) AS every
FROM
(
    SELECT {by} *, greatest(0, dateDiff('millisecond', since, ended_at)) AS took
    FROM {rows}
    WHERE role = 'wait' AND {which}
)
GROUP BY {names} indicator, in_region, ended_as, minutes
