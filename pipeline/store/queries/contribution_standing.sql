-- Instances that stand at some time in each of three windows: how many, how many
-- of them with a deed in it, how many deeds, and for how many days together. Run
-- by ContributionStanding.
SELECT {names}
       indicator,
       {region} AS in_region,
       {sums}
       0
FROM
(
    SELECT {by} *
    FROM contributions_at(as_of = ?)
    WHERE role = 'standing' AND {which}
)
GROUP BY {names} indicator, in_region
