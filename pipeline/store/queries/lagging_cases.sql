-- Cases with a recurring obligation whose last written period falls due before
-- an instant, so that the next period has to be written. Run by Lagging.
SELECT case_id
FROM
(
    SELECT case_id, duty, splitByChar('/', instance)[1] AS ref, max(due_at) AS last_due, argMax(settled, due_at) AS last_settled
    FROM obligations FINAL
    WHERE duty IN (?)
    GROUP BY case_id, duty, ref
)
WHERE last_due <= fromUnixTimestamp64Milli(toInt64(?), 'UTC') AND last_settled != 'void'
GROUP BY case_id
