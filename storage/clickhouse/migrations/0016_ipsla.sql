-- What a router's IP SLA operations report beyond a probe (CISCO-RTTMON-MIB); zero in
-- rows of probes.
ALTER TABLE raw_voice
    ADD COLUMN IF NOT EXISTS origin UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS late_arrivals UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS max_rtt_us UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS loss_forward UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS loss_backward UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS jitter_forward_us UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS jitter_backward_us UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS one_way UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS sum_backward_us Int64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_mos_hundredths UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_icpif UInt32 CODEC(T64, ZSTD(1));

-- The router's own judgement beside ours: reported_mos 0 is none.
ALTER TABLE voice_minutes
    ADD COLUMN IF NOT EXISTS origin UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS lost_forward UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS lost_backward UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_mos Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_icpif Float64 CODEC(ZSTD(1));

ALTER TABLE voice_1h
    ADD COLUMN IF NOT EXISTS ip_sla_minutes UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_minutes UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_mos_sum Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_icpif_sum Float64 CODEC(ZSTD(1));

ALTER TABLE voice_1d
    ADD COLUMN IF NOT EXISTS ip_sla_minutes UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_minutes UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_mos_sum Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reported_icpif_sum Float64 CODEC(ZSTD(1));

CREATE OR REPLACE VIEW v_voice_minutes
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    path_id UInt64 COMMENT 'Id of the voice path.',
    path String COMMENT 'Name of the voice path.',
    minute DateTime64(3, 'UTC') COMMENT 'Beginning of the minute.',
    mos Nullable(Float64) COMMENT 'Conversational quality (MOS-CQE), 1 to 4.5; NULL without traffic or codec.',
    mos_lq Nullable(Float64) COMMENT 'Listening quality: without delay and echo; NULL where it was not kept.',
    r Nullable(Float64) COMMENT 'R of the E-model on its scale.',
    scale String COMMENT 'nb (ITU-T G.107), wb (G.107.1) or fb (G.107.2): R is never compared across them; empty where there is no codec to rate.',
    band String COMMENT 'User satisfaction in the words of ITU-T G.109.',
    loss_pct Nullable(Float64) COMMENT 'Packets lost or too late, of those sent, in percent.',
    delay_ms Nullable(Float64) COMMENT 'Mouth to ear delay; NULL where nothing came back.',
    one_way UInt8 COMMENT '1 where the delay rests on synchronised clocks, 0 where it is half the round trip.',
    jitter_ms Nullable(Float64) COMMENT 'Interarrival jitter (RFC 3550) of the round trip.',
    pdv99_ms Nullable(Float64) COMMENT '99th percentile of packet delay variation (RFC 5481).',
    jitter_buffer_ms Float64 COMMENT 'Depth of the modelled jitter buffer.',
    burst_r Nullable(Float64) COMMENT 'BurstR of G.107.',
    sent UInt32 COMMENT 'Packets sent.',
    received UInt32 COMMENT 'Packets answered.',
    lost UInt32 COMMENT 'Packets never answered.',
    late UInt32 COMMENT 'Packets too late for the jitter buffer.',
    codec String COMMENT 'The codec rated; empty where there is none.',
    ie Float64 COMMENT 'Its equipment impairment factor.',
    bpl Nullable(Float64) COMMENT 'Its packet loss robustness; NULL where it was not kept.',
    itu UInt8 COMMENT '1 where ie and bpl are the ITU\'s.',
    model String COMMENT 'Version of the step from measurements to R and MOS.',
    source String COMMENT 'Who measured it: probe, or IP SLA for an operation of a router, read by SNMP.',
    reported_mos Nullable(Float64) COMMENT 'The MOS that the router itself reports; NULL where it has none.',
    reported_icpif Nullable(Float64) COMMENT 'The ICPIF that the router itself reports; NULL where it has no MOS.',
    lost_forward Nullable(UInt32) COMMENT 'Of those lost, on the way out; NULL where only the round trip was measured.',
    lost_backward Nullable(UInt32) COMMENT 'Of those lost, on the way back; NULL where only the round trip was measured.'
)
SQL SECURITY INVOKER
AS SELECT v.customer_id AS customer_id, s.customer AS customer, v.site_id AS site_id, s.site AS site, v.path_id AS path_id, if(p.path_name = '', lpad(lower(hex(v.path_id)), 16, '0'), p.path_name) AS path, v.minute_ts AS minute,
  if(v.packets > 0 AND v.mos_cq > 0, v.mos_cq, NULL) AS mos, if(v.packets > 0 AND v.robustness > 0, v.listening, NULL) AS mos_lq, if(v.packets > 0 AND v.mos_cq > 0, v.rating, NULL) AS r,
  v.rating_scale AS scale, v.g109 AS band, if(v.packets > 0, v.loss, NULL) AS loss_pct, if(v.answered > 0, v.delay, NULL) AS delay_ms, v.synchronised AS one_way, if(v.answered > 0, v.jitter, NULL) AS jitter_ms, if(v.answered > 0 AND v.measured_by = 0, v.pdv99, NULL) AS pdv99_ms, v.buffer AS jitter_buffer_ms, if(v.packets > 0 AND v.mos_cq > 0, v.bursts_r, NULL) AS burst_r,
  v.packets AS sent, v.answered AS received, v.missing AS lost, v.too_late AS late, v.codec_name AS codec, v.impairment AS ie, nullIf(v.robustness, 0) AS bpl, v.by_itu AS itu, v.version AS model,
  if(v.measured_by = 1, 'IP SLA', 'probe') AS source, if(v.own_mos > 0, v.own_mos, NULL) AS reported_mos, if(v.own_mos > 0, v.own_icpif, NULL) AS reported_icpif,
  if(v.measured_by = 1, v.missing_forward, NULL) AS lost_forward, if(v.measured_by = 1, v.missing_backward, NULL) AS lost_backward
