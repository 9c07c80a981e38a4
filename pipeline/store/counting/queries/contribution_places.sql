-- Places that need what an indicator looks for, in each of three windows, and since
-- when places have it. Run by ContributionPlaces.
SELECT indicator,
       role,
       place,
       min(since) AS first,
       {spans}
       count() AS every
FROM contributions_at(as_of = ?)
WHERE role IN ('need', 'has')
GROUP BY indicator, role, place
