-- The polls of interfaces of the last days, by time. Which links have most just now is asked of
-- all of them: utilization has the polls of an interface beside one another, so that the last
-- minutes of all touch the whole day. Of its columns these are what links are ranked by
-- (ranking.go, interfaces.go), written with it. Questions go back two days here.
CREATE TABLE IF NOT EXISTS polls_recent
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    end_ts       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    interval_ms  UInt32 CODEC(T64, ZSTD(1)),
    in_bits      UInt64 CODEC(T64, ZSTD(1)),
    out_bits     UInt64 CODEC(T64, ZSTD(1)),
    speed_bps    UInt64 CODEC(T64, ZSTD(1)),
    gap          UInt8 CODEC(T64, ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(end_ts)
ORDER BY (end_ts, customer_id, device_id, interface_id)
TTL toDateTime(end_ts) + INTERVAL 3 DAY
SETTINGS ttl_only_drop_parts = 1;

-- A day at a time. Running it again changes nothing.
INSERT INTO polls_recent (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, speed_bps, gap, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, speed_bps, gap, kafka_offset
FROM utilization WHERE end_ts >= now() - INTERVAL 24 HOUR;

INSERT INTO polls_recent (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, speed_bps, gap, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, speed_bps, gap, kafka_offset
FROM utilization WHERE end_ts >= now() - INTERVAL 50 HOUR AND end_ts < now() - INTERVAL 23 HOUR;
