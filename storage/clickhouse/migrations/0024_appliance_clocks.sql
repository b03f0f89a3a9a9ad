-- Appliances whose clocks are not the centre's: by how much, and when that was found.
-- Of an appliance whose clock is right there is no row that is young.
CREATE TABLE IF NOT EXISTS appliance_clocks
(
    customer_id  UInt64,
    site_id      UInt64,
    appliance_id UInt64,
    at_ts        DateTime64(3, 'UTC'),
    skew_ms      Int64,
    refused      UInt8,
    kafka_offset Int64
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY (customer_id, appliance_id)
SETTINGS non_replicated_deduplication_window = 1000;
