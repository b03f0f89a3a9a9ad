-- What was last: of each interface the last poll with traffic, of each voice path the last
-- minute, of each appliance the last heartbeat. A question about now reads a row for each
-- in place of minutes of measurements that lie all over a day.
--
-- newest decides: the time of the measurement, then what decides between versions of one
-- (the lowest offset of a poll and a heartbeat, the highest epoch and offset of a minute).
-- So what arrives late, twice or corrected never displaces what came after it. Rows are
-- written beside the measurements and not by a materialized view, which a retried insert
-- would skip. A last minute may be a tombstone or hold nothing: then the minutes know.

CREATE TABLE IF NOT EXISTS interface_current
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    interface_id UInt64 CODEC(ZSTD(1)),
    end_ts       DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    interval_ms  UInt32 CODEC(T64, ZSTD(1)),
    in_bits      UInt64 CODEC(T64, ZSTD(1)),
    out_bits     UInt64 CODEC(T64, ZSTD(1)),
    in_packets   UInt64 CODEC(T64, ZSTD(1)),
    out_packets  UInt64 CODEC(T64, ZSTD(1)),
    in_errors    UInt64 CODEC(T64, ZSTD(1)),
    out_errors   UInt64 CODEC(T64, ZSTD(1)),
    speed_bps    UInt64 CODEC(T64, ZSTD(1)),
    kafka_offset Int64 CODEC(ZSTD(1)),
    newest       UInt128 MATERIALIZED bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(end_ts)), 64), toUInt128(bitNot(toUInt64(kafka_offset)))) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(newest)
ORDER BY (customer_id, device_id, interface_id)
TTL toDateTime(end_ts) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS appliance_current
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    interval_ms  UInt32 CODEC(T64, ZSTD(1)),
    kafka_offset Int64 CODEC(ZSTD(1)),
    newest       UInt128 MATERIALIZED bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(slot) + offset_ms), 64), toUInt128(bitNot(toUInt64(kafka_offset)))) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(newest)
ORDER BY (customer_id, appliance_id)
TTL toDateTime(slot) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

-- With every column of voice_minutes: one that is added there is added here.
CREATE TABLE IF NOT EXISTS voice_current
(
    customer_id UInt64 CODEC(ZSTD(1)),
    site_id UInt64 CODEC(ZSTD(1)),
    path_id UInt64 CODEC(ZSTD(1)),
    minute_ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    covered_ms UInt32 CODEC(T64, ZSTD(1)),
    codec LowCardinality(String) CODEC(ZSTD(1)),
    sent UInt32 CODEC(T64, ZSTD(1)),
    received UInt32 CODEC(T64, ZSTD(1)),
    lost UInt32 CODEC(T64, ZSTD(1)),
    loss_runs UInt32 CODEC(T64, ZSTD(1)),
    late UInt32 CODEC(T64, ZSTD(1)),
    duplicates UInt32 CODEC(T64, ZSTD(1)),
    reordered UInt32 CODEC(T64, ZSTD(1)),
    delay_ms Float64 CODEC(ZSTD(1)),
    one_way UInt8 CODEC(T64, ZSTD(1)),
    rtt_mean_ms Float64 CODEC(ZSTD(1)),
    rtt_min_ms Float64 CODEC(ZSTD(1)),
    pdv99_ms Float64 CODEC(ZSTD(1)),
    jitter_ms Float64 CODEC(ZSTD(1)),
    loss_pct Float64 CODEC(ZSTD(1)),
    burst_r Float64 CODEC(ZSTD(1)),
    ie_eff Float64 CODEC(ZSTD(1)),
    r Float64 CODEC(ZSTD(1)),
    mos Float64 CODEC(ZSTD(1)),
    itu UInt8 CODEC(T64, ZSTD(1)),
    model LowCardinality(String) CODEC(ZSTD(1)),
    epoch UInt32 CODEC(ZSTD(1)),
    kafka_offset Int64 CODEC(Delta, ZSTD(1)),
    is_deleted UInt8 CODEC(ZSTD(1)),
    scale LowCardinality(String) DEFAULT 'nb' CODEC(ZSTD(1)),
    band LowCardinality(String) CODEC(ZSTD(1)),
    mos_lq Float64 CODEC(ZSTD(1)),
    delay_impairment Float64 CODEC(ZSTD(1)),
    ie Float64 CODEC(ZSTD(1)),
    bpl Float64 CODEC(ZSTD(1)),
    jitter_buffer_ms Float64 CODEC(ZSTD(1)),
    adaptive UInt8 CODEC(T64, ZSTD(1)),
    packet_ms Float64 CODEC(ZSTD(1)),
    echo_free UInt8 CODEC(T64, ZSTD(1)),
    bursts UInt32 CODEC(T64, ZSTD(1)),
    burst_packets UInt32 CODEC(T64, ZSTD(1)),
    burst_lost UInt32 CODEC(T64, ZSTD(1)),
    burst_density_pct Float64 CODEC(ZSTD(1)),
    gap_density_pct Float64 CODEC(ZSTD(1)),
    burst_mean_ms Float64 CODEC(ZSTD(1)),
    origin UInt8 CODEC(T64, ZSTD(1)),
    lost_forward UInt32 CODEC(T64, ZSTD(1)),
    lost_backward UInt32 CODEC(T64, ZSTD(1)),
    reported_mos Float64 CODEC(ZSTD(1)),
    reported_icpif Float64 CODEC(ZSTD(1)),
    notes UInt32 CODEC(T64, ZSTD(1)),
    dscp_sent UInt8 CODEC(T64, ZSTD(1)),
    dscp_received UInt8 CODEC(T64, ZSTD(1)),
    dscp_forward UInt8 CODEC(T64, ZSTD(1)),
    remarked UInt32 CODEC(T64, ZSTD(1)),
    remarked_forward UInt32 CODEC(T64, ZSTD(1)),
    ttl_forward UInt8 CODEC(T64, ZSTD(1)),
    ttl_backward UInt8 CODEC(T64, ZSTD(1)),
    route_changes UInt32 CODEC(T64, ZSTD(1)),
    step_ms Float64 CODEC(ZSTD(1)),
    directional UInt8 CODEC(T64, ZSTD(1)),
    clock_error_ms Float64 CODEC(ZSTD(1)),
    clock_steps UInt32 CODEC(T64, ZSTD(1)),
    undelivered UInt32 CODEC(T64, ZSTD(1)),
    newest       UInt128 MATERIALIZED bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(minute_ts)), 64), bitOr(bitShiftLeft(toUInt128(epoch), 48), toUInt128(kafka_offset))) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(newest)
