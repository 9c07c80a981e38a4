-- How many instances have how many events, at an instant. Run by ContributionTallies.
SELECT indicator,
       substring(place, 1, 4) AS province,
       region,
       toInt64(numerator) AS events,
       {spans}
       count() AS every
FROM contributions_at(as_of = ?)
WHERE role = 'count' AND {which}
GROUP BY indicator, province, region, events
