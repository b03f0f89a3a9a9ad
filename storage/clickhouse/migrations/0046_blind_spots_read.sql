-- What is not seen now, as of up to when the centre has read what each appliance sends, by that appliance's clock
-- where it is behind by less than a minute: what is not read yet is missing nowhere. Its text says what the typed
-- query says, which a test holds.
CREATE OR REPLACE VIEW v_blind_spots
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device; 0 for everything behind an appliance.',
    device String COMMENT 'Name of the device; empty for everything behind an appliance.',
    address String COMMENT 'Address of the device.',
    appliance String COMMENT 'Name of the appliance.',
    what String COMMENT 'appliance, snmp or ping.',
    reason String COMMENT 'appliance_silent, appliance_never_heard, nothing_asked, not_polled, incomplete, timeout, refused, unreachable, credentials, agent_error, nothing, error, not_pinged or no_ping.',
    devices UInt64 COMMENT 'How many devices it is about.',
    since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when; NULL where nobody knows.',
    last_good Nullable(DateTime64(3, 'UTC')) COMMENT 'When it last worked, in the last day; NULL for never.',
    profile String COMMENT 'Profile of the device.',
    version String COMMENT 'Version of SNMP.',
    notes String COMMENT 'What was odd about its answers.',
    detail String COMMENT 'What the poll failed with.'
)
SQL SECURITY INVOKER
AS SELECT f.customer_id AS customer_id, s.customer AS customer, f.site_id AS site_id, s.site AS site, f.device_id AS device_id,
  multiIf(f.device_id = 0, '', d.device = '', lpad(lower(hex(f.device_id)), 16, '0'), d.device) AS device, if(f.device_id = 0, '', d.address) AS address, f.appliance AS appliance,
  f.what AS what, f.reason AS reason, f.behind AS devices, if(f.since_ms = 0, NULL, fromUnixTimestamp64Milli(toInt64(f.since_ms), 'UTC')) AS since, if(f.good_ms = 0, NULL, fromUnixTimestamp64Milli(toInt64(f.good_ms), 'UTC')) AS last_good,
  f.profile AS profile, f.version AS version, f.notes AS notes, f.detail AS detail
