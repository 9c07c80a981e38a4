-- Contributions one a row, with a sign as obligations have it. Position tells those
-- of one subject and role apart.
CREATE OR REPLACE VIEW contribution_rows AS
SELECT role, case_id, indicator, place, region, unit, side, low, untold, at, told, until, ended, numerator, denominator, key, deeds, position,
       toInt8(1) AS sign
FROM contributions FINAL
ARRAY JOIN indicator, place, region, unit, side, low, untold, at, told, until, ended, numerator, denominator, key, deeds,
           arrayEnumerate(at) AS position
