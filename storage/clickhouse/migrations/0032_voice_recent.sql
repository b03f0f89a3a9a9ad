-- The minutes of voice paths of the last days by time. A page asks for the hour that is not
-- added up yet, of every path: voice_minutes has the paths apart, so that an hour touches
-- nearly all of a month. Of its columns these are the ones that are added up
-- (rollup_voice.go), written beside it. Questions go back two days here and further there.
CREATE TABLE IF NOT EXISTS voice_recent
(
    customer_id     UInt64 CODEC(ZSTD(1)),
    site_id         UInt64 CODEC(ZSTD(1)),
    path_id         UInt64 CODEC(ZSTD(1)),
    minute_ts       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms      UInt32 CODEC(T64, ZSTD(1)),
    sent            UInt32 CODEC(T64, ZSTD(1)),
    received        UInt32 CODEC(T64, ZSTD(1)),
    lost            UInt32 CODEC(T64, ZSTD(1)),
    late            UInt32 CODEC(T64, ZSTD(1)),
    duplicates      UInt32 CODEC(T64, ZSTD(1)),
    reordered       UInt32 CODEC(T64, ZSTD(1)),
    delay_ms        Float64 CODEC(ZSTD(1)),
    rtt_mean_ms     Float64 CODEC(ZSTD(1)),
    jitter_ms       Float64 CODEC(ZSTD(1)),
    loss_pct        Float64 CODEC(ZSTD(1)),
    r               Float64 CODEC(ZSTD(1)),
    mos             Float64 CODEC(ZSTD(1)),
    mos_lq          Float64 CODEC(ZSTD(1)),
    scale           LowCardinality(String) CODEC(ZSTD(1)),
    origin          UInt8 CODEC(T64, ZSTD(1)),
    reported_mos    Float64 CODEC(ZSTD(1)),
    reported_icpif  Float64 CODEC(ZSTD(1)),
    epoch           UInt32 CODEC(ZSTD(1)),
    kafka_offset    Int64 CODEC(Delta, ZSTD(1)),
    is_deleted      UInt8 CODEC(ZSTD(1)),
    ver             UInt64 MATERIALIZED bitOr(bitShiftLeft(toUInt64(epoch), 48), toUInt64(kafka_offset)) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver, is_deleted)
PARTITION BY toYYYYMMDD(minute_ts)
ORDER BY (minute_ts, customer_id, path_id)
TTL toDateTime(minute_ts) + INTERVAL 3 DAY
SETTINGS ttl_only_drop_parts = 1;

-- A day at a time. Running it again changes nothing.
INSERT INTO voice_recent (customer_id, site_id, path_id, minute_ts, covered_ms, sent, received, lost, late, duplicates, reordered, delay_ms, rtt_mean_ms, jitter_ms, loss_pct, r, mos, mos_lq, scale, origin, reported_mos, reported_icpif, epoch, kafka_offset, is_deleted)
SELECT customer_id, site_id, path_id, minute_ts, covered_ms, sent, received, lost, late, duplicates, reordered, delay_ms, rtt_mean_ms, jitter_ms, loss_pct, r, mos, mos_lq, scale, origin, reported_mos, reported_icpif, epoch, kafka_offset, is_deleted
FROM voice_minutes WHERE minute_ts >= now() - INTERVAL 24 HOUR;

INSERT INTO voice_recent (customer_id, site_id, path_id, minute_ts, covered_ms, sent, received, lost, late, duplicates, reordered, delay_ms, rtt_mean_ms, jitter_ms, loss_pct, r, mos, mos_lq, scale, origin, reported_mos, reported_icpif, epoch, kafka_offset, is_deleted)
SELECT customer_id, site_id, path_id, minute_ts, covered_ms, sent, received, lost, late, duplicates, reordered, delay_ms, rtt_mean_ms, jitter_ms, loss_pct, r, mos, mos_lq, scale, origin, reported_mos, reported_icpif, epoch, kafka_offset, is_deleted
FROM voice_minutes WHERE minute_ts >= now() - INTERVAL 50 HOUR AND minute_ts < now() - INTERVAL 23 HOUR;
