-- The hours of interfaces of the last weeks, each day apart. Which links have most in a day
-- is asked of all of them: utilization_1h has the hours of an interface beside one another, so
-- that a day of all touches the whole month. Of its columns these are what links are ranked by
-- (ranking.go, interfaces.go), written beside it. Questions go back 39 days here.
CREATE TABLE IF NOT EXISTS utilization_recent
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms   Int64 CODEC(T64, ZSTD(1)),
    in_bits      Float64 CODEC(ZSTD(1)),
    out_bits     Float64 CODEC(ZSTD(1)),
    in_peak_bps  Float64 CODEC(ZSTD(1)),
    out_peak_bps Float64 CODEC(ZSTD(1)),
    speed_bps    UInt64 CODEC(T64, ZSTD(1)),
    last_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    busy_bps     Float64 CODEC(ZSTD(1)),
    slowest_bps  UInt64 CODEC(T64, ZSTD(1)),
    ver          UInt64 CODEC(T64, ZSTD(1)),
    is_deleted   UInt8 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYYYYMMDD(start_ts)
ORDER BY (customer_id, device_id, interface_id, start_ts)
TTL toDateTime(start_ts) + INTERVAL 40 DAY
SETTINGS ttl_only_drop_parts = 1;

-- Some days at a time. Running it again changes nothing.
INSERT INTO utilization_recent (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted)
SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted
FROM utilization_1h WHERE start_ts >= now() - INTERVAL 5 DAY;

INSERT INTO utilization_recent (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted)
SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted
FROM utilization_1h WHERE start_ts >= now() - INTERVAL 10 DAY AND start_ts < now() - INTERVAL 119 HOUR;

INSERT INTO utilization_recent (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted)
SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted
FROM utilization_1h WHERE start_ts >= now() - INTERVAL 15 DAY AND start_ts < now() - INTERVAL 239 HOUR;

INSERT INTO utilization_recent (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted)
SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted
FROM utilization_1h WHERE start_ts >= now() - INTERVAL 20 DAY AND start_ts < now() - INTERVAL 359 HOUR;

INSERT INTO utilization_recent (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted)
SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted
FROM utilization_1h WHERE start_ts >= now() - INTERVAL 25 DAY AND start_ts < now() - INTERVAL 479 HOUR;

INSERT INTO utilization_recent (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted)
SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted
FROM utilization_1h WHERE start_ts >= now() - INTERVAL 30 DAY AND start_ts < now() - INTERVAL 599 HOUR;

INSERT INTO utilization_recent (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted)
SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted
FROM utilization_1h WHERE start_ts >= now() - INTERVAL 35 DAY AND start_ts < now() - INTERVAL 719 HOUR;

INSERT INTO utilization_recent (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted)
SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted
FROM utilization_1h WHERE start_ts >= now() - INTERVAL 40 DAY AND start_ts < now() - INTERVAL 839 HOUR;
