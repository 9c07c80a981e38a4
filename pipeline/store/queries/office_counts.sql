-- Obligations of some duties by place, risk, institution and what they rest on, with what two spans
-- of due dates hold: done in time, failed, not yet due, unclear, void. Ten
-- million rows become a few thousand. PREWHERE may come before FINAL, since the
-- duty is in the sorting key. Run by OfficeCounts. The multiIf is the twin of
-- obligation.Status.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS a_from,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS a_to,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS b_from,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS b_to
SELECT duty,
       kind,
       confidence,
       substring(place, 1, 4) AS province,
       if(? = 1, area, '') AS area_asked,
       risk,
       institution,
       due_at > a_from AND due_at <= a_to AS in_a,
       due_at > b_from AND due_at <= b_to AS in_b,
       countIf(status = 'met' AND due_at <= as_of) AS met,
       countIf(status = 'late' OR status = 'missed') AS failed,
       countIf(status = 'open' OR status = 'met' AND due_at > as_of) AS not_due,
       countIf(status = 'unclear') AS unclear,
       countIf(status = 'void') AS void,
       min(dateDiff('millisecond', started_at, due_at)) AS shortest,
       max(dateDiff('millisecond', started_at, due_at)) AS longest
FROM
(
    SELECT duty, kind, confidence, place, area, risk, institution, started_at, due_at,
           multiIf(settled != '', settled, lapses_by <= as_of, 'missed', lapses_from > as_of, 'open', 'unclear') AS status
    FROM obligations FINAL
    PREWHERE duty IN (?)
    WHERE started_at <= as_of
      AND kind IN (?)
      AND confidence NOT IN (?)
)
WHERE in_a OR in_b
GROUP BY duty, kind, confidence, province, area_asked, risk, institution, in_a, in_b
