-- Contributions that have happened by an instant, in milliseconds since 1970. An
-- outcome that cannot be told yet is left out where it began; once it can be told it
-- counts at that instant, as a deadline does.
CREATE OR REPLACE VIEW contributions_at AS
WITH
    fromUnixTimestamp64Milli({as_of:Int64}, 'UTC') AS as_of,
    toDateTime64(0, 3, 'UTC') AS none
SELECT *,
       at AS since,
       told > none AND told <= as_of AS by_deadline,
       if(by_deadline, told, at) AS counts_at,
       untold OR told > as_of AS left_out,
       toInt8(if(until > none AND until <= as_of, ended, 0)) AS ended_as,
       if(until > none AND until <= as_of, until, as_of) AS ended_at,
       if(until > none, until, as_of) AS lasts_until,
       if(by_deadline, told, as_of) AS can_be_linked_by
FROM contribution_rows
WHERE at <= as_of
  AND (role NOT IN ('outcome', 'linked') OR until = none OR until > as_of)
