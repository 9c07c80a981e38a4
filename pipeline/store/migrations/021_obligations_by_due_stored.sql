-- What was stored before the second order was there is put into it, beside other work.
-- Until then lists read the table.
ALTER TABLE obligations
    MATERIALIZE PROJECTION by_due
