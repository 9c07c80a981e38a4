-- Numerators and denominators of indicators at an instant, by region, side and whatever else is asked for, in each of three windows. An outcome
-- that an event of another subject can complete is one if it was named in time. Run
-- by ContributionSums.
SELECT indicator,
       in_region,
       side,
       {names}
       {sums}
       0
FROM
(
    SELECT {by} {region} AS in_region, indicator, side, unit, case_id, counts_at, by_deadline, left_out,
           numerator, denominator
    FROM contributions_at(as_of = ?)
    WHERE role = 'outcome' AND {which}
    UNION ALL
    SELECT {by} {region} AS in_region, indicator, side, unit, case_id, counts_at, by_deadline, left_out,
           toFloat64(arrayExists(t -> t >= since AND t <= can_be_linked_by, named)) AS numerator, denominator
    FROM
    (
        SELECT *
        FROM contributions_at(as_of = ?)
        WHERE role = 'linked' AND {which}
    ) AS waiting
    LEFT JOIN
    (
        SELECT indicator, key, groupArray(since) AS named
        FROM contributions_at(as_of = ?)
        WHERE role = 'link'
        GROUP BY indicator, key
    ) AS links USING (indicator, key)
)
GROUP BY {names} indicator, in_region, side
