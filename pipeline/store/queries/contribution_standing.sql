-- Instances that stand at some time in each of three windows: how many, how many
-- of them with a deed in it, how many deeds, and for how many days together. Run
-- by ContributionStanding.
SELECT indicator,
       substring(place, 1, 4) AS province,
       region,
       {sums}
       0
FROM contributions_at(as_of = ?)
WHERE role = 'standing' AND {which}
GROUP BY indicator, province, region
