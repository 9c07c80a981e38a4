-- The first mark of each unit and every declared shock. Run by ContributionMarks.
SELECT indicator, toString(role) AS role, unit, place, min(since) AS first, max(lasts_until) AS last
FROM contributions_at(as_of = ?)
WHERE role IN ('mark', 'shock')
GROUP BY indicator, role, unit, place, if(role = 'shock', (case_id, position), ('', 0))
