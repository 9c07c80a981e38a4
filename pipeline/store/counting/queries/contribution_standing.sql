-- Instances that stand at some time in each of three windows: how many, how many
-- of them with a deed in it, how many deeds, and for how many days together. Run
-- by ContributionStanding.
SELECT {names}
       indicator,
       {region} AS in_region,
       {sums}
       sum(sign) AS every
FROM
(
    SELECT {by} {within} *
    FROM {rows}
    WHERE role = 'standing' AND {which}
)
GROUP BY {names} indicator, in_region