FROM (
  SELECT customer_id, site_id, path_id, minute_ts, mos AS mos_cq, mos_lq AS listening, r AS rating, scale AS rating_scale, band AS g109, loss_pct AS loss, delay_ms AS delay, one_way AS synchronised,
    jitter_ms AS jitter, pdv99_ms AS pdv99, jitter_buffer_ms AS buffer, burst_r AS bursts_r, sent AS packets, received AS answered, lost AS missing, late AS too_late,
    codec AS codec_name, ie AS impairment, bpl AS robustness, itu AS by_itu, model AS version,
    origin AS measured_by, reported_mos AS own_mos, reported_icpif AS own_icpif, lost_forward AS missing_forward, lost_backward AS missing_backward
  FROM voice_minutes FINAL
) AS v
LEFT JOIN v_sites AS s ON s.customer_id = v.customer_id AND s.site_id = v.site_id
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths GROUP BY customer_id, path_id) AS p ON p.customer_id = v.customer_id AND p.path_id = v.path_id
COMMENT 'Voice quality of paths minute by minute.';

CREATE OR REPLACE VIEW v_voice_hour
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    path_id UInt64 COMMENT 'Id of the voice path.',
    path String COMMENT 'Name of the voice path.',
    start DateTime64(3, 'UTC') COMMENT 'Beginning of the bucket.',
    scale String COMMENT 'nb, wb or fb: R is never compared across them; empty where there is no codec to rate.',
    minutes UInt64 COMMENT 'Minutes with traffic.',
    poor_minutes UInt64 COMMENT 'Of these, below R 70 of the narrowband scale or its like.',
    mos Nullable(Float64) COMMENT 'Mean MOS-CQE of the minutes.',
    mos_min Nullable(Float64) COMMENT 'MOS of the worst minute.',
    mos_lq Nullable(Float64) COMMENT 'Mean listening quality.',
    r Nullable(Float64) COMMENT 'Mean R.',
    r_min Nullable(Float64) COMMENT 'R of the worst minute.',
    loss_pct Nullable(Float64) COMMENT 'Packets lost or too late, of those sent, in percent.',
    loss_max_pct Nullable(Float64) COMMENT 'Loss of the worst minute.',
    delay_ms Nullable(Float64) COMMENT 'Mean mouth to ear delay.',
    delay_max_ms Nullable(Float64) COMMENT 'Delay of the worst minute.',
    jitter_ms Nullable(Float64) COMMENT 'Mean jitter.',
    jitter_max_ms Nullable(Float64) COMMENT 'Jitter of the worst minute.',
    rtt_ms Nullable(Float64) COMMENT 'Mean round trip.',
    sent UInt64 COMMENT 'Packets sent.',
    received UInt64 COMMENT 'Packets answered.',
    lost UInt64 COMMENT 'Packets never answered.',
    late UInt64 COMMENT 'Packets too late for the jitter buffer.',
    source String COMMENT 'Who measured it: probe, or IP SLA for an operation of a router, read by SNMP.',
    reported_mos Nullable(Float64) COMMENT 'Mean of the MOS that the router itself reports; NULL where it has none.',
    reported_icpif Nullable(Float64) COMMENT 'Mean of the ICPIF that the router itself reports; NULL where it has no MOS.'
)
SQL SECURITY INVOKER
AS SELECT v.customer_id AS customer_id, s.customer AS customer, v.site_id AS site_id, s.site AS site, v.path_id AS path_id, if(p.path_name = '', lpad(lower(hex(v.path_id)), 16, '0'), p.path_name) AS path, v.start_ts AS start, v.rating_scale AS scale, v.counted AS minutes, v.poor AS poor_minutes,
  if(v.counted > 0 AND v.rating_scale != '', v.mos_total / v.counted, NULL) AS mos, if(v.counted > 0 AND v.rating_scale != '', v.mos_lowest, NULL) AS mos_min, if(v.listened > 0, v.lq_total / v.listened, NULL) AS mos_lq, if(v.counted > 0 AND v.rating_scale != '', v.r_total / v.counted, NULL) AS r, if(v.counted > 0 AND v.rating_scale != '', v.r_lowest, NULL) AS r_min,
  if(v.packets > 0, 100 * (v.missing + v.too_late) / v.packets, NULL) AS loss_pct, if(v.counted > 0, v.loss_highest, NULL) AS loss_max_pct,
  if(v.answered > 0, v.delay_total / v.answered, NULL) AS delay_ms, if(v.answered > 0, v.delay_highest, NULL) AS delay_max_ms, if(v.answered > 0, v.jitter_total / v.answered, NULL) AS jitter_ms, if(v.answered > 0, v.jitter_highest, NULL) AS jitter_max_ms, if(v.answered > 0, v.rtt_total / v.answered, NULL) AS rtt_ms,
  v.packets AS sent, v.answered AS received, v.missing AS lost, v.too_late AS late,
  if(v.by_router > 0, 'IP SLA', 'probe') AS source, if(v.reports > 0, v.own_mos / v.reports, NULL) AS reported_mos, if(v.reports > 0, v.own_icpif / v.reports, NULL) AS reported_icpif
