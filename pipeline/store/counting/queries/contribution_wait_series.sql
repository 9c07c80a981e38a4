-- Waits together that ended alike: as lists, which travel far faster than rows. Run by
-- ContributionWaits.
SELECT {names}
       indicator,
       in_region,
       ended_as,
       groupArray(minutes),
       groupArray(in_0),
       groupArray(in_1),
       groupArray(in_2)
FROM
(
    {waits}
)
GROUP BY {names} indicator, in_region, ended_as
