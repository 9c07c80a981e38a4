-- Since when and until when each province has reported: when its sources wrote down
-- what happened, not when it arrived here. Duplicates count twice, which changes
-- neither end. Where nothing is left out, no event is read (migration 025). Run by Reported.
SELECT toString(province) AS province,
       min(began) AS first,
       max(ended) AS until,
       sum(n) AS events,
       sumIf(n, source = ? OR startsWith(source, ?)) AS synthetic
FROM
(
    SELECT province, source, min(recorded_at) AS began, max(recorded_at) AS ended, count() AS n
    FROM events
    WHERE {known}
    GROUP BY province, source
)
GROUP BY province
