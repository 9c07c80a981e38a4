-- What was written of some cases behind a closing. Run by putRight.
CREATE OR REPLACE TABLE {since}.{table}_rewritten ENGINE = Memory AS
SELECT DISTINCT {key}
FROM {table}
WHERE {written} AND case_id IN (?)
