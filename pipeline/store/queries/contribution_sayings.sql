-- What frontline workers observed, by kind and code. Run by ContributionSayings.
SELECT indicator AS said,
       substring(place, 1, 4) AS province,
       region,
       count() AS n
FROM contributions_at(as_of = ?)
WHERE role = 'saying'
GROUP BY said, province, region
