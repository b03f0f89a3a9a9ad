-- SNMP notifications that devices sent: traps and informs. Rules as of raw_syslog: the
-- lowest offset wins, partitioned by the day received, kept 90 days.

CREATE TABLE IF NOT EXISTS raw_notifications
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    appliance_id UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    slot         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    offset_ms    UInt32 CODEC(T64, ZSTD(1)),
    ts           DateTime64(3, 'UTC') MATERIALIZED slot + toIntervalMillisecond(offset_ms) CODEC(Delta, ZSTD(1)),
    sequence     UInt64 CODEC(Delta, ZSTD(1)),
    version      UInt8 CODEC(T64, ZSTD(1)),
    inform       UInt8 CODEC(T64, ZSTD(1)),
    trap_oid     LowCardinality(String) CODEC(ZSTD(1)),
    name         LowCardinality(String) CODEC(ZSTD(1)),
    severity     UInt8 CODEC(T64, ZSTD(1)),
    sys_uptime   UInt32 CODEC(Delta, ZSTD(1)),
    source       LowCardinality(String) CODEC(ZSTD(1)),
    agent        LowCardinality(String) CODEC(ZSTD(1)),
    enterprise   LowCardinality(String) CODEC(ZSTD(1)),
    if_index     UInt32 CODEC(T64, ZSTD(1)),
    interface_name LowCardinality(String) CODEC(ZSTD(1)),
    variables    String CODEC(ZSTD(1)),
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

CREATE OR REPLACE VIEW v_notifications
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device it is about; 0 where no address of it is in the inventory.',
    device String COMMENT 'Its name; empty where no address of it is in the inventory.',
    received DateTime64(3, 'UTC') COMMENT 'When the appliance received it.',
    notification String COMMENT 'Its name in the MIB; its object identifier where that is not known.',
    severity Nullable(UInt8) COMMENT '0 emergency to 7 debug (RFC 5424), by what it is; NULL where that is not known.',
    if_index UInt32 COMMENT 'Interface it is about; 0 for none.',
    interface String COMMENT 'Name of the interface, where it bears one.',
    uptime_s Float64 COMMENT 'sysUpTime of the sender in seconds.',
    version String COMMENT 'Version of SNMP: 1, 2c or 3.',
    inform UInt8 COMMENT '1 for an inform, 0 for a trap.',
    trap_oid String COMMENT 'snmpTrapOID.',
    source String COMMENT 'Address it came from.',
    agent String COMMENT 'Address it says it is about; empty where it says none.',
    enterprise String COMMENT 'snmpTrapEnterprise.',
    variables String COMMENT 'Its other variables.',
    complaint String COMMENT 'What was odd about it.'
)
SQL SECURITY INVOKER
AS SELECT n.customer_id AS customer_id, s.customer AS customer, n.site_id AS site_id, s.site AS site,
  n.device_id AS device_id, if(n.device_id = 0, '', if(d.device = '', lpad(lower(hex(n.device_id)), 16, '0'), d.device)) AS device,
  n.ts AS received, n.mib_name AS notification, nullIf(n.gravity, 255) AS severity, n.index AS if_index, n.port AS interface, n.ticks / 100 AS uptime_s,
  ['', '1', '2c', '3'][toUInt8(n.of_snmp) + 1] AS version, n.acknowledged AS inform, n.oid AS trap_oid, n.from_address AS source, n.about_address AS agent,
  n.enterprise_oid AS enterprise, n.bindings AS variables, n.odd AS complaint
FROM (
  SELECT customer_id, site_id, device_id, ts, name AS mib_name, severity AS gravity, if_index AS index, interface_name AS port, sys_uptime AS ticks, version AS of_snmp, inform AS acknowledged,
    trap_oid AS oid, source AS from_address, agent AS about_address, enterprise AS enterprise_oid, variables AS bindings, complaint AS odd
  FROM raw_notifications FINAL
) AS n
LEFT JOIN v_sites AS s ON s.customer_id = n.customer_id AND s.site_id = n.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = n.customer_id AND d.device_id = n.device_id
COMMENT 'SNMP notifications received: traps and informs.';
