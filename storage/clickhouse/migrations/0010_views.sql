-- What analysts read with tools of their own: a view for each figure, names joined in, of
-- each row what counts. docs/queries.md shows how they are asked. The views rest on the
-- tables with the rights of who asks, so that a row policy on the tables holds here too;
-- each has customer_id, and to narrow by it, by an id or by time is what makes a question fast.
-- Changing one takes a later migration with CREATE OR REPLACE VIEW.

CREATE OR REPLACE VIEW v_sites
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.'
)
SQL SECURITY INVOKER
AS SELECT s.customer_id AS customer_id, c.customer AS customer, s.site_id AS site_id, s.site AS site
FROM (SELECT customer_id, site_id, any(name) AS site FROM sites GROUP BY customer_id, site_id) AS s
LEFT JOIN (SELECT customer_id, any(name) AS customer FROM customers GROUP BY customer_id) AS c ON c.customer_id = s.customer_id
COMMENT 'The sites of customers.';

CREATE OR REPLACE VIEW v_device_names
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    address String COMMENT 'Address of the device.'
)
SQL SECURITY INVOKER
AS SELECT customer_id, device_id, argMax(name, slot) AS device, argMax(raw_devices.address, slot) AS address
FROM raw_devices GROUP BY customer_id, device_id
COMMENT 'What devices are called. The other views join it; v_devices says more.';

CREATE OR REPLACE VIEW v_devices
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    address String COMMENT 'Address of the device.',
    behind String COMMENT 'Name of the device it is reached through; empty for none.',
    sys_name String COMMENT 'sysName as the device says it.',
    sys_descr String COMMENT 'sysDescr as the device says it.',
    sys_object_id String COMMENT 'sysObjectID as the device says it.',
    state String COMMENT 'up, degraded, down or unknown: the last that was stored.',
    cause String COMMENT 'Why it is not up: no answer, unreachable, reboot, silent, packet loss.',
    since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it is in its state.',
    first_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was first seen: its availability counts from here.',
    last_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'Its last sign of life when its state was last written, which may be up to a day ago.'
)
SQL SECURITY INVOKER
AS SELECT t.customer_id AS customer_id, s.customer AS customer, t.site_id AS site_id, s.site AS site,
  t.device_id AS device_id, if(t.name = '', lpad(lower(hex(t.device_id)), 16, '0'), t.name) AS device, t.device_address AS address, b.device AS behind,
  t.system_name AS sys_name, t.system_descr AS sys_descr, t.system_object AS sys_object_id,
  ['unknown', 'up', 'degraded', 'down'][toUInt8(t.state_code) + 1] AS state, ['', 'no answer', 'unreachable', 'reboot', 'silent', 'packet loss'][toUInt8(t.cause_code) + 1] AS cause,
  if(toUnixTimestamp64Milli(t.since_ts) = 0, NULL, t.since_ts) AS since, if(toUnixTimestamp64Milli(t.first_ts) = 0, NULL, t.first_ts) AS first_seen, if(toUnixTimestamp64Milli(t.seen_ts) = 0, NULL, t.seen_ts) AS last_seen
FROM (
  SELECT customer_id, argMax(owner_site, known) AS site_id, device_id, max(label) AS name, max(device_address_) AS device_address, max(behind_) AS behind_id,
    max(system_name_) AS system_name, max(system_descr_) AS system_descr, max(system_object_) AS system_object,
    max(state_) AS state_code, max(cause_) AS cause_code, max(since_) AS since_ts, max(first_) AS first_ts, max(seen_) AS seen_ts
  FROM (
    SELECT 1 AS known, customer_id, site_id AS owner_site, device_id, '' AS label, '' AS device_address_, toUInt64(0) AS behind_, '' AS system_name_, '' AS system_descr_, '' AS system_object_,
      state AS state_, cause AS cause_, since_ts AS since_, first_seen_ts AS first_, last_seen_ts AS seen_
    FROM device_current FINAL
    UNION ALL
    SELECT 0, customer_id, argMax(raw_devices.site_id, slot), device_id, argMax(name, slot), argMax(address, slot), argMax(raw_devices.behind_id, slot), argMax(sys_name, slot), argMax(sys_descr, slot), argMax(sys_object_id, slot),
      0, 0, fromUnixTimestamp64Milli(0, 'UTC'), fromUnixTimestamp64Milli(0, 'UTC'), fromUnixTimestamp64Milli(0, 'UTC')
    FROM raw_devices GROUP BY customer_id, device_id
  ) GROUP BY customer_id, device_id
) AS t
LEFT JOIN v_sites AS s ON s.customer_id = t.customer_id AND s.site_id = t.site_id
LEFT JOIN v_device_names AS b ON b.customer_id = t.customer_id AND b.device_id = t.behind_id
COMMENT 'The present state of every device that has one or was named by its appliance.';

CREATE OR REPLACE VIEW v_availability_outages
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    began DateTime64(3, 'UTC') COMMENT 'When it began.',
    ended Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended; NULL while it lasts.',
    seconds Float64 COMMENT 'Its length in seconds, until now while it lasts.',
    state String COMMENT 'down, degraded (counts as up) or unknown (nobody reported: neither up nor down).',
    cause String COMMENT 'no answer, unreachable (a device on the way was down), reboot, silent (nobody reported) or packet loss.',
    ongoing UInt8 COMMENT '1 while it lasts.',
    corrected UInt8 COMMENT '1 where it was judged anew after the fact.',
    evidence String COMMENT 'What it was judged by.'
)
SQL SECURITY INVOKER
AS SELECT o.customer_id AS customer_id, s.customer AS customer, o.site_id AS site_id, s.site AS site,
  o.device_id AS device_id, if(d.device = '', lpad(lower(hex(o.device_id)), 16, '0'), d.device) AS device,
  o.began_ts AS began, o.ended_ts AS ended, (toUnixTimestamp64Milli(ifNull(o.ended_ts, now64(3, 'UTC'))) - toUnixTimestamp64Milli(o.began_ts)) / 1000 AS seconds,
  ['unknown', 'up', 'degraded', 'down'][toUInt8(o.state_code) + 1] AS state, ['', 'no answer', 'unreachable', 'reboot', 'silent', 'packet loss'][toUInt8(o.cause_code) + 1] AS cause, o.open AS ongoing, o.remade AS corrected, o.why_so AS evidence
