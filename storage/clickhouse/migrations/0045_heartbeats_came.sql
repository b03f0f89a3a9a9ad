-- When heartbeats came by the centre's time: the last tick before each. By how much an appliance's clock is
-- behind is told by the two. 1970 in rows of a program that did not say it yet.
ALTER TABLE raw_heartbeats
    ADD COLUMN IF NOT EXISTS came_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)) AFTER interval_ms;
