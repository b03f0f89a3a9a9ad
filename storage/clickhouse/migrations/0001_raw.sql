-- What the pollers measured, one table for each kind of row.
--
-- ver falls as the offset rises, so that of two rows with one natural key (the
-- sorting key) the one with the lowest offset wins. slot and offset_ms are stored as
-- they were sent, ts is their sum. Tables of measurements are partitioned by day and
-- kept 90 days; what names things is small and kept.

CREATE TABLE IF NOT EXISTS raw_interfaces
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot + toIntervalMillisecond(offset_ms),
    interval_ms  UInt32 CODEC(T64, ZSTD(1)),
    speed_bps    UInt64 CODEC(T64, ZSTD(1)),
    admin_status UInt8 CODEC(T64, ZSTD(1)),
    oper_status  UInt8 CODEC(T64, ZSTD(1)),
    width        UInt8 CODEC(T64, ZSTD(1)),
    evidence     UInt8 CODEC(T64, ZSTD(1)),
    uptime_start UInt32 CODEC(Delta, ZSTD(1)),
    uptime_end   UInt32 CODEC(Delta, ZSTD(1)),
    in_octets    UInt64 CODEC(T64, ZSTD(1)),
    out_octets   UInt64 CODEC(T64, ZSTD(1)),
    in_ucast_pkts UInt64 CODEC(T64, ZSTD(1)),
    out_ucast_pkts UInt64 CODEC(T64, ZSTD(1)),
    in_multicast_pkts UInt64 CODEC(T64, ZSTD(1)),
    out_multicast_pkts UInt64 CODEC(T64, ZSTD(1)),
    in_broadcast_pkts UInt64 CODEC(T64, ZSTD(1)),
    out_broadcast_pkts UInt64 CODEC(T64, ZSTD(1)),
    in_errors    UInt64 CODEC(T64, ZSTD(1)),
    out_errors   UInt64 CODEC(T64, ZSTD(1)),
    in_discards  UInt64 CODEC(T64, ZSTD(1)),
    out_discards UInt64 CODEC(T64, ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(slot)
ORDER BY (customer_id, device_id, interface_id, slot)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_keyframes
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot + toIntervalMillisecond(offset_ms),
    width        UInt8 CODEC(T64, ZSTD(1)),
    uptime_end   UInt32 CODEC(Delta, ZSTD(1)),
    in_octets    UInt64 CODEC(Delta, T64, ZSTD(1)),
    out_octets   UInt64 CODEC(Delta, T64, ZSTD(1)),
    in_ucast_pkts UInt64 CODEC(Delta, T64, ZSTD(1)),
    out_ucast_pkts UInt64 CODEC(Delta, T64, ZSTD(1)),
    in_multicast_pkts UInt64 CODEC(Delta, T64, ZSTD(1)),
    out_multicast_pkts UInt64 CODEC(Delta, T64, ZSTD(1)),
    in_broadcast_pkts UInt64 CODEC(Delta, T64, ZSTD(1)),
    out_broadcast_pkts UInt64 CODEC(Delta, T64, ZSTD(1)),
    in_errors    UInt64 CODEC(Delta, T64, ZSTD(1)),
    out_errors   UInt64 CODEC(Delta, T64, ZSTD(1)),
    in_discards  UInt64 CODEC(Delta, T64, ZSTD(1)),
    out_discards UInt64 CODEC(Delta, T64, ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(slot)
ORDER BY (customer_id, device_id, interface_id, slot)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_pings
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot + toIntervalMillisecond(offset_ms),
    interval_ms  UInt32 CODEC(T64, ZSTD(1)),
    attempt      UInt8 CODEC(T64, ZSTD(1)),
    sent         UInt8 CODEC(T64, ZSTD(1)),
    received     UInt8 CODEC(T64, ZSTD(1)),
    icmp_error   UInt8 CODEC(T64, ZSTD(1)),
    rtt_us       Array(UInt32) CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(slot)
ORDER BY (customer_id, device_id, slot, offset_ms, attempt)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_uptimes
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot + toIntervalMillisecond(offset_ms),
    sys_uptime   UInt32 CODEC(Delta, ZSTD(1)),
    hr_system_uptime UInt32 CODEC(Delta, ZSTD(1)),
    engine_time  UInt32 CODEC(Delta, ZSTD(1)),
    engine_boots UInt32 CODEC(Delta, ZSTD(1)),
    presence     UInt8 CODEC(T64, ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(slot)
ORDER BY (customer_id, device_id, slot, offset_ms)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_voice
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    path_id      UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot,
    duration_ms  UInt32 CODEC(T64, ZSTD(1)),
    codec        LowCardinality(String) CODEC(ZSTD(1)),
    sent         UInt32 CODEC(T64, ZSTD(1)),
    received     UInt32 CODEC(T64, ZSTD(1)),
    duplicates   UInt32 CODEC(T64, ZSTD(1)),
    reordered    UInt32 CODEC(T64, ZSTD(1)),
    loss_runs    UInt32 CODEC(T64, ZSTD(1)),
    min_rtt_us   UInt32 CODEC(T64, ZSTD(1)),
    sum_rtt_us   UInt64 CODEC(T64, ZSTD(1)),
    jitter_us    UInt32 CODEC(T64, ZSTD(1)),
    synchronised UInt8 CODEC(T64, ZSTD(1)),
    sum_forward_us Int64 CODEC(T64, ZSTD(1)),
    dscp_sent    UInt8 CODEC(T64, ZSTD(1)),
    dscp_received UInt8 CODEC(T64, ZSTD(1)),
    delays       Array(UInt32) CODEC(ZSTD(1)),
    run_lengths  Array(UInt32) CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(slot)
ORDER BY (customer_id, path_id, slot)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_heartbeats
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot + toIntervalMillisecond(offset_ms),
    interval_ms  UInt32 CODEC(T64, ZSTD(1)),
    sequence     UInt64 CODEC(Delta, ZSTD(1)),
    backlog_blocks UInt32 CODEC(T64, ZSTD(1)),
    backlog_bytes UInt64 CODEC(T64, ZSTD(1)),
    dropped_blocks UInt64 CODEC(T64, ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(slot)
ORDER BY (customer_id, appliance_id, slot, sequence)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_syslog
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    ts           DateTime64(3, 'UTC') MATERIALIZED slot + toIntervalMillisecond(offset_ms) CODEC(Delta, ZSTD(1)),
    sequence     UInt64 CODEC(Delta, ZSTD(1)),
    format       UInt8 CODEC(T64, ZSTD(1)),
    facility     UInt8 CODEC(T64, ZSTD(1)),
    severity     UInt8 CODEC(T64, ZSTD(1)),
    stamped      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    source       LowCardinality(String) CODEC(ZSTD(1)),
    hostname     LowCardinality(String) CODEC(ZSTD(1)),
    app_name     LowCardinality(String) CODEC(ZSTD(1)),
    process_id   String CODEC(ZSTD(1)),
    message_id   LowCardinality(String) CODEC(ZSTD(1)),
    mnemonic     LowCardinality(String) CODEC(ZSTD(1)),
    message      String CODEC(ZSTD(1)),
    raw          String CODEC(ZSTD(1)),
    complaint    LowCardinality(String) CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMMDD(ts)
ORDER BY (customer_id, device_id, ts, appliance_id, sequence)
TTL toDateTime(ts) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_devices
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot,
    behind_id    UInt64 CODEC(ZSTD(1)),
    name         String CODEC(ZSTD(1)),
    address      String CODEC(ZSTD(1)),
    sys_object_id String CODEC(ZSTD(1)),
    sys_name     String CODEC(ZSTD(1)),
    sys_descr    String CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
ORDER BY (customer_id, device_id, slot)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_interface_identities
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot,
    if_index     UInt32 CODEC(T64, ZSTD(1)),
    if_type      UInt32 CODEC(T64, ZSTD(1)),
    mtu          UInt32 CODEC(T64, ZSTD(1)),
    name         String CODEC(ZSTD(1)),
    alias        String CODEC(ZSTD(1)),
    description  String CODEC(ZSTD(1)),
    phys_address String CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
ORDER BY (customer_id, device_id, interface_id, slot)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS raw_paths
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    path_id      UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ts           DateTime64(3, 'UTC') ALIAS slot,
    name         String CODEC(ZSTD(1)),
    target       String CODEC(ZSTD(1)),
    codec        LowCardinality(String) CODEC(ZSTD(1)),
    part         UInt16 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    ver          UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
ORDER BY (customer_id, path_id, slot)
SETTINGS non_replicated_deduplication_window = 1000;
