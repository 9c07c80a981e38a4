-- Obligations by duty, province, risk and status at an instant, with the counts
-- of three windows by due date (all, the last closed month, the last twelve
-- months), the oldest missed and the next deadline. Run by Totals. The multiIf
-- is the twin of obligation.Status.
WITH
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS as_of,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS month_from,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS month_to,
    fromUnixTimestamp64Milli(toInt64(?), 'UTC') AS year_from
SELECT duty,
       kind,
       confidence,
       substring(place, 1, 4) AS province,
       multiIf(settled != '', settled, lapses_by <= as_of, 'missed', lapses_from > as_of, 'open', 'unclear') AS status,
       count() AS every,
       countIf(due_at > month_from AND due_at <= month_to) AS in_month,
       countIf(due_at > year_from AND due_at <= as_of) AS in_year,
       min(due_at) AS first_due
FROM obligations FINAL
WHERE started_at <= as_of
GROUP BY duty, kind, confidence, province, status
