-- What an appliance says of its program and its uplink; empty and zero in rows of those
-- that did not say it yet.
ALTER TABLE raw_heartbeats
    ADD COLUMN IF NOT EXISTS version LowCardinality(String) CODEC(ZSTD(1)) AFTER dropped_blocks,
    ADD COLUMN IF NOT EXISTS sent_bytes UInt64 CODEC(T64, ZSTD(1)) AFTER version,
    ADD COLUMN IF NOT EXISTS sent_ms UInt32 CODEC(T64, ZSTD(1)) AFTER sent_bytes;
