-- Figures of one entity added up over time, so that a long question reads few rows.
--
-- Sums, the time they cover and peaks, never means. A poll counts in each bucket by the
-- share of its time, so the sums are fractions; they add up to what was measured. Sites
-- and customers are added up when asked. A bucket is made anew as a whole: ver is one
-- more than that of the row it replaces, and a row with is_deleted is a tombstone.

CREATE TABLE IF NOT EXISTS utilization_5m
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms   Int64 CODEC(T64, ZSTD(1)),
    in_bits      Float64 CODEC(ZSTD(1)),
    out_bits     Float64 CODEC(ZSTD(1)),
    in_packets   Float64 CODEC(ZSTD(1)),
    out_packets  Float64 CODEC(ZSTD(1)),
    in_broadcast Float64 CODEC(ZSTD(1)),
    out_broadcast Float64 CODEC(ZSTD(1)),
    in_multicast Float64 CODEC(ZSTD(1)),
    out_multicast Float64 CODEC(ZSTD(1)),
    in_errors    Float64 CODEC(ZSTD(1)),
    out_errors   Float64 CODEC(ZSTD(1)),
    in_discards  Float64 CODEC(ZSTD(1)),
    out_discards Float64 CODEC(ZSTD(1)),
    in_peak_bps  Float64 CODEC(ZSTD(1)),
    out_peak_bps Float64 CODEC(ZSTD(1)),
    speed_bps    UInt64 CODEC(T64, ZSTD(1)),
    last_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    gaps         UInt32 CODEC(T64, ZSTD(1)),
    ver          UInt64 CODEC(T64, ZSTD(1)),
    is_deleted   UInt8 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toMonday(start_ts)
ORDER BY (customer_id, device_id, interface_id, start_ts)
TTL toDateTime(start_ts) + INTERVAL 180 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS utilization_1h
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms   Int64 CODEC(T64, ZSTD(1)),
    in_bits      Float64 CODEC(ZSTD(1)),
    out_bits     Float64 CODEC(ZSTD(1)),
    in_packets   Float64 CODEC(ZSTD(1)),
    out_packets  Float64 CODEC(ZSTD(1)),
    in_broadcast Float64 CODEC(ZSTD(1)),
    out_broadcast Float64 CODEC(ZSTD(1)),
    in_multicast Float64 CODEC(ZSTD(1)),
    out_multicast Float64 CODEC(ZSTD(1)),
    in_errors    Float64 CODEC(ZSTD(1)),
    out_errors   Float64 CODEC(ZSTD(1)),
    in_discards  Float64 CODEC(ZSTD(1)),
    out_discards Float64 CODEC(ZSTD(1)),
    in_peak_bps  Float64 CODEC(ZSTD(1)),
    out_peak_bps Float64 CODEC(ZSTD(1)),
    speed_bps    UInt64 CODEC(T64, ZSTD(1)),
    last_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    gaps         UInt32 CODEC(T64, ZSTD(1)),
    ver          UInt64 CODEC(T64, ZSTD(1)),
    is_deleted   UInt8 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYYYYMM(start_ts)
ORDER BY (customer_id, device_id, interface_id, start_ts)
TTL toDateTime(start_ts) + INTERVAL 1095 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS utilization_1d
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms   Int64 CODEC(T64, ZSTD(1)),
    in_bits      Float64 CODEC(ZSTD(1)),
    out_bits     Float64 CODEC(ZSTD(1)),
    in_packets   Float64 CODEC(ZSTD(1)),
    out_packets  Float64 CODEC(ZSTD(1)),
    in_broadcast Float64 CODEC(ZSTD(1)),
    out_broadcast Float64 CODEC(ZSTD(1)),
    in_multicast Float64 CODEC(ZSTD(1)),
    out_multicast Float64 CODEC(ZSTD(1)),
    in_errors    Float64 CODEC(ZSTD(1)),
    out_errors   Float64 CODEC(ZSTD(1)),
    in_discards  Float64 CODEC(ZSTD(1)),
    out_discards Float64 CODEC(ZSTD(1)),
    in_peak_bps  Float64 CODEC(ZSTD(1)),
    out_peak_bps Float64 CODEC(ZSTD(1)),
    speed_bps    UInt64 CODEC(T64, ZSTD(1)),
    last_ts      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    gaps         UInt32 CODEC(T64, ZSTD(1)),
    ver          UInt64 CODEC(T64, ZSTD(1)),
    is_deleted   UInt8 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYear(start_ts)
ORDER BY (customer_id, device_id, interface_id, start_ts)
TTL toDateTime(start_ts) + INTERVAL 3650 DAY
SETTINGS ttl_only_drop_parts = 1;

