-- The rows that count of what was written behind a closing, as they stand. Run by putRight.
CREATE TABLE {now} ENGINE = Memory AS
SELECT {columns}, sign, {fingerprint} AS fingerprint
FROM {standing}
WHERE {counts} AND ({key}) IN (SELECT {key} FROM {rewritten})
