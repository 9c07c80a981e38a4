-- What was written of some cases behind a closing. Run by putRight.
CREATE TABLE {rewritten} ENGINE = Memory AS
SELECT {key}, max(version) AS newest
FROM {table}
WHERE {written} AND case_id IN (?)
GROUP BY {key}
