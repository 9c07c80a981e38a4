-- Obligations as they are counted: each once, with a sign. What is kept of a count
-- (closing.go) takes rows back by the sign -1; here nothing is taken back.
CREATE OR REPLACE VIEW obligation_rows AS
SELECT *, toInt8(1) AS sign
FROM obligations FINAL
