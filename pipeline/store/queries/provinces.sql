-- The provinces (4 digits, or 2 where only the department is known) in which
-- obligations arose. Run by Provinces.
SELECT DISTINCT substring(place, 1, 4) AS province
FROM obligations
