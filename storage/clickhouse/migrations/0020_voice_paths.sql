-- What a probe says of the way its packets took and of the clocks at both ends; zero in
-- rows of routers' operations and of appliances that did not look.
ALTER TABLE raw_voice
    ADD COLUMN IF NOT EXISTS remarked_packets UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS remarked_forward UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS dscp_forward UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS ttl_forward UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS ttl_backward UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS route_changes UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS step_us Int64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS stateful UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS clock_error_us UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS clock_steps UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS undelivered UInt32 CODEC(T64, ZSTD(1));

-- What that makes of a minute. The bits of notes are those of storage.VoiceNotes.
ALTER TABLE voice_minutes
    ADD COLUMN IF NOT EXISTS notes UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS dscp_sent UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS dscp_received UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS dscp_forward UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS remarked UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS remarked_forward UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS ttl_forward UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS ttl_backward UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS route_changes UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS step_ms Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS directional UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS clock_error_ms Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS clock_steps UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS undelivered UInt32 CODEC(T64, ZSTD(1));

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
    lost_forward Nullable(UInt32) COMMENT 'Packets of which became known that they were lost on the way out; NULL where only the round trip was measured.',
    lost_backward Nullable(UInt32) COMMENT 'The same on the way back.',
    duplicates UInt32 COMMENT 'Answers beyond the first of a packet.',
    reordered UInt32 COMMENT 'Answers that came after that of a packet sent later (RFC 4737).',
    dscp_sent Nullable(UInt8) COMMENT 'DiffServ code point of the packets; NULL for IP SLA and in minutes made before it was kept.',
    dscp_received Nullable(UInt8) COMMENT 'That of the answers; where it changed, the last one that was not what was sent. NULL where nothing came back.',
    ttl_forward Nullable(UInt8) COMMENT 'TTL left to the packets at the reflector, of 255; NULL where it does not say.',
    ttl_backward Nullable(UInt8) COMMENT 'TTL left to the answers.',
    clock_error_ms Nullable(Float64) COMMENT 'Estimated error of both clocks together; NULL where it is not known.',
    notes String COMMENT 'What is worth telling: unreachable, silent, one-way (out or back), rerouted, duplicating, reordering, remarked with the DSCP sent and received, and what keeps the clocks from telling one-way delays.'
)
SQL SECURITY INVOKER
AS SELECT v.customer_id AS customer_id, s.customer AS customer, v.site_id AS site_id, s.site AS site, v.path_id AS path_id, if(p.path_name = '', lpad(lower(hex(v.path_id)), 16, '0'), p.path_name) AS path, v.minute_ts AS minute,
  if(v.packets > 0 AND v.mos_cq > 0, v.mos_cq, NULL) AS mos, if(v.packets > 0 AND v.robustness > 0, v.listening, NULL) AS mos_lq, if(v.packets > 0 AND v.mos_cq > 0, v.rating, NULL) AS r,
  v.rating_scale AS scale, v.g109 AS band, if(v.packets > 0, v.loss, NULL) AS loss_pct, if(v.answered > 0, v.delay, NULL) AS delay_ms, v.synchronised AS one_way, if(v.answered > 0, v.jitter, NULL) AS jitter_ms, if(v.answered > 0 AND v.measured_by = 0, v.pdv99, NULL) AS pdv99_ms, v.buffer AS jitter_buffer_ms, if(v.packets > 0 AND v.mos_cq > 0, v.bursts_r, NULL) AS burst_r,
  v.packets AS sent, v.answered AS received, v.missing AS lost, v.too_late AS late, v.codec_name AS codec, v.impairment AS ie, nullIf(v.robustness, 0) AS bpl, v.by_itu AS itu, v.version AS model,
  if(v.measured_by = 1, 'IP SLA', 'probe') AS source, if(v.own_mos > 0, v.own_mos, NULL) AS reported_mos, if(v.own_mos > 0, v.own_icpif, NULL) AS reported_icpif,
  if(v.measured_by = 1 OR v.counted_there = 1, v.missing_forward, NULL) AS lost_forward, if(v.measured_by = 1 OR v.counted_there = 1, v.missing_backward, NULL) AS lost_backward,
  v.copies AS duplicates, v.overtaken AS reordered, if(v.kept = 1, v.mark_sent, NULL) AS dscp_sent, if(v.kept = 1 AND v.answered > 0, v.mark_received, NULL) AS dscp_received,
  nullIf(v.hops_forward, 0) AS ttl_forward, nullIf(v.hops_backward, 0) AS ttl_backward, nullIf(v.clock_error, 0) AS clock_error_ms,
  arrayStringConcat(arrayFilter(word -> word != '', [
    if(bitTest(v.remarks, 0), 'unreachable', ''), if(bitTest(v.remarks, 1), 'silent', ''), if(bitTest(v.remarks, 2), 'one-way (out)', ''), if(bitTest(v.remarks, 3), 'one-way (back)', ''),
    if(bitTest(v.remarks, 4), 'rerouted', ''), if(bitTest(v.remarks, 5), 'duplicating', ''), if(bitTest(v.remarks, 6), 'reordering', ''),
    if(bitTest(v.remarks, 7), concat('remarked out ', v.name_sent, '->', v.name_forward), ''), if(bitTest(v.remarks, 8), concat('remarked ', v.name_sent, '->', v.name_received), ''),
    if(bitTest(v.remarks, 9), 'clock not synchronised', ''), if(bitTest(v.remarks, 10), 'clock stepped', ''), if(bitTest(v.remarks, 11), concat('clock error ', toString(round(v.clock_error)), ' ms'), '')
  ]), '; ') AS notes
