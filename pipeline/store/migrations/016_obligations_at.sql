-- Obligations that have started by an instant, in milliseconds since 1970, with
-- their status at it. This is the only place in SQL where the status is decided;
-- its twin in Go is obligation.Status. What has met its deadline or missed it has
-- ended; what fell away did so at its deadline, or now if that is to come.
CREATE OR REPLACE VIEW obligations_at AS
WITH
    fromUnixTimestamp64Milli({as_of:Int64}, 'UTC') AS as_of
SELECT *,
       as_of AS asked_at,
       multiIf(settled != '', settled, lapses_by <= as_of, 'missed', lapses_from > as_of, 'open', 'unclear') AS status
FROM obligation_rows
WHERE started_at <= as_of
