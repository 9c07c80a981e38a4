-- How many events are stored, duplicates and all. Run by Answers.
SELECT count() AS events
FROM events
