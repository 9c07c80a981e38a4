-- How far the copy of the stream of notices reaches. Run by LastAnnounced.
SELECT max(seq) FROM notices
