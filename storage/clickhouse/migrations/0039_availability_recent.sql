-- The days of availability of the last three months, a month apart. Pages ask for the last 30 days of all
-- devices: availability_days has a year of a device's days beside one another, so that a month
-- of all touches the whole year. It is written beside that table (availability_recent.go). Questions go back 99 days here.
CREATE TABLE IF NOT EXISTS availability_recent
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    down_ms      UInt32 CODEC(T64, ZSTD(1)),
    unreachable_ms Int64 CODEC(T64, ZSTD(1)),
    degraded_ms  UInt32 CODEC(T64, ZSTD(1)),
    unknown_ms   UInt32 CODEC(T64, ZSTD(1)),
    downs        UInt32 CODEC(T64, ZSTD(1)),
    longest_ms   Int64 CODEC(T64, ZSTD(1)),
    carried_ms   Int64 CODEC(T64, ZSTD(1)),
    carried_since_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    until_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ver          UInt64 CODEC(T64, ZSTD(1)),
    is_deleted   UInt8 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYYYYMM(start_ts)
ORDER BY (customer_id, device_id, start_ts)
TTL toDateTime(start_ts) + INTERVAL 100 DAY
SETTINGS ttl_only_drop_parts = 1;

-- Some weeks at a time. Running it again changes nothing.
INSERT INTO availability_recent (customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted)
SELECT customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted
FROM availability_days WHERE start_ts >= now() - INTERVAL 25 DAY;

INSERT INTO availability_recent (customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted)
SELECT customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted
FROM availability_days WHERE start_ts >= now() - INTERVAL 50 DAY AND start_ts < now() - INTERVAL 599 HOUR;

INSERT INTO availability_recent (customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted)
SELECT customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted
FROM availability_days WHERE start_ts >= now() - INTERVAL 75 DAY AND start_ts < now() - INTERVAL 1199 HOUR;

INSERT INTO availability_recent (customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted)
SELECT customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted
FROM availability_days WHERE start_ts >= now() - INTERVAL 100 DAY AND start_ts < now() - INTERVAL 1799 HOUR;
