-- What a round of pings met beside its answers. Rows of before have zeros.
ALTER TABLE raw_pings
    ADD COLUMN IF NOT EXISTS icmp_code UInt8 CODEC(T64, ZSTD(1)) AFTER icmp_error,
    ADD COLUMN IF NOT EXISTS error_from LowCardinality(String) CODEC(ZSTD(1)) AFTER icmp_code,
    ADD COLUMN IF NOT EXISTS duplicates UInt8 CODEC(T64, ZSTD(1)) AFTER error_from,
    ADD COLUMN IF NOT EXISTS reordered UInt8 CODEC(T64, ZSTD(1)) AFTER duplicates,
    ADD COLUMN IF NOT EXISTS reply_ttl UInt8 CODEC(T64, ZSTD(1)) AFTER reordered;

CREATE OR REPLACE VIEW v_pings
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    due DateTime64(3, 'UTC') COMMENT 'When the round was due.',
    attempt UInt8 COMMENT '1 for the round itself, 2 and up for its repeats after every packet was lost.',
    sent UInt8 COMMENT 'Echo requests sent.',
    received UInt8 COMMENT 'Requests answered in time.',
    rtt_min_ms Nullable(Float64) COMMENT 'Shortest round trip; NULL where nothing was answered.',
    rtt_mean_ms Nullable(Float64) COMMENT 'Mean round trip.',
    rtt_max_ms Nullable(Float64) COMMENT 'Longest round trip.',
    error String COMMENT 'Last ICMP error about the round in words; empty for none.',
    error_from String COMMENT 'Address of the host or router that sent it.',
    duplicates UInt8 COMMENT 'Answers to a request that was answered already.',
    reordered UInt8 COMMENT 'Requests answered after a later one of the round (RFC 4737).',
    reply_ttl Nullable(UInt8) COMMENT 'Time to live, or hop limit, the last answer had left; NULL where unknown.'
)
SQL SECURITY INVOKER
AS SELECT p.customer_id AS customer_id, s.customer AS customer, p.site_id AS site_id, s.site AS site,
  p.device_id AS device_id, if(d.device = '', lpad(lower(hex(p.device_id)), 16, '0'), d.device) AS device,
  p.at AS due, p.try AS attempt, p.requests AS sent, p.answers AS received,
  if(p.answers = 0, NULL, arrayMin(p.trips) / 1000) AS rtt_min_ms, if(p.answers = 0, NULL, arrayAvg(p.trips) / 1000) AS rtt_mean_ms, if(p.answers = 0, NULL, arrayMax(p.trips) / 1000) AS rtt_max_ms,
  multiIf(
    p.type = 0, '',
    p.type = 11 AND p.code = 1, 'fragment reassembly time exceeded',
    p.type = 11, 'TTL exceeded',
    p.type = 12, 'parameter problem',
    p.code IN (9, 10, 13), 'administratively prohibited',
    p.code = 0 OR p.code = 6 OR p.code = 11, 'network unreachable',
    p.code = 2, 'protocol unreachable',
    p.code = 3, 'port unreachable',
    p.code = 4, 'packet too big',
    p.code = 5, 'source route failed',
    'host unreachable') AS error,
  p.complainer AS error_from, p.doubles AS duplicates, p.late_order AS reordered, nullIf(p.hops, 0) AS reply_ttl
FROM (
  SELECT customer_id, site_id, device_id, ts AS at, attempt AS try, sent AS requests, received AS answers, rtt_us AS trips, icmp_error AS type, icmp_code AS code,
    error_from AS complainer, duplicates AS doubles, reordered AS late_order, reply_ttl AS hops
  FROM raw_pings FINAL
) AS p
LEFT JOIN v_sites AS s ON s.customer_id = p.customer_id AND s.site_id = p.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = p.customer_id AND d.device_id = p.device_id
COMMENT 'Rounds of pings, with what they met.';