FROM (
  SELECT a.customer_id AS customer_id, a.site_id AS site_id, toUInt64(0) AS device_id, a.appliance AS appliance, 'appliance' AS what, if(a.heard_ms = 0, 'appliance_never_heard', 'appliance_silent') AS reason,
    toUInt64(a.known) AS behind, a.heard_ms AS since_ms, a.heard_ms AS good_ms, '' AS profile, '' AS version, '' AS notes, '' AS detail
  FROM (SELECT b.customer_id AS customer_id, b.site_id AS site_id, b.appliance_id AS appliance_id, b.appliance AS appliance, h.beat_ms AS beat_ms, greatest(h.beat_ms, if(c.came_ms <= toUnixTimestamp64Milli(now64(3, 'UTC')), c.came_ms, 0), n.seen_ms) AS heard_ms, n.known AS known,
      if(c.came_ms > 0 AND c.came_ms <= toUnixTimestamp64Milli(now64(3, 'UTC')) AND c.read_ms > 0, least(toUnixTimestamp64Milli(now64(3, 'UTC')), c.read_ms), toUnixTimestamp64Milli(now64(3, 'UTC'))) AS read_ms,
      read_ms - if(c.came_ms > 0 AND c.came_ms <= toUnixTimestamp64Milli(now64(3, 'UTC')), least(greatest(c.came_ms - h.beat_ms, 0), 60000), 0) AS at_ms,
      if(b.listed_ms <= read_ms, b.listed_ms, 0) AS since_ms, 3 * if(h.every_ms > 0, h.every_ms, 10000) + 5000 AS patience,
      read_ms - greatest(h.beat_ms, since_ms) > patience AND (c.came_ms = 0 OR c.came_ms > toUnixTimestamp64Milli(now64(3, 'UTC')) OR read_ms - greatest(c.came_ms + c.step_ms, since_ms) > patience) AS silent
    FROM (
      SELECT customer_id, site_id, appliance_id, argMax(name, listed) AS appliance, max(toUnixTimestamp64Milli(listed)) AS listed_ms FROM appliances WHERE 1 AND 1
      GROUP BY customer_id, site_id, appliance_id HAVING listed_ms = (SELECT max(toUnixTimestamp64Milli(listed)) FROM appliances WHERE 1)
    ) AS b
    LEFT JOIN (
      SELECT customer_id, appliance_id, max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS beat_ms, toInt64(argMax(interval_ms, slot)) AS every_ms
      FROM raw_heartbeats WHERE 1 AND slot >= fromUnixTimestamp64Milli(least(toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000, toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000)) AND slot < fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC'))) GROUP BY customer_id, appliance_id
    ) AS h ON h.customer_id = b.customer_id AND h.appliance_id = b.appliance_id
    LEFT JOIN (
      SELECT l.customer_id AS customer_id, l.appliance_id AS appliance_id, l.came_ms AS came_ms, s.read_ms AS read_ms, s.step_ms AS step_ms
      FROM (SELECT customer_id, appliance_id, part, toUnixTimestamp64Milli(came_ts) AS came_ms FROM appliance_current FINAL) AS l
      LEFT JOIN (SELECT part, toUnixTimestamp64Milli(read_ts) AS read_ms, toInt64(step_ms) AS step_ms FROM streams_read FINAL WHERE logs = 0) AS s ON s.part = l.part
    ) AS c ON c.customer_id = b.customer_id AND c.appliance_id = b.appliance_id
    LEFT JOIN (
      SELECT customer_id, appliance_id, max(toUnixTimestamp64Milli(last_seen_ts)) AS seen_ms, uniqExact(device_id) AS known
      FROM device_current FINAL WHERE 1 GROUP BY customer_id, appliance_id
    ) AS n ON n.customer_id = b.customer_id AND n.appliance_id = b.appliance_id) AS a WHERE a.silent = 1
  UNION ALL
  SELECT customer_id, site_id, device_id, appliance, spot.1, spot.2, toUInt64(1), spot.3, spot.4, profile, version, notes, if(spot.1 = 'snmp', detail, '')
  FROM (
    SELECT a.customer_id AS customer_id, a.site_id AS site_id, a.appliance AS appliance, o.device_id AS device_id, o.latest.6 AS profile, o.latest.7 AS version, o.latest.8 AS notes, o.latest.9 AS detail,
      o.latest.1 AS result, o.latest.2 AS asked, toInt64(o.latest.3) AS every_ms, toInt64(o.latest.5) AS holds_ms,
      multiIf(
        asked = 0, 'nothing_asked',
        bitAnd(asked, 1) = 0, 'not_asked',
        result = 1, if(a.at_ms - o.started_ms > 2 * every_ms + 10000, 'not_polled', ''),
        a.at_ms - o.last_ms > holds_ms + 2 * every_ms + 10000, 'not_polled',
        ['not_asked', 'not_polled', '', 'incomplete', 'timeout', 'refused', 'unreachable', 'credentials', 'agent_error', 'nothing', 'error'][toUInt8(least(result, 10)) + 1]) AS snmp,
      multiIf(
        bitAnd(asked, 2) = 0, '',
        p.rounds = 0, if(a.at_ms - o.started_ms > 300000, 'not_pinged', ''),
        a.at_ms - p.last_ms > 5 * p.every_ms + 60000, 'not_pinged',
        p.rounds > 2 AND p.answered_ms = 0, 'no_ping',
        '') AS ping,
      arrayFilter(x -> x.2 != '', [
        ('snmp', snmp, multiIf(snmp = 'not_polled' AND result != 1, o.last_ms, result > 2, o.since_ms, o.started_ms), o.good_ms),
        ('ping', ping, multiIf(p.rounds = 0, o.started_ms, ping = 'not_pinged', p.last_ms, p.first_ms), toInt64(p.answered_ms))]) AS spots
    FROM (SELECT o.customer_id AS customer_id, o.appliance_id AS appliance_id, o.device_id AS device_id, o.started_ms AS started_ms, o.last_ms AS last_ms, o.good_ms AS good_ms, o.latest AS latest,
      arrayMin(arrayConcat([o.latest.4], arrayMap(h -> h.2, arrayFilter(h -> h.1 > 2 AND h.2 > o.good_ms, o.history)))) AS since_ms
    FROM (
      SELECT customer_id, appliance_id, device_id, max(toUnixTimestamp64Milli(started)) AS started_ms, max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS last_ms, max(toUnixTimestamp64Milli(good)) AS good_ms,
        argMax((result, asked, interval_ms, toUnixTimestamp64Milli(since), holds_ms, toString(profile), toString(version), toString(notes), detail), (started, slot, offset_ms)) AS latest,
        groupArray((result, toUnixTimestamp64Milli(since))) AS history
      FROM raw_outcomes WHERE 1 AND slot >= fromUnixTimestamp64Milli(least(toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000, toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000)) AND slot < fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC'))) GROUP BY customer_id, appliance_id, device_id
    ) AS o
    INNER JOIN (
      SELECT customer_id, appliance_id, max(toUnixTimestamp64Milli(started)) AS started_ms FROM raw_outcomes WHERE 1 AND slot >= fromUnixTimestamp64Milli(least(toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000, toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000)) AND slot < fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC'))) GROUP BY customer_id, appliance_id
    ) AS r ON r.customer_id = o.customer_id AND r.appliance_id = o.appliance_id AND r.started_ms = o.started_ms) AS o
    INNER JOIN (SELECT b.customer_id AS customer_id, b.site_id AS site_id, b.appliance_id AS appliance_id, b.appliance AS appliance, h.beat_ms AS beat_ms, greatest(h.beat_ms, if(c.came_ms <= toUnixTimestamp64Milli(now64(3, 'UTC')), c.came_ms, 0), n.seen_ms) AS heard_ms, n.known AS known,
      if(c.came_ms > 0 AND c.came_ms <= toUnixTimestamp64Milli(now64(3, 'UTC')) AND c.read_ms > 0, least(toUnixTimestamp64Milli(now64(3, 'UTC')), c.read_ms), toUnixTimestamp64Milli(now64(3, 'UTC'))) AS read_ms,
      read_ms - if(c.came_ms > 0 AND c.came_ms <= toUnixTimestamp64Milli(now64(3, 'UTC')), least(greatest(c.came_ms - h.beat_ms, 0), 60000), 0) AS at_ms,
      if(b.listed_ms <= read_ms, b.listed_ms, 0) AS since_ms, 3 * if(h.every_ms > 0, h.every_ms, 10000) + 5000 AS patience,
      read_ms - greatest(h.beat_ms, since_ms) > patience AND (c.came_ms = 0 OR c.came_ms > toUnixTimestamp64Milli(now64(3, 'UTC')) OR read_ms - greatest(c.came_ms + c.step_ms, since_ms) > patience) AS silent
    FROM (
      SELECT customer_id, site_id, appliance_id, argMax(name, listed) AS appliance, max(toUnixTimestamp64Milli(listed)) AS listed_ms FROM appliances WHERE 1 AND 1
      GROUP BY customer_id, site_id, appliance_id HAVING listed_ms = (SELECT max(toUnixTimestamp64Milli(listed)) FROM appliances WHERE 1)
    ) AS b
    LEFT JOIN (
      SELECT customer_id, appliance_id, max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS beat_ms, toInt64(argMax(interval_ms, slot)) AS every_ms
      FROM raw_heartbeats WHERE 1 AND slot >= fromUnixTimestamp64Milli(least(toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000, toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000)) AND slot < fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC'))) GROUP BY customer_id, appliance_id
    ) AS h ON h.customer_id = b.customer_id AND h.appliance_id = b.appliance_id
    LEFT JOIN (
      SELECT l.customer_id AS customer_id, l.appliance_id AS appliance_id, l.came_ms AS came_ms, s.read_ms AS read_ms, s.step_ms AS step_ms
      FROM (SELECT customer_id, appliance_id, part, toUnixTimestamp64Milli(came_ts) AS came_ms FROM appliance_current FINAL) AS l
      LEFT JOIN (SELECT part, toUnixTimestamp64Milli(read_ts) AS read_ms, toInt64(step_ms) AS step_ms FROM streams_read FINAL WHERE logs = 0) AS s ON s.part = l.part
    ) AS c ON c.customer_id = b.customer_id AND c.appliance_id = b.appliance_id
    LEFT JOIN (
      SELECT customer_id, appliance_id, max(toUnixTimestamp64Milli(last_seen_ts)) AS seen_ms, uniqExact(device_id) AS known
      FROM device_current FINAL WHERE 1 GROUP BY customer_id, appliance_id
    ) AS n ON n.customer_id = b.customer_id AND n.appliance_id = b.appliance_id) AS a ON a.customer_id = o.customer_id AND a.appliance_id = o.appliance_id
    LEFT JOIN (
      SELECT customer_id, device_id, uniqExact(slot) AS rounds, toInt64(max(interval_ms)) AS every_ms, min(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS first_ms,
        max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS last_ms, maxIf(toInt64(toUnixTimestamp64Milli(slot) + offset_ms), received > 0) AS answered_ms
      FROM raw_pings WHERE 1 AND sent > 0 AND slot >= fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC')) - 600000) AND slot < fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC'))) GROUP BY customer_id, device_id HAVING answered_ms > 0
      UNION ALL
      SELECT customer_id, device_id, uniqExact(slot) AS rounds, toInt64(max(interval_ms)) AS every_ms, min(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS first_ms,
        max(toInt64(toUnixTimestamp64Milli(slot) + offset_ms)) AS last_ms, maxIf(toInt64(toUnixTimestamp64Milli(slot) + offset_ms), received > 0) AS answered_ms
      FROM raw_pings WHERE 1 AND sent > 0 AND slot >= fromUnixTimestamp64Milli(least(toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000, toUnixTimestamp64Milli(now64(3, 'UTC')) - 3600000)) AND slot < fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC'))) AND (customer_id, device_id) IN (
        SELECT customer_id, device_id FROM raw_outcomes WHERE 1 AND slot >= fromUnixTimestamp64Milli(least(toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000, toUnixTimestamp64Milli(now64(3, 'UTC')) - 86400000)) AND slot < fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC'))) AND bitAnd(asked, 2) != 0
          AND (customer_id, device_id) NOT IN (SELECT customer_id, device_id FROM raw_pings WHERE 1 AND slot >= fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC')) - 600000) AND slot < fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3, 'UTC'))) AND sent > 0 AND received > 0)
      ) GROUP BY customer_id, device_id
    ) AS p ON p.customer_id = o.customer_id AND p.device_id = o.device_id
    WHERE a.silent = 0
  ) ARRAY JOIN spots AS spot) AS f
LEFT JOIN v_sites AS s ON s.customer_id = f.customer_id AND s.site_id = f.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = f.customer_id AND d.device_id = f.device_id
WHERE f.reason != 'not_asked'
COMMENT 'What is not seen now: silent appliances, and devices that tell nothing or only a part.';