FROM (
  SELECT customer_id, site_id, path_id, start_ts, scale AS rating_scale, minutes AS counted, poor_minutes AS poor, lq_minutes AS listened, mos_sum AS mos_total, mos_min AS mos_lowest, mos_lq_sum AS lq_total,
    r_sum AS r_total, r_min AS r_lowest, loss_pct_max AS loss_highest, delay_sum AS delay_total, delay_max AS delay_highest, jitter_sum AS jitter_total, jitter_max AS jitter_highest, rtt_sum AS rtt_total,
    sent AS packets, received AS answered, lost AS missing, late AS too_late,
    ip_sla_minutes AS by_router, reported_minutes AS reports, reported_mos_sum AS own_mos, reported_icpif_sum AS own_icpif
  FROM voice_1h FINAL
) AS v
LEFT JOIN v_sites AS s ON s.customer_id = v.customer_id AND s.site_id = v.site_id
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths GROUP BY customer_id, path_id) AS p ON p.customer_id = v.customer_id AND p.path_id = v.path_id
COMMENT 'Voice quality of paths by hour: means and extremes over the minutes with traffic. Rows come some minutes after their time is over.';

CREATE OR REPLACE VIEW v_voice_day
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    path_id UInt64 COMMENT 'Id of the voice path.',
    path String COMMENT 'Name of the voice path.',
    start DateTime64(3, 'UTC') COMMENT 'Beginning of the bucket.',
    scale String COMMENT 'nb, wb or fb: R is never compared across them; empty where there is no codec to rate.',
    minutes UInt64 COMMENT 'Minutes with traffic.',
    poor_minutes UInt64 COMMENT 'Of these, below R 70 of the narrowband scale or its like.',
    mos Nullable(Float64) COMMENT 'Mean MOS-CQE of the minutes.',
    mos_min Nullable(Float64) COMMENT 'MOS of the worst minute.',
    mos_lq Nullable(Float64) COMMENT 'Mean listening quality.',
    r Nullable(Float64) COMMENT 'Mean R.',
    r_min Nullable(Float64) COMMENT 'R of the worst minute.',
    loss_pct Nullable(Float64) COMMENT 'Packets lost or too late, of those sent, in percent.',
    loss_max_pct Nullable(Float64) COMMENT 'Loss of the worst minute.',
    delay_ms Nullable(Float64) COMMENT 'Mean mouth to ear delay.',
    delay_max_ms Nullable(Float64) COMMENT 'Delay of the worst minute.',
    jitter_ms Nullable(Float64) COMMENT 'Mean jitter.',
    jitter_max_ms Nullable(Float64) COMMENT 'Jitter of the worst minute.',
    rtt_ms Nullable(Float64) COMMENT 'Mean round trip.',
    sent UInt64 COMMENT 'Packets sent.',
    received UInt64 COMMENT 'Packets answered.',
    lost UInt64 COMMENT 'Packets never answered.',
    late UInt64 COMMENT 'Packets too late for the jitter buffer.',
    source String COMMENT 'Who measured it: probe, or IP SLA for an operation of a router, read by SNMP.',
    reported_mos Nullable(Float64) COMMENT 'Mean of the MOS that the router itself reports; NULL where it has none.',
    reported_icpif Nullable(Float64) COMMENT 'Mean of the ICPIF that the router itself reports; NULL where it has no MOS.'
)
SQL SECURITY INVOKER
AS SELECT v.customer_id AS customer_id, s.customer AS customer, v.site_id AS site_id, s.site AS site, v.path_id AS path_id, if(p.path_name = '', lpad(lower(hex(v.path_id)), 16, '0'), p.path_name) AS path, v.start_ts AS start, v.rating_scale AS scale, v.counted AS minutes, v.poor AS poor_minutes,
  if(v.counted > 0 AND v.rating_scale != '', v.mos_total / v.counted, NULL) AS mos, if(v.counted > 0 AND v.rating_scale != '', v.mos_lowest, NULL) AS mos_min, if(v.listened > 0, v.lq_total / v.listened, NULL) AS mos_lq, if(v.counted > 0 AND v.rating_scale != '', v.r_total / v.counted, NULL) AS r, if(v.counted > 0 AND v.rating_scale != '', v.r_lowest, NULL) AS r_min,
  if(v.packets > 0, 100 * (v.missing + v.too_late) / v.packets, NULL) AS loss_pct, if(v.counted > 0, v.loss_highest, NULL) AS loss_max_pct,
  if(v.answered > 0, v.delay_total / v.answered, NULL) AS delay_ms, if(v.answered > 0, v.delay_highest, NULL) AS delay_max_ms, if(v.answered > 0, v.jitter_total / v.answered, NULL) AS jitter_ms, if(v.answered > 0, v.jitter_highest, NULL) AS jitter_max_ms, if(v.answered > 0, v.rtt_total / v.answered, NULL) AS rtt_ms,
  v.packets AS sent, v.answered AS received, v.missing AS lost, v.too_late AS late,
  if(v.by_router > 0, 'IP SLA', 'probe') AS source, if(v.reports > 0, v.own_mos / v.reports, NULL) AS reported_mos, if(v.reports > 0, v.own_icpif / v.reports, NULL) AS reported_icpif
FROM (
  SELECT customer_id, site_id, path_id, start_ts, scale AS rating_scale, minutes AS counted, poor_minutes AS poor, lq_minutes AS listened, mos_sum AS mos_total, mos_min AS mos_lowest, mos_lq_sum AS lq_total,
    r_sum AS r_total, r_min AS r_lowest, loss_pct_max AS loss_highest, delay_sum AS delay_total, delay_max AS delay_highest, jitter_sum AS jitter_total, jitter_max AS jitter_highest, rtt_sum AS rtt_total,
    sent AS packets, received AS answered, lost AS missing, late AS too_late,
    ip_sla_minutes AS by_router, reported_minutes AS reports, reported_mos_sum AS own_mos, reported_icpif_sum AS own_icpif
  FROM voice_1d FINAL
) AS v
LEFT JOIN v_sites AS s ON s.customer_id = v.customer_id AND s.site_id = v.site_id
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths GROUP BY customer_id, path_id) AS p ON p.customer_id = v.customer_id AND p.path_id = v.path_id
COMMENT 'Voice quality of paths by UTC day: means and extremes over the minutes with traffic. Rows come some minutes after their time is over.';
