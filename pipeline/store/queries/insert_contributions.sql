-- Stores what subjects add to the indicators. Run by InsertContributions.
INSERT INTO {table}
    (role, case_id, indicator, place, region, unit, side, low, untold, at, told, until, ended, numerator, denominator, key, deeds,
     catalogue, digest, version)
