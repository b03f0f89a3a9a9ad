-- The last rounds of pings of each device: of those that it answered the last one, of those of which every
-- packet was lost, and of those of which none could be sent. When a device was last seen is asked of
-- these few rows, and not of the rounds of a day, which lie all over it.
--
-- The newest by the time when it was due counts, so that what arrives late or twice displaces nothing.
CREATE TABLE IF NOT EXISTS ping_current
(
    customer_id UInt64 CODEC(ZSTD(1)),
    site_id     UInt64 CODEC(ZSTD(1)),
    device_id   UInt64 CODEC(ZSTD(1)),
    outcome     UInt8 CODEC(ZSTD(1)), -- 1 answered, 2 lost, 3 not sent
    slot        DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    offset_ms   UInt32 CODEC(T64, ZSTD(1)),
    interval_ms UInt32 CODEC(T64, ZSTD(1)),
    newest      UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(slot) + offset_ms) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(newest)
ORDER BY (customer_id, device_id, outcome)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, auto_statistics_types = '';

-- Of the last hour: older ones are shown nowhere.
INSERT INTO ping_current (customer_id, site_id, device_id, outcome, slot, offset_ms, interval_ms)
SELECT customer_id, last.2, device_id, round, fromUnixTimestamp64Milli(last.3), last.4, last.5 FROM (
  SELECT customer_id, device_id, multiIf(received > 0, 1, sent > 0, 2, 3) AS round,
    max((toUnixTimestamp64Milli(slot) + offset_ms, site_id, toUnixTimestamp64Milli(slot), offset_ms, interval_ms)) AS last
  FROM raw_pings WHERE slot > (SELECT max(slot) FROM raw_pings) - INTERVAL 1 HOUR GROUP BY customer_id, device_id, round
);