FROM (
  SELECT customer_id, site_id, path_id, minute_ts, mos AS mos_cq, mos_lq AS listening, r AS rating, scale AS rating_scale, band AS g109, loss_pct AS loss, delay_ms AS delay, one_way AS synchronised,
    jitter_ms AS jitter, pdv99_ms AS pdv99, jitter_buffer_ms AS buffer, burst_r AS bursts_r, sent AS packets, received AS answered, lost AS missing, late AS too_late,
    codec AS codec_name, ie AS impairment, bpl AS robustness, itu AS by_itu, model AS version,
    origin AS measured_by, reported_mos AS own_mos, reported_icpif AS own_icpif, lost_forward AS missing_forward, lost_backward AS missing_backward,
    directional AS counted_there, duplicates AS copies, reordered AS overtaken, origin = 0 AND dscp_sent + ttl_backward + ttl_forward > 0 AS kept,
    dscp_sent AS mark_sent, dscp_received AS mark_received, ttl_forward AS hops_forward, ttl_backward AS hops_backward, clock_error_ms AS clock_error, notes AS remarks,
    transform(dscp_sent, [1, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56], ['LE', 'CS1', 'AF11', 'AF12', 'AF13', 'CS2', 'AF21', 'AF22', 'AF23', 'CS3', 'AF31', 'AF32', 'AF33', 'CS4', 'AF41', 'AF42', 'AF43', 'CS5', 'VA', 'EF', 'CS6', 'CS7'], toString(dscp_sent)) AS name_sent,
    transform(dscp_received, [1, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56], ['LE', 'CS1', 'AF11', 'AF12', 'AF13', 'CS2', 'AF21', 'AF22', 'AF23', 'CS3', 'AF31', 'AF32', 'AF33', 'CS4', 'AF41', 'AF42', 'AF43', 'CS5', 'VA', 'EF', 'CS6', 'CS7'], toString(dscp_received)) AS name_received,
    transform(dscp_forward, [1, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56], ['LE', 'CS1', 'AF11', 'AF12', 'AF13', 'CS2', 'AF21', 'AF22', 'AF23', 'CS3', 'AF31', 'AF32', 'AF33', 'CS4', 'AF41', 'AF42', 'AF43', 'CS5', 'VA', 'EF', 'CS6', 'CS7'], toString(dscp_forward)) AS name_forward
  FROM voice_minutes FINAL
) AS v
LEFT JOIN v_sites AS s ON s.customer_id = v.customer_id AND s.site_id = v.site_id
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths GROUP BY customer_id, path_id) AS p ON p.customer_id = v.customer_id AND p.path_id = v.path_id
COMMENT 'Voice quality of paths minute by minute.';
