-- Obligations at an instant that another database of the same form does not have, by
-- province, duty and what they rest on. Run by ObligationsAlone.
SELECT {names}
       kind,
       confidence,
       status,
       toInt64(count()) AS every
FROM
(
    SELECT {by} *
    FROM obligations_at(as_of = ?)
    WHERE {which}
) AS here
LEFT ANTI JOIN
(
    SELECT case_id, duty, instance
    FROM {other}.obligations_at(as_of = ?)
    WHERE {which}
) AS there USING (case_id, duty, instance)
GROUP BY {names} kind, confidence, status
