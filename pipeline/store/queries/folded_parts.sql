-- In how many parts the folded tables lie, and how many merges of them go on. Run by Merged.
SELECT
    (SELECT count() FROM system.parts WHERE active AND database = currentDatabase() AND table IN ('obligations', 'contributions')) AS parts,
    (SELECT count() FROM system.merges WHERE database = currentDatabase() AND table IN ('obligations', 'contributions')) AS merges
