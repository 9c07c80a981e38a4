-- What frontline workers observed, by kind and code. Run by ContributionSayings.
SELECT indicator AS said,
       {region} AS in_region,
       toInt64(count()) AS n
FROM contributions_at(as_of = ?)
WHERE role = 'saying'
GROUP BY said, in_region