FROM (
  SELECT customer_id, site_id, device_id, from_ts AS began_ts, toNullable(to_ts) AS ended_ts, state AS state_code, cause AS cause_code, evidence AS why_so, 0 AS open, epoch > 0 AS remade
  FROM intervals FINAL
  UNION ALL
  SELECT customer_id, site_id, device_id, since_ts, NULL, state, cause, '', 1, 0
  FROM device_current FINAL WHERE state != 1
) AS o
LEFT JOIN v_sites AS s ON s.customer_id = o.customer_id AND s.site_id = o.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = o.customer_id AND d.device_id = o.device_id
COMMENT 'Every stretch of time in which a device was not up, those that still last too. Maintenance and hours of service are not taken out: the report does that.';

-- Availability of a time: SELECT * FROM v_availability(from = '2026-05-01', to = '2026-06-01').
-- Times are UTC; what lies beyond the present is cut off, and a device counts from its first row on.
CREATE OR REPLACE VIEW v_availability
SQL SECURITY INVOKER
AS SELECT customer_id, customer, site_id, site, device_id, device,
  greatest(0, all_ms - degraded_ms - down_ms - unknown_ms) / 1000 AS up_s, degraded_ms / 1000 AS degraded_s, down_ms / 1000 AS down_s, unknown_ms / 1000 AS unknown_s,
  downs AS outages, longest_ms / 1000 AS longest_s,
  if(all_ms > unknown_ms, 100 * (1 - down_ms / (all_ms - unknown_ms)), NULL) AS availability_pct,
  if(all_ms > 0, 100 * (1 - (down_ms + unknown_ms) / all_ms), NULL) AS pessimistic_pct
FROM (
  SELECT t.customer_id AS customer_id, any(s.customer) AS customer, any(t.site_id) AS site_id, any(s.site) AS site, t.device_id AS device_id,
    any(if(d.device = '', lpad(lower(hex(t.device_id)), 16, '0'), d.device)) AS device,
    any(greatest(0, until_ms - since_ms)) AS all_ms,
    sumIf(overlap_ms, t.state_code = 3) AS down_ms, sumIf(overlap_ms, t.state_code = 2) AS degraded_ms, sumIf(overlap_ms, t.state_code = 0) AS unknown_ms,
    countIf(t.state_code = 3 AND overlap_ms > 0) AS downs, maxIf(overlap_ms, t.state_code = 3) AS longest_ms
  FROM (
    SELECT w.customer_id AS customer_id, w.site_id AS site_id, w.device_id AS device_id, w.since_ms AS since_ms, w.until_ms AS until_ms, o.state_code AS state_code,
      greatest(0, least(o.ended_ms, w.until_ms) - greatest(o.began_ms, w.since_ms)) AS overlap_ms
    FROM (
      SELECT customer_id, site_id, device_id,
        greatest(toUnixTimestamp64Milli(toDateTime64({from:DateTime('UTC')}, 3, 'UTC')), toUnixTimestamp64Milli(first_seen_ts)) AS since_ms,
        least(toUnixTimestamp64Milli(toDateTime64({to:DateTime('UTC')}, 3, 'UTC')), toUnixTimestamp64Milli(now64(3, 'UTC'))) AS until_ms
      FROM device_current FINAL
    ) AS w
    LEFT JOIN (
      SELECT customer_id, device_id, state AS state_code, toUnixTimestamp64Milli(from_ts) AS began_ms, toUnixTimestamp64Milli(to_ts) AS ended_ms
      FROM intervals FINAL WHERE from_ts < toDateTime64({to:DateTime('UTC')}, 3, 'UTC') AND to_ts > toDateTime64({from:DateTime('UTC')}, 3, 'UTC')
      UNION ALL
      SELECT customer_id, device_id, state, toUnixTimestamp64Milli(since_ts), toUnixTimestamp64Milli(now64(3, 'UTC'))
      FROM device_current FINAL WHERE state != 1
    ) AS o ON o.customer_id = w.customer_id AND o.device_id = w.device_id
    WHERE w.until_ms > w.since_ms
  ) AS t
  LEFT JOIN v_sites AS s ON s.customer_id = t.customer_id AND s.site_id = t.site_id
  LEFT JOIN v_device_names AS d ON d.customer_id = t.customer_id AND d.device_id = t.device_id
  GROUP BY t.customer_id, t.device_id
)
COMMENT 'Availability of each device in a time: v_availability(from = ..., to = ...), UTC. Around the clock; maintenance and hours of service are not taken out: the report does that.';

CREATE OR REPLACE VIEW v_availability_days
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    day Date COMMENT 'The UTC day.',
    down_s Float64 COMMENT 'Seconds down.',
    degraded_s Float64 COMMENT 'Seconds degraded, which count as up.',
    unknown_s Float64 COMMENT 'Seconds in which nobody reported.',
    outages UInt32 COMMENT 'Outages that began on the day.'
)
SQL SECURITY INVOKER
AS SELECT a.customer_id AS customer_id, s.customer AS customer, a.site_id AS site_id, s.site AS site,
  a.device_id AS device_id, if(d.device = '', lpad(lower(hex(a.device_id)), 16, '0'), d.device) AS device, toDate(a.start_ts) AS day,
  a.down_ms / 1000 AS down_s, a.degraded_ms / 1000 AS degraded_s, a.unknown_ms / 1000 AS unknown_s, a.downs AS outages
FROM (SELECT * FROM availability_days FINAL) AS a
LEFT JOIN v_sites AS s ON s.customer_id = a.customer_id AND s.site_id = a.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = a.customer_id AND d.device_id = a.device_id
COMMENT 'What a device was not up of each UTC day. A day without a row was up, or not watched.';

CREATE OR REPLACE VIEW v_reboots
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    booted DateTime64(3, 'UTC') COMMENT 'When it booted.',
    kind String COMMENT 'device, or agent where the device itself went on.',
    evidence String COMMENT 'What it was concluded from.'
)
SQL SECURITY INVOKER
AS SELECT r.customer_id AS customer_id, s.customer AS customer, r.site_id AS site_id, s.site AS site,
  r.device_id AS device_id, if(d.device = '', lpad(lower(hex(r.device_id)), 16, '0'), d.device) AS device, r.at_ts AS booted, ['invalid', 'device', 'agent'][toUInt8(r.kind_code) + 1] AS kind, r.why_so AS evidence
FROM (SELECT customer_id, site_id, device_id, at_ts, kind AS kind_code, evidence AS why_so FROM reboots FINAL) AS r
LEFT JOIN v_sites AS s ON s.customer_id = r.customer_id AND s.site_id = r.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = r.customer_id AND d.device_id = r.device_id
COMMENT 'When devices, or their agents alone, started anew.';

