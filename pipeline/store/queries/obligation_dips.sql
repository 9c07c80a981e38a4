-- Institutions whose share on time fell from one week to the next, by week and region;
-- in the nation, where one may have cases in several regions, all of its cases are
-- together. Run by ObligationDips.
WITH
    outcomes AS
    (
        SELECT region, institution, week,
               countIf(status IN ('met', 'late', 'missed')) AS n,
               countIf(status = 'met') / n AS share
        FROM
        (
            SELECT {by} *
            FROM obligations_at(as_of = ?)
            WHERE {which} AND institution != ''
        )
        ARRAY JOIN [region, '*'] AS region
        GROUP BY region, institution, week
    )
SELECT if(here.region = '*', '', here.region) AS in_region,
       here.region = '*' AS nation,
       toString(here.week) AS of_week,
       countIf(before.share - here.share >= ?) AS fell,
       count() AS seen
FROM outcomes AS here
INNER JOIN outcomes AS before
    ON here.region = before.region AND here.institution = before.institution AND toDate(here.week) - 7 = toDate(before.week)
WHERE here.n >= ? AND before.n >= ?
GROUP BY in_region, nation, of_week
