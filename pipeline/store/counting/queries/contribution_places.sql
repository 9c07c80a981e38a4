-- Since when places have what an indicator looks for. Run by ContributionPlaces.
SELECT indicator,
       place,
       min(since) AS first
FROM contributions_at(as_of = ?)
WHERE role = 'has'
GROUP BY indicator, place
