-- Intervals once more in the order of time: what all devices were at a time is asked of all, and the
-- table has the intervals of a device beside one another, so that a day of all touches the whole month. A projection
-- and not a table of its own: it is written, merged and removed with the rows that it has. Versions
-- that are merged away are left out of it, too.
ALTER TABLE intervals MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';

ALTER TABLE intervals ADD PROJECTION IF NOT EXISTS by_time
(
    SELECT customer_id, site_id, device_id, from_ts, to_ts, state, cause, evidence, epoch, ver, is_deleted
    ORDER BY from_ts
);

-- So that the few intervals over a day long are found, whenever they began.
ALTER TABLE intervals ADD INDEX IF NOT EXISTS lengths (toUnixTimestamp64Milli(to_ts) - toUnixTimestamp64Milli(from_ts)) TYPE minmax GRANULARITY 1;

-- Rows from before get both in the background. Until they have, they are read as they were.
ALTER TABLE intervals MATERIALIZE PROJECTION by_time;

ALTER TABLE intervals MATERIALIZE INDEX lengths;
