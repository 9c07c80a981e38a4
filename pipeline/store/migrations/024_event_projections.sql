-- Events may lie in a second form as well, as obligations do: when parts become one, it is made anew.
ALTER TABLE events
    MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild'