-- A minute counts where something was sent. The scales of R never mix: each has rows of
-- its own. A minute is poor below R 70 of the narrowband scale, or its like on the others.
CREATE TABLE IF NOT EXISTS voice_1h
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    path_id      UInt64 CODEC(ZSTD(1)),
    scale        LowCardinality(String) CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms   UInt64 CODEC(T64, ZSTD(1)),
    minutes      UInt64 CODEC(T64, ZSTD(1)),
    poor_minutes UInt64 CODEC(T64, ZSTD(1)),
    lq_minutes   UInt64 CODEC(T64, ZSTD(1)),
    sent         UInt64 CODEC(T64, ZSTD(1)),
    received     UInt64 CODEC(T64, ZSTD(1)),
    lost         UInt64 CODEC(T64, ZSTD(1)),
    late         UInt64 CODEC(T64, ZSTD(1)),
    duplicates   UInt64 CODEC(T64, ZSTD(1)),
    reordered    UInt64 CODEC(T64, ZSTD(1)),
    r_sum        Float64 CODEC(ZSTD(1)),
    mos_sum      Float64 CODEC(ZSTD(1)),
    mos_lq_sum   Float64 CODEC(ZSTD(1)),
    delay_sum    Float64 CODEC(ZSTD(1)),
    jitter_sum   Float64 CODEC(ZSTD(1)),
    rtt_sum      Float64 CODEC(ZSTD(1)),
    r_min        Float64 CODEC(ZSTD(1)),
    mos_min      Float64 CODEC(ZSTD(1)),
    delay_max    Float64 CODEC(ZSTD(1)),
    jitter_max   Float64 CODEC(ZSTD(1)),
    loss_pct_max Float64 CODEC(ZSTD(1)),
    ver          UInt64 CODEC(T64, ZSTD(1)),
    is_deleted   UInt8 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYYYYMM(start_ts)
ORDER BY (customer_id, path_id, scale, start_ts)
TTL toDateTime(start_ts) + INTERVAL 1095 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS voice_1d
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    path_id      UInt64 CODEC(ZSTD(1)),
    scale        LowCardinality(String) CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms   UInt64 CODEC(T64, ZSTD(1)),
    minutes      UInt64 CODEC(T64, ZSTD(1)),
    poor_minutes UInt64 CODEC(T64, ZSTD(1)),
    lq_minutes   UInt64 CODEC(T64, ZSTD(1)),
    sent         UInt64 CODEC(T64, ZSTD(1)),
    received     UInt64 CODEC(T64, ZSTD(1)),
    lost         UInt64 CODEC(T64, ZSTD(1)),
    late         UInt64 CODEC(T64, ZSTD(1)),
    duplicates   UInt64 CODEC(T64, ZSTD(1)),
    reordered    UInt64 CODEC(T64, ZSTD(1)),
    r_sum        Float64 CODEC(ZSTD(1)),
    mos_sum      Float64 CODEC(ZSTD(1)),
    mos_lq_sum   Float64 CODEC(ZSTD(1)),
    delay_sum    Float64 CODEC(ZSTD(1)),
    jitter_sum   Float64 CODEC(ZSTD(1)),
    rtt_sum      Float64 CODEC(ZSTD(1)),
    r_min        Float64 CODEC(ZSTD(1)),
    mos_min      Float64 CODEC(ZSTD(1)),
    delay_max    Float64 CODEC(ZSTD(1)),
    jitter_max   Float64 CODEC(ZSTD(1)),
    loss_pct_max Float64 CODEC(ZSTD(1)),
    ver          UInt64 CODEC(T64, ZSTD(1)),
    is_deleted   UInt8 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYear(start_ts)
ORDER BY (customer_id, path_id, scale, start_ts)
TTL toDateTime(start_ts) + INTERVAL 3650 DAY
SETTINGS ttl_only_drop_parts = 1;

-- What a device was not up of each UTC day; days without a row were up or unwatched.
-- An outage counts in the day in which it begins. longest_ms is of those that end in the
-- same day; carried_ms is the whole length of the one that ends in the day and began on an
-- earlier one, at carried_since_ts. until_ts is the end of the last stretch, at most the
-- end of the day.
CREATE TABLE IF NOT EXISTS availability_days
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    down_ms      UInt32 CODEC(T64, ZSTD(1)),
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
PARTITION BY toYear(start_ts)
ORDER BY (customer_id, device_id, start_ts);

-- From when on a site's figures are added up, except where a dirty range of the figure
-- rollup or rollup_days says otherwise. It goes back as the past is added up.
CREATE TABLE IF NOT EXISTS rolled_sites
(
    customer_id  UInt64,
    site_id      UInt64,
    since_ts     DateTime64(3, 'UTC'),
    part         UInt16,
    kafka_offset Int64
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY (part, customer_id, site_id, kafka_offset)
SETTINGS non_replicated_deduplication_window = 1000;

-- So that a question finds the few intervals that reach into its time from far before.
ALTER TABLE intervals ADD INDEX IF NOT EXISTS ends to_ts TYPE minmax GRANULARITY 1;

-- Likewise the few polls over a day long.
ALTER TABLE utilization ADD INDEX IF NOT EXISTS lengths interval_ms TYPE minmax GRANULARITY 1;