CREATE OR REPLACE VIEW v_interfaces
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    interface_id UInt64 COMMENT 'Id of the interface.',
    interface String COMMENT 'Stable name of the interface: ifName, or ifDescr where there is none.',
    alias String COMMENT 'ifAlias, the operator\'s own description.',
    description String COMMENT 'ifDescr.',
    if_index UInt32 COMMENT 'ifIndex at present; it moves.',
    if_type UInt32 COMMENT 'IANAifType.',
    phys_address String COMMENT 'ifPhysAddress.',
    kind String COMMENT 'lan, wan or ignored.',
    duplex String COMMENT 'full or half.',
    in_capacity_bps Nullable(UInt64) COMMENT 'What it can receive, bit/s: the subrate, else its speed; NULL where unknown.',
    out_capacity_bps Nullable(UInt64) COMMENT 'What it can send, bit/s.',
    speed_bps Nullable(UInt64) COMMENT 'The speed it says it has, bit/s; NULL where unknown.',
    rule String COMMENT 'Which rule of the configuration said so; empty for none.'
)
SQL SECURITY INVOKER
AS SELECT u.customer_id AS customer_id, s.customer AS customer, u.site_id AS site_id, s.site AS site,
  u.device_id AS device_id, if(d.device = '', lpad(lower(hex(u.device_id)), 16, '0'), d.device) AS device, u.interface_id AS interface_id, if(u.interface_name = '', lpad(lower(hex(u.interface_id)), 16, '0'), u.interface_name) AS interface,
  u.interface_alias AS alias, u.interface_description AS description, u.interface_index AS if_index, u.interface_type AS if_type, u.interface_address AS phys_address,
  ['lan', 'wan', 'ignored'][toUInt8(l.link_kind) + 1] AS kind, if(l.half_duplex = 1, 'half', 'full') AS duplex,
  nullIf(if(l.rx_bps > 0, l.rx_bps, u.interface_speed), 0) AS in_capacity_bps, nullIf(if(l.tx_bps > 0, l.tx_bps, u.interface_speed), 0) AS out_capacity_bps,
  nullIf(u.interface_speed, 0) AS speed_bps, l.link_rule AS rule
FROM (
  SELECT customer_id, argMax(raw_interface_identities.site_id, slot) AS site_id, argMax(raw_interface_identities.device_id, slot) AS device_id, interface_id,
    argMax(name, slot) AS interface_name, argMax(alias, slot) AS interface_alias, argMax(description, slot) AS interface_description,
    argMax(if_index, slot) AS interface_index, argMax(if_type, slot) AS interface_type, argMax(phys_address, slot) AS interface_address, argMax(speed_bps, slot) AS interface_speed
  FROM raw_interface_identities GROUP BY customer_id, interface_id
) AS u
LEFT JOIN (SELECT customer_id, interface_id, kind AS link_kind, half_duplex, tx_bps, rx_bps, rule AS link_rule FROM links FINAL) AS l ON l.customer_id = u.customer_id AND l.interface_id = u.interface_id
LEFT JOIN v_sites AS s ON s.customer_id = u.customer_id AND s.site_id = u.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = u.customer_id AND d.device_id = u.device_id
COMMENT 'Interfaces, what they are called and what the rules say of them.';

CREATE OR REPLACE VIEW v_utilization_5m
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    interface_id UInt64 COMMENT 'Id of the interface.',
    interface String COMMENT 'Stable name of the interface: ifName, or ifDescr where there is none.',
    alias String COMMENT 'ifAlias, the operator\'s own description.',
    kind String COMMENT 'lan, wan or ignored.',
    start DateTime64(3, 'UTC') COMMENT 'Beginning of the bucket.',
    measured_s Float64 COMMENT 'Seconds with a usable measurement; the rest of the bucket is a gap.',
    in_bits Float64 COMMENT 'Bits received in the measured time.',
    out_bits Float64 COMMENT 'Bits sent in the measured time.',
    in_bps Nullable(Float64) COMMENT 'Mean rate received over the measured time, bit/s; NULL where nothing was measured.',
    out_bps Nullable(Float64) COMMENT 'Mean rate sent.',
    in_peak_bps Nullable(Float64) COMMENT 'Highest rate received between two polls, bit/s.',
    out_peak_bps Nullable(Float64) COMMENT 'Highest rate sent.',
    speed_bps Nullable(UInt64) COMMENT 'Speed of the interface, bit/s; NULL where unknown.',
    utilization_pct Nullable(Float64) COMMENT 'Utilization at the mean rates: the busier direction of full duplex, both together of half duplex, of the subrates where there are any; NULL where nothing was measured or the speed is unknown.',
    in_packets Float64 COMMENT 'Packets received.',
    out_packets Float64 COMMENT 'Packets sent.',
    in_broadcast Float64 COMMENT 'Of these, received for everybody.',
    out_broadcast Float64 COMMENT 'Of these, sent to everybody.',
    in_multicast Float64 COMMENT 'Of these, received for a group.',
    out_multicast Float64 COMMENT 'Of these, sent to a group.',
    in_errors Float64 COMMENT 'Packets received in error.',
    out_errors Float64 COMMENT 'Packets that could not be sent for errors.',
    in_discards Float64 COMMENT 'Packets received and discarded.',
    out_discards Float64 COMMENT 'Packets to be sent and discarded.',
    gaps String COMMENT 'Why time was not measured: discontinuity, reset, implausible, ambiguous wrap, no interval.'
)
SQL SECURITY INVOKER
AS SELECT u.customer_id AS customer_id, s.customer AS customer, u.site_id AS site_id, s.site AS site,
  u.device_id AS device_id, if(d.device = '', lpad(lower(hex(u.device_id)), 16, '0'), d.device) AS device, u.interface_id AS interface_id, if(i.interface_name = '', lpad(lower(hex(u.interface_id)), 16, '0'), i.interface_name) AS interface, i.interface_alias AS alias,
  ['lan', 'wan', 'ignored'][toUInt8(l.link_kind) + 1] AS kind, u.start_ts AS start, u.covered / 1000 AS measured_s,
  u.received AS in_bits, u.transmitted AS out_bits, if(u.covered > 0, u.received * 1000 / u.covered, NULL) AS in_bps, if(u.covered > 0, u.transmitted * 1000 / u.covered, NULL) AS out_bps,
  if(u.covered > 0, u.in_peak, NULL) AS in_peak_bps, if(u.covered > 0, u.out_peak, NULL) AS out_peak_bps, nullIf(u.speed, 0) AS speed_bps,
  if(u.covered > 0 AND if(l.rx_bps > 0, l.rx_bps, u.speed) > 0 AND if(l.tx_bps > 0, l.tx_bps, u.speed) > 0, if(l.half_duplex = 1, 100 * (u.received * 1000 / u.covered) / if(l.rx_bps > 0, l.rx_bps, u.speed) + 100 * (u.transmitted * 1000 / u.covered) / if(l.tx_bps > 0, l.tx_bps, u.speed), greatest(100 * (u.received * 1000 / u.covered) / if(l.rx_bps > 0, l.rx_bps, u.speed), 100 * (u.transmitted * 1000 / u.covered) / if(l.tx_bps > 0, l.tx_bps, u.speed))), NULL) AS utilization_pct,
  u.in_packets_sum AS in_packets, u.out_packets_sum AS out_packets, u.in_broadcast_sum AS in_broadcast, u.out_broadcast_sum AS out_broadcast, u.in_multicast_sum AS in_multicast, u.out_multicast_sum AS out_multicast, u.in_errors_sum AS in_errors, u.out_errors_sum AS out_errors, u.in_discards_sum AS in_discards, u.out_discards_sum AS out_discards,
  arrayStringConcat(arrayFilter((name, gap) -> bitTest(u.gap_set, gap), ['discontinuity', 'reset', 'implausible', 'ambiguous wrap', 'no interval'], [1, 2, 3, 4, 5]), '; ') AS gaps
