-- The end of a long outage marks up to a thousand days at once to be added up again: a
-- mark must outlive the day that it is about.
ALTER TABLE dirty_ranges MODIFY TTL toDateTime(from_ts) + INTERVAL 1100 DAY;
