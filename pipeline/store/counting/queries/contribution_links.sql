-- The successes that ContributionSums adds to outcomes which an event of another subject
-- can complete: those that were named in time.
SELECT {names}
       indicator,
       in_region,
       side,
       {sums}
       toInt64(0) AS every
FROM
(
    SELECT {by} {within} {region} AS in_region, indicator, side, unit, case_id, left_out, toFloat64(1) AS numerator, toFloat64(0) AS denominator, sign
    FROM
    (
        SELECT *
        FROM {rows}
        WHERE role = 'linked' AND NOT left_out AND {which}
    ) AS waiting
    INNER JOIN
    (
        SELECT indicator, key, groupArray(since) AS named
        FROM (SELECT indicator, key, since FROM {rows} WHERE role = 'link' GROUP BY indicator, key, since HAVING sum(sign) > 0)
        GROUP BY indicator, key
    ) AS links USING (indicator, key)
    WHERE arrayExists(t -> t >= since AND t <= can_be_linked_by, named)
)
GROUP BY {names} indicator, in_region, side
