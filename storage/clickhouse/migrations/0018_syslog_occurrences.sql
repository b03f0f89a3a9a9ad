-- Lines that stand for several messages, and lines that came by way of a relay.

ALTER TABLE raw_syslog
    ADD COLUMN IF NOT EXISTS occurrences UInt32 DEFAULT 1 CODEC(T64, ZSTD(1)) AFTER complaint,
    ADD COLUMN IF NOT EXISTS relayed UInt8 DEFAULT 0 CODEC(T64, ZSTD(1)) AFTER occurrences;
