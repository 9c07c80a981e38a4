-- Institutions whose share on time fell from one week to the next, by week and region;
-- in the nation, where one may have cases in several regions, all of its cases are
-- together. Run by ObligationDips.
WITH
    outcomes AS
    (
        SELECT of_region AS region, institution, week, sum(decided) AS n, sum(met) / n AS share
        FROM
        (
            {weeks}
        )
        ARRAY JOIN [region, '*'] AS of_region
        GROUP BY of_region, institution, week
        HAVING n >= ?
    )
SELECT if(here.region = '*', '', here.region) AS in_region,
       here.region = '*' AS nation,
       toString(here.week) AS of_week,
       countIf(before.share - here.share >= ?) AS fell,
       count() AS seen
FROM outcomes AS here
INNER JOIN outcomes AS before
    ON here.region = before.region AND here.institution = before.institution AND toDate(here.week) - 7 = toDate(before.week)
GROUP BY in_region, nation, of_week