FROM (
  SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms AS covered, in_bits AS received, out_bits AS transmitted, in_peak_bps AS in_peak, out_peak_bps AS out_peak,
    speed_bps AS speed, in_packets AS in_packets_sum, out_packets AS out_packets_sum, in_broadcast AS in_broadcast_sum, out_broadcast AS out_broadcast_sum, in_multicast AS in_multicast_sum, out_multicast AS out_multicast_sum, in_errors AS in_errors_sum, out_errors AS out_errors_sum, in_discards AS in_discards_sum, out_discards AS out_discards_sum, gaps AS gap_set
  FROM utilization_5m FINAL
) AS u
LEFT JOIN (
  SELECT customer_id, interface_id, argMax(name, slot) AS interface_name, argMax(alias, slot) AS interface_alias FROM raw_interface_identities GROUP BY customer_id, interface_id
) AS i ON i.customer_id = u.customer_id AND i.interface_id = u.interface_id
LEFT JOIN (SELECT customer_id, interface_id, kind AS link_kind, half_duplex, tx_bps, rx_bps FROM links FINAL) AS l ON l.customer_id = u.customer_id AND l.interface_id = u.interface_id
LEFT JOIN v_sites AS s ON s.customer_id = u.customer_id AND s.site_id = u.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = u.customer_id AND d.device_id = u.device_id
COMMENT 'Traffic of interfaces by 5 minutes, added up from every poll: sums, and rates over the measured time. Rows come some minutes after their time is over.';

CREATE OR REPLACE VIEW v_utilization_hour
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    interface_id UInt64 COMMENT 'Id of the interface.',
    interface String COMMENT 'Stable name of the interface: ifName, or ifDescr where there is none.',
    alias String COMMENT 'ifAlias, the operator\'s own description.',
    kind String COMMENT 'lan, wan or ignored.',
    start DateTime64(3, 'UTC') COMMENT 'Beginning of the bucket.',
    measured_s Float64 COMMENT 'Seconds with a usable measurement; the rest of the bucket is a gap.',
    in_bits Float64 COMMENT 'Bits received in the measured time.',
    out_bits Float64 COMMENT 'Bits sent in the measured time.',
    in_bps Nullable(Float64) COMMENT 'Mean rate received over the measured time, bit/s; NULL where nothing was measured.',
    out_bps Nullable(Float64) COMMENT 'Mean rate sent.',
    in_peak_bps Nullable(Float64) COMMENT 'Highest rate received between two polls, bit/s.',
    out_peak_bps Nullable(Float64) COMMENT 'Highest rate sent.',
    speed_bps Nullable(UInt64) COMMENT 'Speed of the interface, bit/s; NULL where unknown.',
    utilization_pct Nullable(Float64) COMMENT 'Utilization at the mean rates: the busier direction of full duplex, both together of half duplex, of the subrates where there are any; NULL where nothing was measured or the speed is unknown.',
    in_packets Float64 COMMENT 'Packets received.',
    out_packets Float64 COMMENT 'Packets sent.',
    in_broadcast Float64 COMMENT 'Of these, received for everybody.',
    out_broadcast Float64 COMMENT 'Of these, sent to everybody.',
    in_multicast Float64 COMMENT 'Of these, received for a group.',
    out_multicast Float64 COMMENT 'Of these, sent to a group.',
    in_errors Float64 COMMENT 'Packets received in error.',
    out_errors Float64 COMMENT 'Packets that could not be sent for errors.',
    in_discards Float64 COMMENT 'Packets received and discarded.',
    out_discards Float64 COMMENT 'Packets to be sent and discarded.',
    gaps String COMMENT 'Why time was not measured: discontinuity, reset, implausible, ambiguous wrap, no interval.'
)
SQL SECURITY INVOKER
AS SELECT u.customer_id AS customer_id, s.customer AS customer, u.site_id AS site_id, s.site AS site,
  u.device_id AS device_id, if(d.device = '', lpad(lower(hex(u.device_id)), 16, '0'), d.device) AS device, u.interface_id AS interface_id, if(i.interface_name = '', lpad(lower(hex(u.interface_id)), 16, '0'), i.interface_name) AS interface, i.interface_alias AS alias,
  ['lan', 'wan', 'ignored'][toUInt8(l.link_kind) + 1] AS kind, u.start_ts AS start, u.covered / 1000 AS measured_s,
  u.received AS in_bits, u.transmitted AS out_bits, if(u.covered > 0, u.received * 1000 / u.covered, NULL) AS in_bps, if(u.covered > 0, u.transmitted * 1000 / u.covered, NULL) AS out_bps,
  if(u.covered > 0, u.in_peak, NULL) AS in_peak_bps, if(u.covered > 0, u.out_peak, NULL) AS out_peak_bps, nullIf(u.speed, 0) AS speed_bps,
  if(u.covered > 0 AND if(l.rx_bps > 0, l.rx_bps, u.speed) > 0 AND if(l.tx_bps > 0, l.tx_bps, u.speed) > 0, if(l.half_duplex = 1, 100 * (u.received * 1000 / u.covered) / if(l.rx_bps > 0, l.rx_bps, u.speed) + 100 * (u.transmitted * 1000 / u.covered) / if(l.tx_bps > 0, l.tx_bps, u.speed), greatest(100 * (u.received * 1000 / u.covered) / if(l.rx_bps > 0, l.rx_bps, u.speed), 100 * (u.transmitted * 1000 / u.covered) / if(l.tx_bps > 0, l.tx_bps, u.speed))), NULL) AS utilization_pct,
  u.in_packets_sum AS in_packets, u.out_packets_sum AS out_packets, u.in_broadcast_sum AS in_broadcast, u.out_broadcast_sum AS out_broadcast, u.in_multicast_sum AS in_multicast, u.out_multicast_sum AS out_multicast, u.in_errors_sum AS in_errors, u.out_errors_sum AS out_errors, u.in_discards_sum AS in_discards, u.out_discards_sum AS out_discards,
  arrayStringConcat(arrayFilter((name, gap) -> bitTest(u.gap_set, gap), ['discontinuity', 'reset', 'implausible', 'ambiguous wrap', 'no interval'], [1, 2, 3, 4, 5]), '; ') AS gaps
