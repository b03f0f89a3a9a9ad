-- Lines of the log added up by the hour, so that rates over years read few rows.
--
-- A line counts for the messages that it stands for. The name of the application is kept
-- where there is no mnemonic. An hour is added up anew as a whole where lines come late:
-- ver is the number of lines that were added up, which only grows.
CREATE TABLE IF NOT EXISTS syslog_1h
(
    customer_id  UInt64 CODEC(ZSTD(1)),
    site_id      UInt64 CODEC(ZSTD(1)),
    device_id    UInt64 CODEC(ZSTD(1)),
    start_ts     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    severity     UInt8 CODEC(T64, ZSTD(1)),
    mnemonic     LowCardinality(String) CODEC(ZSTD(1)),
    app_name     LowCardinality(String) CODEC(ZSTD(1)),
    messages     UInt64 CODEC(T64, ZSTD(1)),
    ver          UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMM(start_ts)
ORDER BY (customer_id, device_id, site_id, mnemonic, app_name, severity, start_ts)
TTL toDateTime(start_ts) + INTERVAL 1095 DAY
SETTINGS ttl_only_drop_parts = 1;

-- The hours that there are lines of already are to be added up.
INSERT INTO dirty_ranges (customer_id, site_id, entity_id, figure, from_ts, to_ts, late, part, epoch, kafka_offset, is_deleted)
SELECT customer_id, site_id, site_id, 'rollup_log', toStartOfHour(ts), toStartOfHour(ts) + INTERVAL 1 HOUR, 0, part, 0, 0, 0
FROM raw_syslog
GROUP BY ALL
SETTINGS max_partitions_per_insert_block = 0;

CREATE OR REPLACE VIEW v_syslog_hour
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device that sent them; 0 where the source is not in the inventory.',
    device String COMMENT 'Its name; empty where the source is not in the inventory.',
    start DateTime64(3, 'UTC') COMMENT 'Beginning of the hour.',
    severity Nullable(UInt8) COMMENT '0 emergency to 7 debug (RFC 5424); NULL where they had none.',
    mnemonic String COMMENT 'Mnemonic of messages in Cisco\'s form.',
    app_name String COMMENT 'Application named within the lines, where there is no mnemonic.',
    messages UInt64 COMMENT 'How many were received in the hour, with those that a line only counts.'
)
SQL SECURITY INVOKER
AS SELECT h.customer_id AS customer_id, s.customer AS customer, h.site_id AS site_id, s.site AS site,
  h.device_id AS device_id, if(h.device_id = 0, '', if(d.device = '', lpad(lower(hex(h.device_id)), 16, '0'), d.device)) AS device,
  h.hour_ts AS start, nullIf(h.gravity, 255) AS severity, h.code AS mnemonic, h.application AS app_name, h.received AS messages
FROM (
  SELECT customer_id, site_id, device_id, start_ts AS hour_ts, severity AS gravity, mnemonic AS code, app_name AS application, messages AS received
  FROM syslog_1h FINAL
) AS h
LEFT JOIN v_sites AS s ON s.customer_id = h.customer_id AND s.site_id = h.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = h.customer_id AND d.device_id = h.device_id
COMMENT 'Messages of the log by the hour. Rows come some minutes after their hour is over.';
