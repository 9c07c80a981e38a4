-- What the last report of each unit in each of three windows says, summed by the
-- region of that report. Run by ContributionReports.
SELECT {names}
       indicator,
       window,
       last.3 AS in_region,
       sum(last.1) AS numerator,
       sum(last.2) AS denominator,
       toInt64(countIf(last.2 > 0)) AS n,
       sum(last.1 * last.1) AS numerator_square,
       sum(last.2 * last.2) AS denominator_square,
       sum(last.1 * last.2) AS product
FROM
(
    SELECT {names} indicator, case_id AS unit_id, window,
           argMax((numerator, denominator, {region}), (since, position)) AS last
    FROM (SELECT {by} * FROM contributions_at(as_of = ?))
    ARRAY JOIN arrayFilter((w, holds) -> holds, [0, 1, 2], {holds}) AS window
    WHERE role = 'report' AND {which}
    GROUP BY {names} indicator, unit_id, window
)
GROUP BY {names} indicator, window, in_region
