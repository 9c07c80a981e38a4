-- Numerators and denominators of indicators at an instant, by region, side and
-- whatever else is asked for, in each of three windows. Run by ContributionSums.
SELECT {names}
       indicator,
       in_region,
       side,
       {sums}
       sum(sign) AS every
FROM
(
    SELECT {by} {within} {region} AS in_region, indicator, side, unit, case_id, left_out, numerator, denominator, sign
    FROM {rows}
    WHERE role IN ('outcome', 'linked') AND {which}
)
GROUP BY {names} indicator, in_region, side
