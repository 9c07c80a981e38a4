-- Contributions one a row, as the view contribution_rows has them, but for what is not asked
-- about outcomes: a list that is joined is read, also where nobody asks for it. Run by
-- ContributionSums.
SELECT role, case_id, indicator, place, region, unit, side, low, untold, at, told, until, toInt8(0) AS ended, {lists}, toInt8(1) AS sign
FROM contributions FINAL
ARRAY JOIN indicator, place, region, unit, side, low, untold, at, told, until, {lists}
