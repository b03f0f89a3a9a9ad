-- What devices say of their own processors, memory, temperatures, fans and power
-- supplies, and which sensor bears an id. Values are thousandths of the unit that
-- follows from the kind. Rules as in the first migration: the lowest offset wins,
-- measurements are kept 90 days, names are kept.

CREATE TABLE IF NOT EXISTS raw_health
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    sensor_id    UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot + toIntervalMillisecond(offset_ms),
    sensor_kind  UInt8 CODEC(T64, ZSTD(1)),
    status       UInt8 CODEC(T64, ZSTD(1)),
    measured     UInt8 CODEC(T64, ZSTD(1)),
    value_milli  Int64 CODEC(T64, ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(slot)
ORDER BY (customer_id, device_id, sensor_id, slot)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_health_identities
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    sensor_id    UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot,
    sensor_kind  UInt8 CODEC(T64, ZSTD(1)),
    name         String CODEC(ZSTD(1)),
    source       LowCardinality(String) CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
ORDER BY (customer_id, device_id, sensor_id, slot)
SETTINGS non_replicated_deduplication_window = 1000;
