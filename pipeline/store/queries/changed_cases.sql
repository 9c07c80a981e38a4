-- Cases of which an obligation was written, or taken away, by a fold that had
-- seen an event after a sequence. Run by ChangedCases.
SELECT DISTINCT case_id
FROM obligations
WHERE version > ?
