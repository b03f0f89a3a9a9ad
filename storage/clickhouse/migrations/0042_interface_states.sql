-- What an interface said of itself with its last poll: up or down, of RFC 2863. 0 in rows
-- made before, for which the raw rows are read.
ALTER TABLE interface_current
    ADD COLUMN IF NOT EXISTS admin_status UInt8 CODEC(T64, ZSTD(1)) AFTER speed_bps,
    ADD COLUMN IF NOT EXISTS oper_status UInt8 CODEC(T64, ZSTD(1)) AFTER admin_status;

-- Of the interfaces polled in the last hour; the others are asked of the raw rows until their next poll.
-- The same version again replaces the row.
INSERT INTO interface_current (customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, in_errors, out_errors, speed_bps, admin_status, oper_status, kafka_offset)
SELECT c.customer_id, c.site_id, c.device_id, c.interface_id, c.end_ts, c.interval_ms, c.in_bits, c.out_bits, c.in_packets, c.out_packets, c.in_errors, c.out_errors, c.speed_bps, r.admin_status, r.oper_status, c.kafka_offset
FROM (
  SELECT customer_id, interface_id, ts AS ended, admin_status, oper_status FROM raw_interfaces
  WHERE slot > (SELECT max(end_ts) FROM interface_current) - INTERVAL 2 HOUR
) AS r
INNER JOIN (SELECT * FROM interface_current FINAL WHERE end_ts > (SELECT max(end_ts) FROM interface_current) - INTERVAL 1 HOUR) AS c
  ON c.customer_id = r.customer_id AND c.interface_id = r.interface_id AND c.end_ts = r.ended;
