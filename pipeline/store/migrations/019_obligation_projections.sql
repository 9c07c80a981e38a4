-- What is in a table of which the engine keeps the highest version of a row may lie in a
-- second order as well: when parts become one, it is sorted anew.
ALTER TABLE obligations
    MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild'
