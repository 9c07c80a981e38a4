-- Between which bounds the limits of obligations lie, by whatever is asked for. Run by
-- ObligationBounds.
SELECT {names}
       min(dateDiff('millisecond', started_at, due_at)) AS shortest,
       max(dateDiff('millisecond', started_at, due_at)) AS longest
FROM
(
    SELECT {by} *
    FROM {rows}
    WHERE {which} AND ({within})
)
GROUP BY ALL
