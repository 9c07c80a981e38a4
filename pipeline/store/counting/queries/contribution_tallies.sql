-- How many instances have how many events, at an instant. Run by ContributionTallies.
SELECT {names}
       indicator,
       {region} AS in_region,
       toInt64(numerator) AS events,
       {spans}
       sum(sign) AS every
FROM
(
    SELECT {by} *
    FROM {rows}
    WHERE role = 'count' AND {which}
)
GROUP BY {names} indicator, in_region, events
