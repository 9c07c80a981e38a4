-- The first deadline of obligations, by status and whatever else is asked for. Run by
-- FirstDeadlines.
SELECT {names}
       status,
       min(due_at) AS first_due
FROM
(
    SELECT {by} *
    FROM {rows}
    WHERE {which}
)
GROUP BY {names} status
