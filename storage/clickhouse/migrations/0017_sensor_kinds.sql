-- Neighbours, sessions, phones, calls and alarms are sensors too.

CREATE OR REPLACE VIEW v_health
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    sensor_id UInt64 COMMENT 'Id of the sensor.',
    sensor String COMMENT 'Its name, as the device calls it.',
    kind String COMMENT 'cpu, memory, storage, temperature, fan, power, voltage, current, humidity, bgp_peer, ospf_neighbor, sessions, vpn_tunnels, vpn_sessions, high_availability, phones_registered, phones_unregistered, gateways_registered, gateways_unregistered, calls, alarm or state.',
    at DateTime64(3, 'UTC') COMMENT 'When it was read.',
    value Nullable(Float64) COMMENT 'The reading; NULL where the device gave none.',
    unit String COMMENT 'Unit of the value; empty for kinds that have a status alone.',
    status String COMMENT 'What the device says: ok, warning, critical, not present or unknown.',
    source String COMMENT 'The MIB it was read from.'
)
SQL SECURITY INVOKER
AS SELECT h.customer_id AS customer_id, s.customer AS customer, h.site_id AS site_id, s.site AS site,
  h.device_id AS device_id, if(d.device = '', lpad(lower(hex(h.device_id)), 16, '0'), d.device) AS device, h.sensor_id AS sensor_id, if(i.sensor_name = '', lpad(lower(hex(h.sensor_id)), 16, '0'), i.sensor_name) AS sensor,
  ['invalid', 'cpu', 'memory', 'storage', 'temperature', 'fan', 'power', 'voltage', 'current', 'humidity', 'bgp_peer', 'ospf_neighbor', 'sessions', 'vpn_tunnels', 'vpn_sessions', 'high_availability', 'phones_registered', 'phones_unregistered', 'gateways_registered', 'gateways_unregistered', 'calls', 'alarm', 'state'][toUInt8(h.kind_code) + 1] AS kind, h.read_ts AS at,
  if(h.has_value = 1, h.thousandths / 1000, NULL) AS value, ['', 'percent', 'percent', 'percent', 'celsius', 'rpm', 'watts', 'volts', 'amperes', 'percent', 'seconds', '', 'count', 'count', 'count', '', 'count', 'count', 'count', 'count', 'count', '', ''][toUInt8(h.kind_code) + 1] AS unit,
  ['unknown', 'ok', 'warning', 'critical', 'not present'][toUInt8(h.status_code) + 1] AS status, i.sensor_source AS source
FROM (
  SELECT customer_id, site_id, device_id, sensor_id, slot + toIntervalMillisecond(offset_ms) AS read_ts, sensor_kind AS kind_code, measured AS has_value, value_milli AS thousandths, status AS status_code
  FROM raw_health FINAL
) AS h
LEFT JOIN (SELECT customer_id, sensor_id, argMax(name, slot) AS sensor_name, argMax(source, slot) AS sensor_source FROM raw_health_identities GROUP BY customer_id, sensor_id) AS i
  ON i.customer_id = h.customer_id AND i.sensor_id = h.sensor_id
LEFT JOIN v_sites AS s ON s.customer_id = h.customer_id AND s.site_id = h.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = h.customer_id AND d.device_id = h.device_id
COMMENT 'Readings of the sensors of devices.';
