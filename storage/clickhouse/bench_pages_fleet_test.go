package clickhouse

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// fleetOfPages is what the pages are asked about: 50 customers with 4 sites each, and
// so many devices with 4 interfaces, of which one in 20 is a WAN link; 5 voice paths a site.
type fleetOfPages struct {
	b       *testing.B
	store   *Store
	engine  int // its process
	devices int
	to      time.Time
	sites   []storage.Site
	// The ids of devices and paths by their numbers: device_ids and path_ids in the SQL of do.
	deviceIDs, pathIDs []sample.ID
}

const (
	pageCustomers = 50
	pageSites     = 4 // of a customer
	pagePorts     = 4 // of a device
	pagePaths     = 5 // of a site
	pageDays      = 30
	// pageRate is the mean traffic of an interface of 1 Gbit/s, Mbit/s: few are busy, and no two are alike. It
	// is rate_of_port in the SQL of do.
	pageRate = "(1 + 900 * pow(cityHash64(port) % 1000000 / 1e6, 3))"
)

// worked is the processor time that the engine has had: a machine that is busy otherwise
// makes answers late, not this.
func (f *fleetOfPages) worked() time.Duration {
	f.b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", f.engine))
	if err != nil {
		f.b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	var ticks time.Duration // of 10 ms, USER_HZ
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			f.b.Fatal(err)
		}
		ticks += time.Duration(n)
	}
	return ticks * 10 * time.Millisecond
}

// gently are the settings of statements that make many rows.
const gently = " SETTINGS max_threads = 1, min_insert_block_size_rows = 200000, min_insert_block_size_bytes = 60000000, max_partitions_per_insert_block = 1000"

// do makes rows inside the engine, few at a time: it has little memory in tests.
func (f *fleetOfPages) do(format string, arguments ...any) {
	f.b.Helper()
	sql := strings.NewReplacer("device_ids", "["+idList(f.deviceIDs)+"]", "path_ids", "["+idList(f.pathIDs)+"]", "rate_of_port", pageRate).Replace(fmt.Sprintf(format, arguments...))
	if err := f.store.execute(f.b.Context(), sql+gently); err != nil {
		f.b.Fatal(err)
	}
}

// owner are the columns customer_id and site_id of device n (an expression).
func (f *fleetOfPages) owner(n string) string {
	var customers, sites []sample.ID
	for _, site := range f.sites {
		customers, sites = append(customers, site.Customer), append(sites, site.ID)
	}
	at := fmt.Sprintf("[1 + intDiv(%s, %d) %% %d]", n, max(1, f.devices/len(f.sites)), len(f.sites))
	return "[" + idList(customers) + "]" + at + " AS customer, [" + idList(sites) + "]" + at + " AS site"
}

func (f *fleetOfPages) fill() {
	var registry storage.Registry
	for c := range pageCustomers {
		name := fmt.Sprint("customer-", c)
		registry.Customers = append(registry.Customers, storage.Customer{ID: sample.CustomerID(name), Name: name})
		for s := range pageSites {
			site := fmt.Sprint("site-", s)
			id := sample.SiteID(name, site)
			f.sites = append(f.sites, storage.Site{ID: id, Customer: sample.CustomerID(name), Name: site})
			registry.Appliances = append(registry.Appliances, storage.Appliance{ID: id + 1, Customer: sample.CustomerID(name), Site: id, Name: "box"})
		}
	}
	for n := range f.devices {
		at := n / max(1, f.devices/len(f.sites)) % len(f.sites)
		f.deviceIDs = append(f.deviceIDs, sample.DeviceID(registry.Customers[at/pageSites].Name, f.sites[at].Name, fmt.Sprint("device-", n)))
	}
	for n := range len(f.sites) * pagePaths {
		at := n / pagePaths
		f.pathIDs = append(f.pathIDs, sample.PathID(registry.Customers[at/pageSites].Name, f.sites[at].Name, fmt.Sprint("path ", n)))
	}
	registry.Sites = f.sites
	if err := f.store.SaveRegistry(f.b.Context(), registry); err != nil {
		f.b.Fatal(err)
	}
	var rolled storage.Derived
	for _, site := range f.sites {
		rolled.RolledSites = append(rolled.RolledSites, storage.RolledSite{Customer: site.Customer, Site: site.ID, Partition: 3, Offset: 1})
		hour, day := f.to.Truncate(time.Hour), f.to.Truncate(24*time.Hour)
		dirty := func(figure string, from, to time.Time) {
			rolled.Dirty = append(rolled.Dirty, storage.DirtyRange{Customer: site.Customer, Site: site.ID, Entity: site.ID, Figure: figure, Partition: 3, FromMs: from.UnixMilli(), ToMs: to.UnixMilli(), Version: storage.Version{Offset: 1}})
		}
		dirty(storage.RollUpHours, hour, hour.Add(time.Hour))
		dirty(storage.RollUpDays, day, day.Add(24*time.Hour))
		dirty(storage.RollUpLog, hour, hour.Add(time.Hour))
	}
	derive(f.b, f.store, 1, 1, &rolled)
	f.devicesAndStates()
	f.availability()
	f.traffic()
	f.voice()
	f.averages()
	f.told()
	f.current()
}

