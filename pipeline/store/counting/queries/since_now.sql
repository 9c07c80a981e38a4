-- The rows that count of what was written behind a closing, as they stand. Of what the closing may
-- have in a higher version, written late or put together since with what was there, it is asked which
-- stands. Run by putRight.
CREATE TABLE {now} ENGINE = Memory AS
SELECT {columns}, sign, {fingerprint} AS fingerprint
FROM {written_rows}
WHERE {counts} AND ({key}) IN (SELECT {key} FROM {rewritten} WHERE newest > {closed})
UNION ALL
SELECT {columns}, sign, {fingerprint} AS fingerprint
FROM {all_rows}
WHERE {counts} AND ({key}) IN (SELECT {key} FROM {rewritten} WHERE newest <= {closed})
