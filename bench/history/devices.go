package history

import (
	"fmt"
	"strings"
	"time"

	"mimamori/storage"
)

func (f *Fleet) devicesAndStates() {
	from, to := f.To.AddDate(0, 0, -f.days()).UnixMilli(), f.To.UnixMilli()
	owner := f.owner("number")
	const device = "device_ids[1 + number]"
	f.do(`INSERT INTO raw_devices (customer_id, site_id, appliance_id, device_id, slot, behind_id, name, address, sys_descr, kafka_offset)
SELECT customer, site, site + 1, %s, fromUnixTimestamp64Milli(toInt64(%d)), if(number %% 50 = 0, 0, device_ids[1 + intDiv(number, 50) * 50]), concat('device-', toString(number)), '10.0.0.1', 'Router of a model', 1 FROM (SELECT number, %s FROM numbers(%d))`, device, from, owner, f.Devices)
	f.do(`INSERT INTO device_current (customer_id, site_id, appliance_id, device_id, part, state, cause, since_ts, first_seen_ts, watermark_ts, last_seen_ts, uptime_at_ts, sys_uptime, kafka_offset)
SELECT customer, site, site + 1, %s, 0, if(number %% 200 = 0, 3, 1), if(number %% 200 = 0, 1, 0), fromUnixTimestamp64Milli(toInt64(%[2]d - 3600000)), fromUnixTimestamp64Milli(toInt64(%[3]d)), fromUnixTimestamp64Milli(toInt64(%[2]d)), fromUnixTimestamp64Milli(toInt64(%[2]d)), fromUnixTimestamp64Milli(toInt64(%[2]d)), 1000000, 1
FROM (SELECT number, %[4]s FROM numbers(%[5]d))`, device, to, from, owner, f.Devices)
	f.do(`INSERT INTO intervals (customer_id, site_id, device_id, from_ts, to_ts, state, cause, evidence, epoch, kafka_offset, is_deleted)
SELECT customer, site, device_ids[1 + device], fromUnixTimestamp64Milli(toInt64(%[1]d + day * 86400000 + cityHash64(number) %% 80000000) AS began), fromUnixTimestamp64Milli(began + toInt64(30000 + cityHash64(number, 1) %% 1800000)), [3, 3, 2, 0][1 + cityHash64(number, 2) %% 4], 1, '3 rounds lost', 0, 1, 0
FROM (SELECT number, intDiv(number, %[2]d) AS device, number %% %[2]d AS day, %[3]s FROM numbers(%[4]d))`, from, f.days(), f.owner("device"), f.Devices*f.days())
	f.do(`INSERT INTO reboots (customer_id, site_id, device_id, at_ts, kind, evidence, epoch, kafka_offset, is_deleted)
SELECT customer, site, %s, fromUnixTimestamp64Milli(toInt64(%d - number * 8000)), 1, 'sysUpTime fell', 0, 1, 0 FROM (SELECT number, %s FROM numbers(%d)) WHERE number %% 20 = 0`, device, to, owner, f.Devices)
	f.do(`INSERT INTO raw_pings (customer_id, site_id, appliance_id, device_id, slot, interval_ms, attempt, sent, received, rtt_us, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], fromUnixTimestamp64Milli(toInt64(%[1]d - round * 30000)), 30000, 1, 3, 3, [1000, 1100, 1200], 1
FROM (SELECT intDiv(number, %[2]d) AS round, number %% %[2]d AS device, %[3]s FROM numbers(%[4]d))`, to-1000, f.Devices, f.owner("device"), f.Devices*2*60)
	f.do(`INSERT INTO ping_current (customer_id, site_id, device_id, outcome, slot, interval_ms)
SELECT customer, site, %s, 1, fromUnixTimestamp64Milli(toInt64(%d)), 30000 FROM (SELECT number, %s FROM numbers(%d))`, device, to-1000, owner, f.Devices)
	var boxes []string
	for _, site := range f.sites {
		boxes = append(boxes, fmt.Sprintf("(%d,%d)", site.Customer, site.ID))
	}
	f.do(`INSERT INTO raw_heartbeats (customer_id, site_id, appliance_id, slot, interval_ms, sequence, backlog_blocks, kafka_offset)
SELECT box.1, box.2, box.2 + 1, fromUnixTimestamp64Milli(toInt64(%d - number * 10000)), 10000, %d - number, 0, 1 FROM numbers(%d) ARRAY JOIN [%s] AS box`, to-1000, 7*8640+1, 7*8640, strings.Join(boxes, ","))
}

// availability adds the days up, as the processor does.
func (f *Fleet) availability() {
	from, to := f.To.AddDate(0, 0, -f.days()).Truncate(24*time.Hour).UnixMilli(), f.To.Truncate(24*time.Hour).UnixMilli()
	for customer := range f.customers() {
		roll := storage.RollUp{Customer: f.sites[customer*sitesOfCustomer].Customer, FromMs: from, ToMs: to, AvailabilityOnly: true}
		for _, site := range f.sites[customer*sitesOfCustomer : (customer+1)*sitesOfCustomer] {
			roll.Sites = append(roll.Sites, site.ID)
		}
		f.fail(f.store.RollUpDays(f.ctx, roll))
	}
}
