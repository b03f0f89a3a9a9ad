-- How far the centre has read each partition of its topics, by its own time: the last tick. What
-- is missing of the time before is missing; what came after may wait to be read.
-- step_ms is how long before it the tick before was.
CREATE TABLE IF NOT EXISTS streams_read
(
    logs         UInt8,
    part         UInt16,
    read_ts      DateTime64(3, 'UTC'),
    step_ms      UInt32,
    kafka_offset Int64
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY (logs, part);

-- In which partition a heartbeat came, and the last tick before it. 1970 in rows of a program that
-- did not say it yet.
ALTER TABLE appliance_current
    ADD COLUMN IF NOT EXISTS part UInt16 CODEC(T64, ZSTD(1)) AFTER interval_ms,
    ADD COLUMN IF NOT EXISTS came_ts DateTime64(3, 'UTC') CODEC(ZSTD(1)) AFTER part;
