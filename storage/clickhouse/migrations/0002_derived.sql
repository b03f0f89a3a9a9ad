-- What the processors made of the raw rows.
--
-- ver is (recompute epoch, offset), never a clock: the highest wins, and a row with
-- is_deleted is a tombstone. Every version of a row lands in the same table partition,
-- because the partition follows from the natural key.

-- Follows from one raw row alone, so it is never corrected: as with the raw rows the
-- lowest offset wins.
CREATE TABLE IF NOT EXISTS utilization
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    end_ts       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    interval_ms  UInt32 CODEC(T64, ZSTD(1)),
    in_bits      UInt64 CODEC(T64, ZSTD(1)),
    out_bits     UInt64 CODEC(T64, ZSTD(1)),
    in_packets   UInt64 CODEC(T64, ZSTD(1)),
    out_packets  UInt64 CODEC(T64, ZSTD(1)),
    in_errors    UInt64 CODEC(T64, ZSTD(1)),
    out_errors   UInt64 CODEC(T64, ZSTD(1)),
    in_discards  UInt64 CODEC(T64, ZSTD(1)),
    out_discards UInt64 CODEC(T64, ZSTD(1)),
    speed_bps    UInt64 CODEC(T64, ZSTD(1)),
    gap          UInt8 CODEC(T64, ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(end_ts)
ORDER BY (customer_id, device_id, interface_id, end_ts)
TTL toDateTime(end_ts) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS links
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    wan          UInt8 CODEC(T64, ZSTD(1)),
    epoch        UInt32 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    is_deleted   UInt8 CODEC(ZSTD(1)),
    ver          UInt64 MATERIALIZED bitOr(bitShiftLeft(toUInt64(epoch), 48), toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
ORDER BY (customer_id, device_id, interface_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- A history: a rebuild asks for the state as it was before an offset.
CREATE TABLE IF NOT EXISTS device_states
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    state        UInt8 CODEC(T64, ZSTD(1)),
    cause        UInt8 CODEC(T64, ZSTD(1)),
    since_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    first_seen_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    watermark_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    last_seen_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ping_interval_ms UInt32 CODEC(T64, ZSTD(1)),
    uptime_at_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    sys_uptime   UInt32 CODEC(T64, ZSTD(1)),
    hr_system_uptime UInt32 CODEC(T64, ZSTD(1)),
    engine_time  UInt32 CODEC(T64, ZSTD(1)),
    engine_boots UInt32 CODEC(T64, ZSTD(1)),
    presence     UInt8 CODEC(T64, ZSTD(1)),
    epoch        UInt32 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    is_deleted   UInt8 CODEC(ZSTD(1)),
    ver          UInt64 MATERIALIZED bitOr(bitShiftLeft(toUInt64(epoch), 48), toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
ORDER BY (part, device_id, kafka_offset)
SETTINGS non_replicated_deduplication_window = 1000;

-- The last state of each device. The offset decides before the epoch here: a
-- recompute of last week never outranks what came after it. Written beside
-- device_states and not by a materialized view, which a retried insert would skip.
CREATE TABLE IF NOT EXISTS device_current
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    state        UInt8 CODEC(T64, ZSTD(1)),
    cause        UInt8 CODEC(T64, ZSTD(1)),
    since_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    first_seen_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    watermark_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    last_seen_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ping_interval_ms UInt32 CODEC(T64, ZSTD(1)),
    uptime_at_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    sys_uptime   UInt32 CODEC(T64, ZSTD(1)),
    hr_system_uptime UInt32 CODEC(T64, ZSTD(1)),
    engine_time  UInt32 CODEC(T64, ZSTD(1)),
    engine_boots UInt32 CODEC(T64, ZSTD(1)),
    presence     UInt8 CODEC(T64, ZSTD(1)),
    epoch        UInt32 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(ZSTD(1)),
    ver          UInt64 MATERIALIZED bitOr(bitShiftLeft(toUInt64(kafka_offset), 16), toUInt64(epoch)) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
ORDER BY (customer_id, device_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS intervals
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    from_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    to_ts        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    state        UInt8 CODEC(T64, ZSTD(1)),
    cause        UInt8 CODEC(T64, ZSTD(1)),
    evidence     String CODEC(ZSTD(1)),
    epoch        UInt32 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    is_deleted   UInt8 CODEC(ZSTD(1)),
    ver          UInt64 MATERIALIZED bitOr(bitShiftLeft(toUInt64(epoch), 48), toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYYYYMM(from_ts)
ORDER BY (customer_id, device_id, from_ts)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS reboots
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    at_ts        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    kind         UInt8 CODEC(T64, ZSTD(1)),
    evidence     String CODEC(ZSTD(1)),
    epoch        UInt32 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    is_deleted   UInt8 CODEC(ZSTD(1)),
    ver          UInt64 MATERIALIZED bitOr(bitShiftLeft(toUInt64(epoch), 48), toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYYYYMM(at_ts)
ORDER BY (customer_id, device_id, at_ts)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS voice_minutes
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    path_id      UInt64 CODEC(ZSTD(1)),
    minute_ts    DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms   UInt32 CODEC(T64, ZSTD(1)),
    codec        LowCardinality(String) CODEC(ZSTD(1)),
    sent         UInt32 CODEC(T64, ZSTD(1)),
    received     UInt32 CODEC(T64, ZSTD(1)),
    lost         UInt32 CODEC(T64, ZSTD(1)),
    loss_runs    UInt32 CODEC(T64, ZSTD(1)),
    late         UInt32 CODEC(T64, ZSTD(1)),
    duplicates   UInt32 CODEC(T64, ZSTD(1)),
    reordered    UInt32 CODEC(T64, ZSTD(1)),
    delay_ms     Float64 CODEC(ZSTD(1)),
    one_way      UInt8 CODEC(T64, ZSTD(1)),
    rtt_mean_ms  Float64 CODEC(ZSTD(1)),
    rtt_min_ms   Float64 CODEC(ZSTD(1)),
    pdv99_ms     Float64 CODEC(ZSTD(1)),
    jitter_ms    Float64 CODEC(ZSTD(1)),
    loss_pct     Float64 CODEC(ZSTD(1)),
    burst_r      Float64 CODEC(ZSTD(1)),
    ie_eff       Float64 CODEC(ZSTD(1)),
    r            Float64 CODEC(ZSTD(1)),
    mos          Float64 CODEC(ZSTD(1)),
    itu          UInt8 CODEC(T64, ZSTD(1)),
    model        LowCardinality(String) CODEC(ZSTD(1)),
    epoch        UInt32 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    is_deleted   UInt8 CODEC(ZSTD(1)),
    ver          UInt64 MATERIALIZED bitOr(bitShiftLeft(toUInt64(epoch), 48), toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYYYYMM(minute_ts)
ORDER BY (customer_id, path_id, minute_ts)
TTL toDateTime(minute_ts) + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

-- A history too: of one range the row with the highest offset below the one asked
-- for says whether it is still to be made anew.
CREATE TABLE IF NOT EXISTS dirty_ranges
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    figure       LowCardinality(String) CODEC(ZSTD(1)),
    entity_id    UInt64 CODEC(ZSTD(1)),
    from_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    to_ts        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    epoch        UInt32 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    is_deleted   UInt8 CODEC(ZSTD(1)),
    ver          UInt64 MATERIALIZED bitOr(bitShiftLeft(toUInt64(epoch), 48), toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMM(from_ts)
ORDER BY (part, figure, entity_id, from_ts, kafka_offset, epoch, is_deleted)
TTL toDateTime(from_ts) + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;