FROM (
  SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms AS covered, in_bits AS received, out_bits AS transmitted, in_peak_bps AS in_peak, out_peak_bps AS out_peak,
    speed_bps AS speed, in_packets AS in_packets_sum, out_packets AS out_packets_sum, in_broadcast AS in_broadcast_sum, out_broadcast AS out_broadcast_sum, in_multicast AS in_multicast_sum, out_multicast AS out_multicast_sum, in_errors AS in_errors_sum, out_errors AS out_errors_sum, in_discards AS in_discards_sum, out_discards AS out_discards_sum, gaps AS gap_set
  FROM utilization_1h FINAL
) AS u
LEFT JOIN (
  SELECT customer_id, interface_id, argMax(name, slot) AS interface_name, argMax(alias, slot) AS interface_alias FROM raw_interface_identities GROUP BY customer_id, interface_id
) AS i ON i.customer_id = u.customer_id AND i.interface_id = u.interface_id
LEFT JOIN (SELECT customer_id, interface_id, kind AS link_kind, half_duplex, tx_bps, rx_bps FROM links FINAL) AS l ON l.customer_id = u.customer_id AND l.interface_id = u.interface_id
LEFT JOIN v_sites AS s ON s.customer_id = u.customer_id AND s.site_id = u.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = u.customer_id AND d.device_id = u.device_id
COMMENT 'Traffic of interfaces by hour, added up from every poll: sums, and rates over the measured time. Rows come some minutes after their time is over.';

CREATE OR REPLACE VIEW v_utilization_day
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device.',
    device String COMMENT 'Name of the device; its id in hex where nobody ever said it.',
    interface_id UInt64 COMMENT 'Id of the interface.',
    interface String COMMENT 'Stable name of the interface: ifName, or ifDescr where there is none.',
    alias String COMMENT 'ifAlias, the operator\'s own description.',
    kind String COMMENT 'lan, wan or ignored.',
    start DateTime64(3, 'UTC') COMMENT 'Beginning of the bucket.',
    measured_s Float64 COMMENT 'Seconds with a usable measurement; the rest of the bucket is a gap.',
    in_bits Float64 COMMENT 'Bits received in the measured time.',
    out_bits Float64 COMMENT 'Bits sent in the measured time.',
    in_bps Nullable(Float64) COMMENT 'Mean rate received over the measured time, bit/s; NULL where nothing was measured.',
    out_bps Nullable(Float64) COMMENT 'Mean rate sent.',
    in_peak_bps Nullable(Float64) COMMENT 'Highest rate received between two polls, bit/s.',
    out_peak_bps Nullable(Float64) COMMENT 'Highest rate sent.',
    speed_bps Nullable(UInt64) COMMENT 'Speed of the interface, bit/s; NULL where unknown.',
    utilization_pct Nullable(Float64) COMMENT 'Utilization at the mean rates: the busier direction of full duplex, both together of half duplex, of the subrates where there are any; NULL where nothing was measured or the speed is unknown.',
    in_packets Float64 COMMENT 'Packets received.',
    out_packets Float64 COMMENT 'Packets sent.',
    in_broadcast Float64 COMMENT 'Of these, received for everybody.',
    out_broadcast Float64 COMMENT 'Of these, sent to everybody.',
    in_multicast Float64 COMMENT 'Of these, received for a group.',
    out_multicast Float64 COMMENT 'Of these, sent to a group.',
    in_errors Float64 COMMENT 'Packets received in error.',
    out_errors Float64 COMMENT 'Packets that could not be sent for errors.',
    in_discards Float64 COMMENT 'Packets received and discarded.',
    out_discards Float64 COMMENT 'Packets to be sent and discarded.',
    gaps String COMMENT 'Why time was not measured: discontinuity, reset, implausible, ambiguous wrap, no interval.'
)
SQL SECURITY INVOKER
AS SELECT u.customer_id AS customer_id, s.customer AS customer, u.site_id AS site_id, s.site AS site,
  u.device_id AS device_id, if(d.device = '', lpad(lower(hex(u.device_id)), 16, '0'), d.device) AS device, u.interface_id AS interface_id, if(i.interface_name = '', lpad(lower(hex(u.interface_id)), 16, '0'), i.interface_name) AS interface, i.interface_alias AS alias,
  ['lan', 'wan', 'ignored'][toUInt8(l.link_kind) + 1] AS kind, u.start_ts AS start, u.covered / 1000 AS measured_s,
  u.received AS in_bits, u.transmitted AS out_bits, if(u.covered > 0, u.received * 1000 / u.covered, NULL) AS in_bps, if(u.covered > 0, u.transmitted * 1000 / u.covered, NULL) AS out_bps,
  if(u.covered > 0, u.in_peak, NULL) AS in_peak_bps, if(u.covered > 0, u.out_peak, NULL) AS out_peak_bps, nullIf(u.speed, 0) AS speed_bps,
  if(u.covered > 0 AND if(l.rx_bps > 0, l.rx_bps, u.speed) > 0 AND if(l.tx_bps > 0, l.tx_bps, u.speed) > 0, if(l.half_duplex = 1, 100 * (u.received * 1000 / u.covered) / if(l.rx_bps > 0, l.rx_bps, u.speed) + 100 * (u.transmitted * 1000 / u.covered) / if(l.tx_bps > 0, l.tx_bps, u.speed), greatest(100 * (u.received * 1000 / u.covered) / if(l.rx_bps > 0, l.rx_bps, u.speed), 100 * (u.transmitted * 1000 / u.covered) / if(l.tx_bps > 0, l.tx_bps, u.speed))), NULL) AS utilization_pct,
  u.in_packets_sum AS in_packets, u.out_packets_sum AS out_packets, u.in_broadcast_sum AS in_broadcast, u.out_broadcast_sum AS out_broadcast, u.in_multicast_sum AS in_multicast, u.out_multicast_sum AS out_multicast, u.in_errors_sum AS in_errors, u.out_errors_sum AS out_errors, u.in_discards_sum AS in_discards, u.out_discards_sum AS out_discards,
  arrayStringConcat(arrayFilter((name, gap) -> bitTest(u.gap_set, gap), ['discontinuity', 'reset', 'implausible', 'ambiguous wrap', 'no interval'], [1, 2, 3, 4, 5]), '; ') AS gaps
