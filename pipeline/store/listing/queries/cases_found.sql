-- Where obligations of one duty may lie that a number counts, the earliest deadline first,
-- after one: those that were replaced are among them. Run by Behind.
SELECT due_at, case_id, instance
FROM {rows}
WHERE {which}
ORDER BY due_at, case_id, instance
LIMIT ?