// settle waits until the engine has merged what was filled: its processor time is not that of the answers.
func (f *fleetOfPages) settle() {
	f.b.Helper()
	for merging := uint64(1); merging > 0; {
		if err := f.store.query(f.b.Context(), "merges", "SELECT count() FROM system.merges", nil, []any{&merging}, func() {}); err != nil {
			f.b.Fatal(err)
		}
		select {
		case <-f.b.Context().Done():
			f.b.Fatal(f.b.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// current fills the tables of what was last, and those of the last days, as the migrations do.
func (f *fleetOfPages) current() {
	f.b.Helper()
	if err := Refill(f.b.Context(), f.store, gently); err != nil {
		f.b.Fatal(err)
	}
}

func (f *fleetOfPages) devicesAndStates() {
	from, to := f.to.AddDate(0, 0, -pageDays).UnixMilli(), f.to.UnixMilli()
	owner := f.owner("number")
	const device = "device_ids[1 + number]"
	f.do(`INSERT INTO raw_devices (customer_id, site_id, appliance_id, device_id, slot, behind_id, name, address, sys_descr, kafka_offset)
SELECT customer, site, site + 1, %s, fromUnixTimestamp64Milli(toInt64(%d)), if(number %% 50 = 0, 0, device_ids[1 + intDiv(number, 50) * 50]), concat('device-', toString(number)), '10.0.0.1', 'Router of a model', 1 FROM (SELECT number, %s FROM numbers(%d))`, device, from, owner, f.devices)
	f.do(`INSERT INTO device_current (customer_id, site_id, appliance_id, device_id, part, state, cause, since_ts, first_seen_ts, watermark_ts, last_seen_ts, uptime_at_ts, sys_uptime, kafka_offset)
SELECT customer, site, site + 1, %s, 0, if(number %% 200 = 0, 3, 1), if(number %% 200 = 0, 1, 0), fromUnixTimestamp64Milli(toInt64(%[2]d - 3600000)), fromUnixTimestamp64Milli(toInt64(%[3]d)), fromUnixTimestamp64Milli(toInt64(%[2]d)), fromUnixTimestamp64Milli(toInt64(%[2]d)), fromUnixTimestamp64Milli(toInt64(%[2]d)), 1000000, 1
FROM (SELECT number, %[4]s FROM numbers(%[5]d))`, device, to, from, owner, f.devices)
	f.do(`INSERT INTO intervals (customer_id, site_id, device_id, from_ts, to_ts, state, cause, evidence, epoch, kafka_offset, is_deleted)
SELECT customer, site, device_ids[1 + device], fromUnixTimestamp64Milli(toInt64(%[1]d + day * 86400000 + cityHash64(number) %% 80000000) AS began), fromUnixTimestamp64Milli(began + toInt64(30000 + cityHash64(number, 1) %% 1800000)), [3, 3, 2, 0][1 + cityHash64(number, 2) %% 4], 1, '3 rounds lost', 0, 1, 0
FROM (SELECT number, intDiv(number, %[2]d) AS device, number %% %[2]d AS day, %[3]s FROM numbers(%[4]d))`, from, pageDays, f.owner("device"), f.devices*pageDays)
	f.do(`INSERT INTO reboots (customer_id, site_id, device_id, at_ts, kind, evidence, epoch, kafka_offset, is_deleted)
SELECT customer, site, %s, fromUnixTimestamp64Milli(toInt64(%d - number * 8000)), 1, 'sysUpTime fell', 0, 1, 0 FROM (SELECT number, %s FROM numbers(%d)) WHERE number %% 20 = 0`, device, to, owner, f.devices)
	f.do(`INSERT INTO raw_pings (customer_id, site_id, appliance_id, device_id, slot, interval_ms, attempt, sent, received, rtt_us, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], fromUnixTimestamp64Milli(toInt64(%[1]d - round * 30000)), 30000, 1, 3, 3, [1000, 1100, 1200], 1
FROM (SELECT intDiv(number, %[2]d) AS round, number %% %[2]d AS device, %[3]s FROM numbers(%[4]d))`, to-1000, f.devices, f.owner("device"), f.devices*2*60)
	f.do(`INSERT INTO ping_current (customer_id, site_id, device_id, outcome, slot, interval_ms)
SELECT customer, site, %s, 1, fromUnixTimestamp64Milli(toInt64(%d)), 30000 FROM (SELECT number, %s FROM numbers(%d))`, device, to-1000, owner, f.devices)
	var boxes []string
	for _, site := range f.sites {
		boxes = append(boxes, fmt.Sprintf("(%d,%d)", site.Customer, site.ID))
	}
	f.do(`INSERT INTO raw_heartbeats (customer_id, site_id, appliance_id, slot, interval_ms, sequence, backlog_blocks, kafka_offset)
SELECT box.1, box.2, box.2 + 1, fromUnixTimestamp64Milli(toInt64(%d - number * 10000)), 10000, %d - number, 0, 1 FROM numbers(%d) ARRAY JOIN [%s] AS box`, to-1000, 7*8640+1, 7*8640, strings.Join(boxes, ","))
}

// availability adds the days up, as the processor does.
func (f *fleetOfPages) availability() {
	f.b.Helper()
	from, to := f.to.AddDate(0, 0, -pageDays).Truncate(24*time.Hour).UnixMilli(), f.to.Truncate(24*time.Hour).UnixMilli()
	for customer := range pageCustomers {
		roll := storage.RollUp{Customer: f.sites[customer*pageSites].Customer, FromMs: from, ToMs: to, AvailabilityOnly: true}
		for _, site := range f.sites[customer*pageSites : (customer+1)*pageSites] {
			roll.Sites = append(roll.Sites, site.ID)
		}
		if err := f.store.RollUpDays(f.b.Context(), roll); err != nil {
			f.b.Fatal(err)
		}
	}
}

// told fills what devices say of themselves: how their polls end by the hour, four sensors each 5 minutes
// of a day, and two lines of the log an hour for a day, in a hundred kinds.
func (f *fleetOfPages) told() {
	to := f.to.UnixMilli()
	f.do(`INSERT INTO raw_outcomes (customer_id, site_id, appliance_id, device_id, slot, started, interval_ms, holds_ms, asked, result, since, good, interfaces, sensors, profile, version, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], fromUnixTimestamp64Milli(toInt64(%[1]d - hour * 3600000)), fromUnixTimestamp64Milli(toInt64(%[2]d)), 300000, 3600000, 3, 2, fromUnixTimestamp64Milli(toInt64(%[2]d)), fromUnixTimestamp64Milli(toInt64(%[1]d - hour * 3600000)), %[3]d, 4, 'router', '2c', 1
FROM (SELECT intDiv(number, %[4]d) AS hour, number %% %[4]d AS device, %[5]s FROM numbers(%[6]d))`, to-60_000, to-3*dayMs, pagePorts, f.devices, f.owner("device"), f.devices*24)
	const sensors = 4
	f.do(`INSERT INTO raw_health_identities (customer_id, site_id, appliance_id, device_id, sensor_id, slot, sensor_kind, name, source, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], 90000000 + number, fromUnixTimestamp64Milli(toInt64(%[1]d)), 1 + number %% %[2]d, concat('sensor ', toString(number %% %[2]d)), 'mib', 1
FROM (SELECT number, intDiv(number, %[2]d) AS device, %[3]s FROM numbers(%[4]d))`, to-pageDays*dayMs, sensors, f.owner("device"), f.devices*sensors)
	for part := range 6 {
		f.do(`INSERT INTO raw_health (customer_id, site_id, appliance_id, device_id, sensor_id, slot, sensor_kind, status, measured, value_milli, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], 90000000 + sensor, fromUnixTimestamp64Milli(toInt64(%[1]d - (round + %[6]d) * 300000)), 1 + sensor %% %[2]d, 1, 1, 42000, 1
FROM (SELECT number %% %[3]d AS sensor, intDiv(number, %[3]d) AS round, intDiv(sensor, %[2]d) AS device, %[4]s FROM numbers(%[5]d))`, to-60_000, sensors, f.devices*sensors, f.owner("device"), f.devices*sensors*48, part*48)
	}
	for part := range 4 {
		f.do(`INSERT INTO raw_syslog (customer_id, site_id, appliance_id, device_id, slot, offset_ms, sequence, severity, source, hostname, mnemonic, message, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], fromUnixTimestamp64Milli(toInt64(%[1]d - intDiv(number, %[2]d) * 1800000 - number %% 1800 * 1000)), number %% 1000, number, 3 + number %% 4, '10.0.0.1', concat('device-', toString(device)), concat('FACILITY-', toString(3 + number %% 4), '-KIND', toString(number %% 97)), concat('Interface GigabitEthernet0/', toString(cityHash64(number) %% 48), ', changed state'), number
FROM (SELECT number + %[3]d AS number, number %% %[2]d AS device, %[4]s FROM numbers(%[5]d))`, to-1000, f.devices, part*12*f.devices, f.owner("device"), 12*f.devices)
	}
	f.do(`INSERT INTO syslog_1h (customer_id, site_id, device_id, start_ts, severity, mnemonic, messages, ver)
SELECT customer_id, site_id, device_id, toStartOfHour(ts), severity, mnemonic, count(), 1 FROM raw_syslog WHERE ts < toStartOfHour(fromUnixTimestamp64Milli(toInt64(%d))) GROUP BY ALL`, to)
}

func (f *fleetOfPages) traffic() {
	ports := f.devices * pagePorts
	device := fmt.Sprintf("intDiv(number, %d)", pagePorts)
	from, to := f.to.AddDate(0, 0, -pageDays).Truncate(24*time.Hour).UnixMilli(), f.to.UnixMilli()
	f.do(`INSERT INTO raw_interface_identities (customer_id, site_id, appliance_id, device_id, interface_id, slot, if_index, if_type, name, alias, speed_bps, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + %[1]s], 10000000 + number, fromUnixTimestamp64Milli(toInt64(%[2]d)), 1 + number %% %[3]d, 6, concat('port ', toString(number %% %[3]d)), 'to somewhere', 1000000000, 1 FROM (SELECT number, %[4]s FROM numbers(%[5]d))`,
		device, from, pagePorts, f.owner(device), ports)
	f.do(`INSERT INTO links (customer_id, site_id, device_id, interface_id, kind, epoch, kafka_offset, is_deleted)
SELECT customer, site, device_ids[1 + %s], 10000000 + number, number %% 20 = 0, 0, 1, 0 FROM (SELECT number, %s FROM numbers(%d))`, device, f.owner(device), ports)
	columns := "customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, speed_bps, gap, kafka_offset"
	polls := func(toMs, every int64, count int) {
		f.do(`INSERT INTO utilization (%[1]s) SELECT customer, site, device_ids[1 + intDiv(port, %[2]d)], 10000000 + port, fromUnixTimestamp64Milli(toInt64(%[3]d - round * %[4]d)), %[4]d, 1000 * %[4]d * rate_of_port, 1000 * %[4]d, 1000, 1000, 1000000000, 0, 1
FROM (SELECT number %% %[5]d AS port, intDiv(number, %[5]d) AS round, %[6]s FROM numbers(%[7]d))`, columns, pagePorts, toMs, every, ports, f.owner(fmt.Sprintf("intDiv(port, %d)", pagePorts)), ports*count)
	}
	// A day of polls each 5 minutes, the last quarter of an hour as it comes in.
	const last = 15
	for part := range int64(4) {
		polls(to-last*60_000-part*6*3_600_000, 300_000, 72)
	}
	for minute := range int64(last) {
		polls(to-minute*60_000, 60_000, 1)
	}
	f.do(`INSERT INTO raw_interfaces (customer_id, site_id, appliance_id, device_id, interface_id, slot, interval_ms, speed_bps, admin_status, oper_status, kafka_offset)
SELECT customer_id, site_id, site_id + 1, device_id, interface_id, end_ts, interval_ms, speed_bps, 1, 1, 1 FROM utilization`)
	for table, step := range map[string]int64{"utilization_1h": hourMs, "utilization_1d": dayMs} {
		perPort := pageDays * dayMs / step
		for part := range int64(6) { // of a few days each
			each := perPort / 6
			f.do(`INSERT INTO %[1]s (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_packets, out_packets, in_peak_bps, out_peak_bps, speed_bps, last_ts, ver)
SELECT customer, site, device_ids[1 + intDiv(port, %[2]d)], 10000000 + port, fromUnixTimestamp64Milli(toInt64(%[3]d + (round + %[8]d) * %[4]d) AS began), %[4]d, toFloat64(1000 * %[4]d) * rate_of_port, 1000 * %[4]d, 1000, 1000, 1.2e6 * rate_of_port, 1e6, 1000000000, fromUnixTimestamp64Milli(began + %[4]d), 1
FROM (SELECT intDiv(number, %[5]d) AS port, number %% %[5]d AS round, %[6]s FROM numbers(%[7]d))`,
				table, pagePorts, from, step, each, f.owner(fmt.Sprintf("intDiv(port, %d)", pagePorts)), int64(ports)*each, part*each)
		}
	}
}

func (f *fleetOfPages) voice() {
	from, to := f.to.AddDate(0, 0, -pageDays).Truncate(24*time.Hour).UnixMilli(), f.to.UnixMilli()
	paths := len(f.sites) * pagePaths
	owner := f.owner(fmt.Sprintf("intDiv(path, %d) * %d", pagePaths, max(1, f.devices/len(f.sites))))
	f.do(`INSERT INTO raw_paths (customer_id, site_id, appliance_id, path_id, slot, name, target, codec, kafka_offset)
SELECT customer, site, site + 1, path_ids[1 + path], fromUnixTimestamp64Milli(toInt64(%d)), concat('path ', toString(path)), '192.0.2.1:862', 'G.711', 1 FROM (SELECT number AS path, %s FROM numbers(%d))`, from, owner, paths)
	for day := range int64(2) {
		f.do(`INSERT INTO voice_minutes (customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, delay_ms, jitter_ms, r, mos, mos_lq, scale, model, epoch, kafka_offset, is_deleted)
SELECT customer, site, path_ids[1 + path], fromUnixTimestamp64Milli(toInt64(%[1]d - minute * 60000)), 60000, 'G.711', 3000, 3000, 40, 1.5, 90, if(path %% 100 = 0 AND minute < 30, 2.9, 4.3), 4.3, 'nb', 'test', 0, 1, 0
FROM (SELECT intDiv(number, 1440) AS path, number %% 1440 AS minute, %[2]s FROM numbers(%[3]d))`, to-60_000-day*dayMs, owner, paths*1440)
	}
	for table, step := range map[string]int64{"voice_1h": hourMs, "voice_1d": dayMs} {
		perPath := pageDays * dayMs / step
		f.do(`INSERT INTO %s (customer_id, site_id, path_id, scale, start_ts, covered_ms, minutes, sent, received, r_sum, mos_sum, mos_lq_sum, delay_sum, r_min, mos_min, ver)
SELECT customer, site, path_ids[1 + path], 'nb', fromUnixTimestamp64Milli(toInt64(%d + round * %d)), %[3]d, intDiv(%[3]d, 60000), 3000, 3000, 90 * %[3]d / 60000, 4.3 * %[3]d / 60000, 4.3, 120000, 90, 4.3, 1
FROM (SELECT intDiv(number, %[4]d) AS path, number %% %[4]d AS round, %[5]s FROM numbers(%[6]d))`, table, from, step, perPath, owner, int64(paths)*perPath)
	}
}