FROM (
  SELECT customer_id, site_id, device_id, interface_id, start_ts, covered_ms AS covered, in_bits AS received, out_bits AS transmitted, in_peak_bps AS in_peak, out_peak_bps AS out_peak,
    speed_bps AS speed, in_packets AS in_packets_sum, out_packets AS out_packets_sum, in_broadcast AS in_broadcast_sum, out_broadcast AS out_broadcast_sum, in_multicast AS in_multicast_sum, out_multicast AS out_multicast_sum, in_errors AS in_errors_sum, out_errors AS out_errors_sum, in_discards AS in_discards_sum, out_discards AS out_discards_sum, gaps AS gap_set
  FROM utilization_1d FINAL
) AS u
LEFT JOIN (
  SELECT customer_id, interface_id, argMax(name, slot) AS interface_name, argMax(alias, slot) AS interface_alias FROM raw_interface_identities GROUP BY customer_id, interface_id
) AS i ON i.customer_id = u.customer_id AND i.interface_id = u.interface_id
LEFT JOIN (SELECT customer_id, interface_id, kind AS link_kind, half_duplex, tx_bps, rx_bps FROM links FINAL) AS l ON l.customer_id = u.customer_id AND l.interface_id = u.interface_id
LEFT JOIN v_sites AS s ON s.customer_id = u.customer_id AND s.site_id = u.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = u.customer_id AND d.device_id = u.device_id
COMMENT 'Traffic of interfaces by UTC day, added up from every poll: sums, and rates over the measured time. Rows come some minutes after their day is over.';

CREATE OR REPLACE VIEW v_voice_minutes
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    path_id UInt64 COMMENT 'Id of the voice path.',
    path String COMMENT 'Name of the voice path.',
    minute DateTime64(3, 'UTC') COMMENT 'Beginning of the minute.',
    mos Nullable(Float64) COMMENT 'Conversational quality (MOS-CQE), 1 to 4.5; NULL without traffic.',
    mos_lq Nullable(Float64) COMMENT 'Listening quality: without delay and echo; NULL where it was not kept.',
    r Nullable(Float64) COMMENT 'R of the E-model on its scale.',
    scale String COMMENT 'nb (ITU-T G.107), wb (G.107.1) or fb (G.107.2): R is never compared across them.',
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
    codec String COMMENT 'The codec rated.',
    ie Float64 COMMENT 'Its equipment impairment factor.',
    bpl Nullable(Float64) COMMENT 'Its packet loss robustness; NULL where it was not kept.',
    itu UInt8 COMMENT '1 where ie and bpl are the ITU\'s.',
    model String COMMENT 'Version of the step from measurements to R and MOS.'
)
SQL SECURITY INVOKER
AS SELECT v.customer_id AS customer_id, s.customer AS customer, v.site_id AS site_id, s.site AS site, v.path_id AS path_id, if(p.path_name = '', lpad(lower(hex(v.path_id)), 16, '0'), p.path_name) AS path, v.minute_ts AS minute,
  if(v.packets > 0, v.mos_cq, NULL) AS mos, if(v.packets > 0 AND v.robustness > 0, v.listening, NULL) AS mos_lq, if(v.packets > 0, v.rating, NULL) AS r,
  v.rating_scale AS scale, v.g109 AS band, if(v.packets > 0, v.loss, NULL) AS loss_pct, if(v.answered > 0, v.delay, NULL) AS delay_ms, v.synchronised AS one_way, if(v.answered > 0, v.jitter, NULL) AS jitter_ms, if(v.answered > 0, v.pdv99, NULL) AS pdv99_ms, v.buffer AS jitter_buffer_ms, if(v.packets > 0, v.bursts_r, NULL) AS burst_r,
  v.packets AS sent, v.answered AS received, v.missing AS lost, v.too_late AS late, v.codec_name AS codec, v.impairment AS ie, nullIf(v.robustness, 0) AS bpl, v.by_itu AS itu, v.version AS model
FROM (
  SELECT customer_id, site_id, path_id, minute_ts, mos AS mos_cq, mos_lq AS listening, r AS rating, scale AS rating_scale, band AS g109, loss_pct AS loss, delay_ms AS delay, one_way AS synchronised,
    jitter_ms AS jitter, pdv99_ms AS pdv99, jitter_buffer_ms AS buffer, burst_r AS bursts_r, sent AS packets, received AS answered, lost AS missing, late AS too_late,
    codec AS codec_name, ie AS impairment, bpl AS robustness, itu AS by_itu, model AS version
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
    scale String COMMENT 'nb, wb or fb: R is never compared across them.',
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
    late UInt64 COMMENT 'Packets too late for the jitter buffer.'
)
SQL SECURITY INVOKER
AS SELECT v.customer_id AS customer_id, s.customer AS customer, v.site_id AS site_id, s.site AS site, v.path_id AS path_id, if(p.path_name = '', lpad(lower(hex(v.path_id)), 16, '0'), p.path_name) AS path, v.start_ts AS start, v.rating_scale AS scale, v.counted AS minutes, v.poor AS poor_minutes,
  if(v.counted > 0, v.mos_total / v.counted, NULL) AS mos, if(v.counted > 0, v.mos_lowest, NULL) AS mos_min, if(v.listened > 0, v.lq_total / v.listened, NULL) AS mos_lq, if(v.counted > 0, v.r_total / v.counted, NULL) AS r, if(v.counted > 0, v.r_lowest, NULL) AS r_min,
  if(v.packets > 0, 100 * (v.missing + v.too_late) / v.packets, NULL) AS loss_pct, if(v.counted > 0, v.loss_highest, NULL) AS loss_max_pct,
  if(v.answered > 0, v.delay_total / v.answered, NULL) AS delay_ms, if(v.answered > 0, v.delay_highest, NULL) AS delay_max_ms, if(v.answered > 0, v.jitter_total / v.answered, NULL) AS jitter_ms, if(v.answered > 0, v.jitter_highest, NULL) AS jitter_max_ms, if(v.answered > 0, v.rtt_total / v.answered, NULL) AS rtt_ms,
  v.packets AS sent, v.answered AS received, v.missing AS lost, v.too_late AS late