ORDER BY (customer_id, path_id)
TTL toDateTime(minute_ts) + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1;

-- What is there already: all versions of the newest of each, of which the table keeps the one
-- that counts. In pieces of time, so that no statement takes long.
INSERT INTO appliance_current (customer_id, site_id, appliance_id, slot, offset_ms, interval_ms, kafka_offset)
SELECT customer_id, site_id, appliance_id, slot, offset_ms, interval_ms, kafka_offset
FROM raw_heartbeats WHERE (customer_id, appliance_id, slot) IN (SELECT customer_id, appliance_id, max(slot) FROM raw_heartbeats GROUP BY customer_id, appliance_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 7 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 7 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 14 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 7 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 14 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 7 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 21 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 14 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 21 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 14 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 28 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 21 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 28 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 21 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 35 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 28 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 35 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 28 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 42 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 35 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 42 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 35 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 49 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 42 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 49 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 42 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 56 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 49 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 56 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 49 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 63 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 56 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 63 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 56 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 70 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 63 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 70 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 63 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 77 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 70 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 77 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 70 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 84 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 77 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 84 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 77 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 91 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 84 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts > (SELECT max(end_ts) FROM utilization) - INTERVAL 91 DAY AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 84 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset)
SELECT customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, kafka_offset
FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 91 DAY
  AND (customer_id, device_id, interface_id, end_ts) IN (SELECT customer_id, device_id, interface_id, max(end_ts) FROM utilization WHERE gap = 0 AND interval_ms > 0 AND end_ts <= (SELECT max(end_ts) FROM utilization) - INTERVAL 91 DAY GROUP BY customer_id, device_id, interface_id);

INSERT INTO voice_current (customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered)
SELECT customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered
FROM voice_minutes WHERE minute_ts > (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 100 DAY
  AND (customer_id, path_id, minute_ts) IN (SELECT customer_id, path_id, max(minute_ts) FROM voice_minutes WHERE minute_ts > (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 100 DAY GROUP BY customer_id, path_id);

INSERT INTO voice_current (customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered)
SELECT customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered
FROM voice_minutes WHERE minute_ts > (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 200 DAY AND minute_ts <= (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 100 DAY
  AND (customer_id, path_id, minute_ts) IN (SELECT customer_id, path_id, max(minute_ts) FROM voice_minutes WHERE minute_ts > (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 200 DAY AND minute_ts <= (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 100 DAY GROUP BY customer_id, path_id);

INSERT INTO voice_current (customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered)
SELECT customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered
FROM voice_minutes WHERE minute_ts > (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 300 DAY AND minute_ts <= (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 200 DAY
  AND (customer_id, path_id, minute_ts) IN (SELECT customer_id, path_id, max(minute_ts) FROM voice_minutes WHERE minute_ts > (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 300 DAY AND minute_ts <= (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 200 DAY GROUP BY customer_id, path_id);

INSERT INTO voice_current (customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered)
SELECT customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered
FROM voice_minutes WHERE minute_ts > (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 400 DAY AND minute_ts <= (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 300 DAY
  AND (customer_id, path_id, minute_ts) IN (SELECT customer_id, path_id, max(minute_ts) FROM voice_minutes WHERE minute_ts > (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 400 DAY AND minute_ts <= (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 300 DAY GROUP BY customer_id, path_id);

INSERT INTO voice_current (customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered)
SELECT customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, loss_runs, late, duplicates, reordered, delay_ms, one_way, rtt_mean_ms, rtt_min_ms, pdv99_ms, jitter_ms, loss_pct, burst_r, ie_eff, r, mos, itu, model, epoch, kafka_offset, is_deleted, scale, band, mos_lq, delay_impairment, ie, bpl, jitter_buffer_ms, adaptive, packet_ms, echo_free, bursts, burst_packets, burst_lost, burst_density_pct, gap_density_pct, burst_mean_ms, origin, lost_forward, lost_backward, reported_mos, reported_icpif, notes, dscp_sent, dscp_received, dscp_forward, remarked, remarked_forward, ttl_forward, ttl_backward, route_changes, step_ms, directional, clock_error_ms, clock_steps, undelivered
FROM voice_minutes WHERE minute_ts <= (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 400 DAY
  AND (customer_id, path_id, minute_ts) IN (SELECT customer_id, path_id, max(minute_ts) FROM voice_minutes WHERE minute_ts <= (SELECT max(minute_ts) FROM voice_minutes) - INTERVAL 400 DAY GROUP BY customer_id, path_id);
