-- Obligations that are decided, and those met of them, by institution and week: the day
-- of its Monday. Run by ObligationDips.
SELECT {names}
       {week} AS week,
       sumIf(sign, status IN ('met', 'late', 'missed')) AS decided,
       sumIf(sign, status = 'met') AS met,
       sum(sign) AS every
FROM
(
    SELECT {by} *
    FROM {rows}
    WHERE {which} AND institution != ''
)
GROUP BY {names} week
