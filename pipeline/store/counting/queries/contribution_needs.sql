-- Places that need what an indicator looks for, in each of three windows. Run by
-- ContributionNeeds.
SELECT {names}
       indicator,
       {spans}
       sum(sign) AS every
FROM
(
    SELECT *
    FROM {rows}
    WHERE role = 'need' AND {which}
)
GROUP BY {names} indicator
