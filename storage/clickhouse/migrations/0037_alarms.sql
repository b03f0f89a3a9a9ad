-- What was raised: a row for each raising of an alarm, written anew each time something about it
-- changes. The highest version holds. cleared_ts and acknowledged_until are 1970 where there is none.
-- own_devices are those of the alarm's own customer; owner, reason and acknowledged_by are the
-- partner's words, which no user of some customers alone reads.
CREATE TABLE IF NOT EXISTS alarms
(
    customer_id        UInt64 CODEC(ZSTD(1)),
    site_id            UInt64 CODEC(ZSTD(1)),
    device_id          UInt64 CODEC(ZSTD(1)),
    alarm_id           String CODEC(ZSTD(1)),
    rule               LowCardinality(String) CODEC(ZSTD(1)),
    kind               LowCardinality(String) CODEC(ZSTD(1)),
    severity           LowCardinality(String) CODEC(ZSTD(1)),
    entity             String CODEC(ZSTD(1)),
    device             String CODEC(ZSTD(1)),
    name               String CODEC(ZSTD(1)),
    since_ts           DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    raised_ts          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    cleared_ts         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    muted              UInt8 CODEC(T64, ZSTD(1)),
    flapping           UInt8 CODEC(T64, ZSTD(1)),
    events             UInt32 CODEC(T64, ZSTD(1)),
    devices            UInt32 CODEC(T64, ZSTD(1)),
    own_devices        UInt32 CODEC(T64, ZSTD(1)),
    value              Float64 CODEC(ZSTD(1)),
    summary            String CODEC(ZSTD(1)),
    owner              String CODEC(ZSTD(1)),
    reason             String CODEC(ZSTD(1)),
    acknowledged_by    String CODEC(ZSTD(1)),
    acknowledged_until DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    version            UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(raised_ts)
ORDER BY (customer_id, raised_ts, alarm_id)
TTL toDateTime(raised_ts) + INTERVAL 3650 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 0;

CREATE OR REPLACE VIEW v_alarms
(
    customer_id UInt64 COMMENT 'Id of the customer; 0 of an alarm of the centre itself.',
    customer String COMMENT 'Name of the customer; empty of an alarm of the centre itself.',
    site_id UInt64 COMMENT 'Id of the site; 0 where it is of none.',
    site String COMMENT 'Name of the site; empty where it is of none.',
    device_id UInt64 COMMENT 'Id of the device that it is about, or whose it is about; 0 for none.',
    device String COMMENT 'Its name.',
    id String COMMENT 'Names the alarm, the same each time it is raised.',
    rule String COMMENT 'Name of the rule.',
    kind String COMMENT 'What the rule looks at.',
    severity String COMMENT 'critical, major, minor or warning.',
    entity String COMMENT 'What it is about, such as device/NAME or path/NAME.',
    name String COMMENT 'The same as a person calls it.',
    since DateTime64(3, 'UTC') COMMENT 'Since when it was so, by the measurements.',
    raised DateTime64(3, 'UTC') COMMENT 'When it was raised.',
    cleared Nullable(DateTime64(3, 'UTC')) COMMENT 'When it cleared; NULL while it is raised.',
    seconds Float64 COMMENT 'How long it was raised in seconds, until now while it is.',
    maintenance UInt8 COMMENT '1 where a maintenance window covered it.',
    flapping UInt8 COMMENT '1 where it came and went, and was held.',
    events UInt32 COMMENT 'Of what happens, such as lines of the log: how often; 0 of what lasts.',
    devices UInt32 COMMENT 'Devices of the customer that it affected beside itself.',
    value Float64 COMMENT 'In the unit of the thresholds of the rule; 0 where it has none.',
    acknowledged_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when somebody has said to see to it; NULL where nobody has.',
    summary String COMMENT 'What it says.'
)
SQL SECURITY INVOKER
AS SELECT a.customer_id AS customer_id, c.customer_name AS customer, a.site_id AS site_id, s.site AS site, a.device_id AS device_id, a.of_device AS device,
  a.alarm_id AS id, a.of_rule AS rule, a.of_kind AS kind, a.gravity AS severity, a.about AS entity, a.label AS name,
  a.since_ts AS since, a.raised_ts AS raised, if(toUnixTimestamp64Milli(a.cleared_ts) = 0, NULL, a.cleared_ts) AS cleared,
  greatest(0, (if(toUnixTimestamp64Milli(a.cleared_ts) = 0, toUnixTimestamp64Milli(now64(3)), toUnixTimestamp64Milli(a.cleared_ts)) - toUnixTimestamp64Milli(a.raised_ts)) / 1000) AS seconds,
  a.covered AS maintenance, a.held AS flapping, a.times AS events, a.own_devices AS devices, a.measured AS value,
  if(toUnixTimestamp64Milli(a.until_ts) = 0, NULL, a.until_ts) AS acknowledged_until, a.line AS summary
FROM (
  SELECT customer_id, site_id, device_id, alarm_id, rule AS of_rule, kind AS of_kind, severity AS gravity, entity AS about, device AS of_device, name AS label, since_ts, raised_ts, cleared_ts,
    muted AS covered, flapping AS held, events AS times, own_devices, value AS measured, acknowledged_until AS until_ts, summary AS line
  FROM alarms FINAL
) AS a
LEFT JOIN (SELECT customer_id, any(name) AS customer_name FROM customers GROUP BY customer_id) AS c ON c.customer_id = a.customer_id
LEFT JOIN v_sites AS s ON s.customer_id = a.customer_id AND s.site_id = a.site_id
COMMENT 'What was raised and when it cleared: a row for each raising of an alarm.';
