-- What was stored before is summed up once, beside other work. Until then it is read.
ALTER TABLE events
    MATERIALIZE PROJECTION spans