FROM (
  SELECT customer_id, site_id, path_id, start_ts, scale AS rating_scale, minutes AS counted, poor_minutes AS poor, lq_minutes AS listened, mos_sum AS mos_total, mos_min AS mos_lowest, mos_lq_sum AS lq_total,
    r_sum AS r_total, r_min AS r_lowest, loss_pct_max AS loss_highest, delay_sum AS delay_total, delay_max AS delay_highest, jitter_sum AS jitter_total, jitter_max AS jitter_highest, rtt_sum AS rtt_total,
    sent AS packets, received AS answered, lost AS missing, late AS too_late
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
    scale String COMMENT 'nb, wb or fb: R is never compared across them.',
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
    late UInt64 COMMENT 'Packets too late for the jitter buffer.'
)
SQL SECURITY INVOKER
AS SELECT v.customer_id AS customer_id, s.customer AS customer, v.site_id AS site_id, s.site AS site, v.path_id AS path_id, if(p.path_name = '', lpad(lower(hex(v.path_id)), 16, '0'), p.path_name) AS path, v.start_ts AS start, v.rating_scale AS scale, v.counted AS minutes, v.poor AS poor_minutes,
  if(v.counted > 0, v.mos_total / v.counted, NULL) AS mos, if(v.counted > 0, v.mos_lowest, NULL) AS mos_min, if(v.listened > 0, v.lq_total / v.listened, NULL) AS mos_lq, if(v.counted > 0, v.r_total / v.counted, NULL) AS r, if(v.counted > 0, v.r_lowest, NULL) AS r_min,
  if(v.packets > 0, 100 * (v.missing + v.too_late) / v.packets, NULL) AS loss_pct, if(v.counted > 0, v.loss_highest, NULL) AS loss_max_pct,
  if(v.answered > 0, v.delay_total / v.answered, NULL) AS delay_ms, if(v.answered > 0, v.delay_highest, NULL) AS delay_max_ms, if(v.answered > 0, v.jitter_total / v.answered, NULL) AS jitter_ms, if(v.answered > 0, v.jitter_highest, NULL) AS jitter_max_ms, if(v.answered > 0, v.rtt_total / v.answered, NULL) AS rtt_ms,
  v.packets AS sent, v.answered AS received, v.missing AS lost, v.too_late AS late
FROM (
  SELECT customer_id, site_id, path_id, start_ts, scale AS rating_scale, minutes AS counted, poor_minutes AS poor, lq_minutes AS listened, mos_sum AS mos_total, mos_min AS mos_lowest, mos_lq_sum AS lq_total,
    r_sum AS r_total, r_min AS r_lowest, loss_pct_max AS loss_highest, delay_sum AS delay_total, delay_max AS delay_highest, jitter_sum AS jitter_total, jitter_max AS jitter_highest, rtt_sum AS rtt_total,
    sent AS packets, received AS answered, lost AS missing, late AS too_late
  FROM voice_1d FINAL
) AS v
LEFT JOIN v_sites AS s ON s.customer_id = v.customer_id AND s.site_id = v.site_id
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths GROUP BY customer_id, path_id) AS p ON p.customer_id = v.customer_id AND p.path_id = v.path_id
COMMENT 'Voice quality of paths by UTC day: means and extremes over the minutes with traffic. Rows come some minutes after their time is over.';

CREATE OR REPLACE VIEW v_syslog
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device that sent it; 0 where the source is not in the inventory.',
    device String COMMENT 'Its name; empty where the source is not in the inventory.',
    received DateTime64(3, 'UTC') COMMENT 'When the appliance received it.',
    stamped Nullable(DateTime64(3, 'UTC')) COMMENT 'The line\'s own time; NULL where it had none.',
    severity Nullable(UInt8) COMMENT '0 emergency to 7 debug (RFC 5424); NULL where it had none.',
    facility Nullable(UInt8) COMMENT 'Facility of RFC 5424; NULL where it had none.',
    source String COMMENT 'Address it came from.',
    hostname String COMMENT 'Host name within the line.',
    app_name String COMMENT 'Application named within the line.',
    process_id String COMMENT 'Process named within the line.',
    message_id String COMMENT 'MSGID of RFC 5424.',
    mnemonic String COMMENT 'Mnemonic of a message in Cisco\'s form.',
    message String COMMENT 'The message.',
    raw String COMMENT 'The line as it came, where reading it lost anything.',
    complaint String COMMENT 'What was odd about it.'
)
SQL SECURITY INVOKER
AS SELECT m.customer_id AS customer_id, s.customer AS customer, m.site_id AS site_id, s.site AS site,
  m.device_id AS device_id, if(m.device_id = 0, '', if(d.device = '', lpad(lower(hex(m.device_id)), 16, '0'), d.device)) AS device,
  m.ts AS received, if(toUnixTimestamp64Milli(m.line_ts) = 0, NULL, m.line_ts) AS stamped, nullIf(m.line_severity, 255) AS severity, nullIf(m.line_facility, 255) AS facility,
  m.from_address AS source, m.host AS hostname, m.application AS app_name, m.process AS process_id, m.msgid AS message_id, m.line_mnemonic AS mnemonic, m.line_message AS message, m.line_raw AS raw, m.line_complaint AS complaint
