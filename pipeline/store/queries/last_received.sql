-- When the newest event of each department and of each kind of institution was
-- received. Run by Reporting.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of
SELECT 'department' AS dimension, toString(department) AS name, max(received_at) AS last_at
FROM events
WHERE received_at <= as_of AND department != ''
GROUP BY department
UNION ALL
SELECT 'institution_kind' AS dimension, toString(institution_kind) AS name, max(received_at) AS last_at
FROM events
WHERE received_at <= as_of AND institution_kind != ''
GROUP BY institution_kind
