-- What the last report of each unit in each of three windows says, summed by the
-- province of that report. Run by ContributionReports.
SELECT indicator,
       window,
       substring(last.3, 1, 4) AS province,
       last.4 AS region,
       sum(last.1) AS numerator,
       sum(last.2) AS denominator,
       countIf(last.2 > 0) AS n
FROM
(
    SELECT indicator, case_id, window,
           argMax((numerator, denominator, place, region), (since, position)) AS last
    FROM contributions_at(as_of = ?)
    ARRAY JOIN arrayFilter((w, holds) -> holds, [0, 1, 2], {holds}) AS window
    WHERE role = 'report' AND {which}
    GROUP BY indicator, case_id, window
)
GROUP BY indicator, window, province, region
