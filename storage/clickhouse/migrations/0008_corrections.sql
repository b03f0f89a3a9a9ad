-- Records that were made anew after the fact: how far each request has come, and what
-- was otherwise before.

-- A history, as dirty_ranges is: whoever takes a partition over asks how far a request
-- had come before an offset.
CREATE TABLE IF NOT EXISTS recomputes
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    request_id   UInt64 CODEC(ZSTD(1)),
    figure       LowCardinality(String) CODEC(ZSTD(1)),
    from_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    to_ts        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    asked_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    by           String CODEC(ZSTD(1)),
    why          String CODEC(ZSTD(1)),
    next_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    entities     UInt32 CODEC(T64, ZSTD(1)),
    kept_ms      Int64 CODEC(T64, ZSTD(1)),
    done         UInt8 CODEC(T64, ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (part, figure, request_id, appliance_id, kafka_offset)
TTL toDateTime(asked_ts) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 1000;

-- before_from, before_to, before_state and before_cause are the pieces of time that are
-- otherwise now, as they stood before; the sums are over the voice minutes that are.
CREATE TABLE IF NOT EXISTS corrections
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    entity_id    UInt64 CODEC(ZSTD(1)),
    figure       LowCardinality(String) CODEC(ZSTD(1)),
    request_id   UInt64 CODEC(ZSTD(1)),
    at_ts        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    from_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    to_ts        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    step_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    by           String CODEC(ZSTD(1)),
    why          String CODEC(ZSTD(1)),
    before_from  Array(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    before_to    Array(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    before_state Array(UInt8) CODEC(ZSTD(1)),
    before_cause Array(UInt8) CODEC(ZSTD(1)),
    minutes      UInt32 CODEC(T64, ZSTD(1)),
    mos_sum_before Float64 CODEC(ZSTD(1)),
    mos_sum_after Float64 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED toUInt64(kafka_offset) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMM(from_ts)
ORDER BY (customer_id, entity_id, figure, at_ts, request_id, step_ts, from_ts)
SETTINGS non_replicated_deduplication_window = 1000;

ALTER TABLE dirty_ranges ADD COLUMN IF NOT EXISTS late UInt8 CODEC(T64, ZSTD(1));
