-- Cases in which what was last announced of an obligation (missed, late, or
-- nothing of the kind) is not how it stands at an instant. Obligations that
-- lapsed by a second instant and were never announced are left out. Run by Unannounced.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS since
SELECT DISTINCT case_id
FROM
(
    SELECT case_id, duty, instance, max(stands) AS stands, max(said) AS said
    FROM
    (
        SELECT case_id, duty, instance,
               if(status IN ('missed', 'late'), concat(if(lapses_by > since, '+', '-'), status), '') AS stands,
               '' AS said
        FROM obligations_at(as_of = ?)
        WHERE kind IN (?)
        UNION ALL
        SELECT case_id, duty, instance, '' AS stands, argMax(kind, seq) AS said
        FROM notices FINAL
        WHERE kind IN ('missed', 'late', 'cleared')
        GROUP BY case_id, duty, instance
    )
    GROUP BY case_id, duty, instance
)
WHERE multiIf(stands = '', said IN ('missed', 'late'), startsWith(stands, '-') AND said = '', 0, substring(stands, 2) != said)