FROM (
  SELECT customer_id, site_id, device_id, ts, stamped AS line_ts, severity AS line_severity, facility AS line_facility, source AS from_address, hostname AS host, app_name AS application,
    process_id AS process, message_id AS msgid, mnemonic AS line_mnemonic, message AS line_message, raw AS line_raw, complaint AS line_complaint
  FROM raw_syslog FINAL
) AS m
LEFT JOIN v_sites AS s ON s.customer_id = m.customer_id AND s.site_id = m.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = m.customer_id AND d.device_id = m.device_id
COMMENT 'Lines of the log.';

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
    kind String COMMENT 'cpu, memory, storage, temperature, fan, power, voltage, current or humidity.',
    at DateTime64(3, 'UTC') COMMENT 'When it was read.',
    value Nullable(Float64) COMMENT 'The reading; NULL where the device gave none.',
    unit String COMMENT 'Unit of the value.',
    status String COMMENT 'What the device says: ok, warning, critical, not present or unknown.',
    source String COMMENT 'The MIB it was read from.'
)
SQL SECURITY INVOKER
AS SELECT h.customer_id AS customer_id, s.customer AS customer, h.site_id AS site_id, s.site AS site,
  h.device_id AS device_id, if(d.device = '', lpad(lower(hex(h.device_id)), 16, '0'), d.device) AS device, h.sensor_id AS sensor_id, if(i.sensor_name = '', lpad(lower(hex(h.sensor_id)), 16, '0'), i.sensor_name) AS sensor,
  ['invalid', 'cpu', 'memory', 'storage', 'temperature', 'fan', 'power', 'voltage', 'current', 'humidity'][toUInt8(h.kind_code) + 1] AS kind, h.read_ts AS at,
  if(h.has_value = 1, h.thousandths / 1000, NULL) AS value, ['', 'percent', 'percent', 'percent', 'celsius', 'rpm', 'watts', 'volts', 'amperes', 'percent'][toUInt8(h.kind_code) + 1] AS unit,
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

CREATE OR REPLACE VIEW v_corrections
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    entity_id UInt64 COMMENT 'Id of the device or voice path.',
    entity String COMMENT 'Name of the device or voice path.',
    figure String COMMENT 'availability, voice or utilization.',
    corrected DateTime64(3, 'UTC') COMMENT 'When.',
    corrected_by String COMMENT 'Who; mimamori where rows arrived late.',
    corrected_why String COMMENT 'Why.',
    began DateTime64(3, 'UTC') COMMENT 'Beginning of the time that was made anew.',
    ended DateTime64(3, 'UTC') COMMENT 'Its end.',
    before Array(Tuple(began DateTime64(3, 'UTC'), ended DateTime64(3, 'UTC'), state String, cause String)) COMMENT 'The pieces of time that are otherwise now, as they stood before.',
    minutes UInt32 COMMENT 'Voice minutes that are otherwise now.',
    mos_before Nullable(Float64) COMMENT 'Their mean MOS before.',
    mos_after Nullable(Float64) COMMENT 'Their mean MOS now.'
)
SQL SECURITY INVOKER
AS SELECT c.customer_id AS customer_id, s.customer AS customer, c.site_id AS site_id, s.site AS site, c.entity_id AS entity_id,
  multiIf(d.device != '', d.device, p.path_name != '', p.path_name, lpad(lower(hex(c.entity_id)), 16, '0')) AS entity,
  c.what AS figure, c.at_ts AS corrected, c.who AS corrected_by, c.reason AS corrected_why, c.from_ts AS began, c.to_ts AS ended,
  arrayMap((b, e, state, cause) -> (b, e, ['unknown', 'up', 'degraded', 'down'][toUInt8(state) + 1], ['', 'no answer', 'unreachable', 'reboot', 'silent', 'packet loss'][toUInt8(cause) + 1]), c.before_from, c.before_to, c.before_state, c.before_cause) AS before,
  c.changed AS minutes, if(c.changed > 0, c.mos_sum_before / c.changed, NULL) AS mos_before, if(c.changed > 0, c.mos_sum_after / c.changed, NULL) AS mos_after
FROM (SELECT *, figure AS what, by AS who, why AS reason, minutes AS changed FROM corrections FINAL) AS c
LEFT JOIN v_sites AS s ON s.customer_id = c.customer_id AND s.site_id = c.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = c.customer_id AND d.device_id = c.entity_id
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths GROUP BY customer_id, path_id) AS p ON p.customer_id = c.customer_id AND p.path_id = c.entity_id
COMMENT 'What was made anew after the fact, a row for each step in which something changed.';

CREATE OR REPLACE VIEW v_maintenance
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site String COMMENT 'Only this site; empty for all.',
    device String COMMENT 'Only devices of this name; empty for all.',
    id String COMMENT 'Names the window through all its revisions.',
    began DateTime64(3, 'UTC') COMMENT 'Beginning of its first occurrence.',
    ended DateTime64(3, 'UTC') COMMENT 'End of its first occurrence.',
    rule String COMMENT 'RRULE of RFC 5545; empty for once.',
    time_zone String COMMENT 'Zone of the rule.',
    why String COMMENT 'What was done.',
    reference String COMMENT 'Somebody else\'s number for it.',
    entered DateTime64(3, 'UTC') COMMENT 'When it was entered.',
    entered_by String COMMENT 'Who entered it.',
    retroactive UInt8 COMMENT '1 where it began before it was entered.',
    revised Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was last changed; NULL where it stands as it was entered.',
    revised_by String COMMENT 'Who changed it.',
    revised_why String COMMENT 'Why.'
)
SQL SECURITY INVOKER
AS SELECT w.customer_id AS customer_id, w.customer_name AS customer, w.only_site AS site, w.only_device AS device, w.window_id AS id, w.from_ts AS began, w.to_ts AS ended, w.rrule AS rule, w.zone AS time_zone,
  w.reason AS why, w.number AS reference, w.entered_ts AS entered, w.author AS entered_by, w.entered_ts > w.from_ts AS retroactive, if(toUnixTimestamp64Milli(w.revised_ts) = 0, NULL, w.revised_ts) AS revised, w.reviser AS revised_by, w.change AS revised_why
FROM (
  SELECT customer_id, customer AS customer_name, site AS only_site, device AS only_device, id AS window_id, from_ts, to_ts, rule AS rrule, time_zone AS zone, why AS reason, reference AS number,
    entered_ts, entered_by AS author, revised_ts, revised_by AS reviser, revised_why AS change, cancelled AS taken_back
  FROM maintenance ORDER BY revision DESC, maintenance.revised_ts DESC LIMIT 1 BY customer_id, id
) AS w
WHERE w.taken_back = 0
COMMENT 'Maintenance windows in force, as they were last revised.';
