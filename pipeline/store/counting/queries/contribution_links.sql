-- What ContributionSums adds up of outcomes that an event of another subject can
-- complete: one is a success if it was named in time.
SELECT {names}
       indicator,
       in_region,
       side,
       {sums}
       sum(sign) AS every
FROM
(
    SELECT {by} {region} AS in_region, indicator, side, unit, case_id, counts_at, by_deadline, left_out,
           toFloat64(arrayExists(t -> t >= since AND t <= can_be_linked_by, named)) AS numerator, denominator, sign
    FROM
    (
        SELECT *
        FROM {rows}
        WHERE role = 'linked' AND {which}
    ) AS waiting
    LEFT JOIN
    (
        SELECT indicator, key, groupArray(since) AS named
        FROM {rows}
        WHERE role = 'link'
        GROUP BY indicator, key
    ) AS links USING (indicator, key)
)
GROUP BY {names} indicator, in_region, side
