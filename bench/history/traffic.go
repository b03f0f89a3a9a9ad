package history

import (
	"fmt"
	"time"
)

func (f *Fleet) traffic() {
	ports := f.Devices * portsOfDevice
	device := fmt.Sprintf("intDiv(number, %d)", portsOfDevice)
	from, to := f.To.AddDate(0, 0, -Days).Truncate(24*time.Hour).UnixMilli(), f.To.UnixMilli()
	f.do(`INSERT INTO raw_interface_identities (customer_id, site_id, appliance_id, device_id, interface_id, slot, if_index, if_type, name, alias, speed_bps, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + %[1]s], 10000000 + number, fromUnixTimestamp64Milli(toInt64(%[2]d)), 1 + number %% %[3]d, 6, concat('port ', toString(number %% %[3]d)), 'to somewhere', 1000000000, 1 FROM (SELECT number, %[4]s FROM numbers(%[5]d))`,
		device, from, portsOfDevice, f.owner(device), ports)
	f.do(`INSERT INTO links (customer_id, site_id, device_id, interface_id, kind, epoch, kafka_offset, is_deleted)
SELECT customer, site, device_ids[1 + %s], 10000000 + number, number %% %d = 0, 0, 1, 0 FROM (SELECT number, %s FROM numbers(%d))`, device, oneIn, f.owner(device), ports)
	columns := "customer_id, site_id, device_id, interface_id, end_ts, interval_ms, in_bits, out_bits, in_packets, out_packets, speed_bps, gap, kafka_offset"
	polls := func(of int, toMs, every int64, count int) {
		f.do(`INSERT INTO utilization (%[1]s) SELECT customer, site, device_ids[1 + intDiv(port, %[2]d)], 10000000 + port, fromUnixTimestamp64Milli(toInt64(%[3]d - round * %[4]d)), %[4]d, 1000 * %[4]d * rate_of_port, 1000 * %[4]d, 1000, 1000, 1000000000, 0, 1
FROM (SELECT number %% %[5]d * %[8]d AS port, intDiv(number, %[5]d) AS round, %[6]s FROM numbers(%[7]d))`, columns, portsOfDevice, toMs, every, ports/of, f.owner(fmt.Sprintf("intDiv(port, %d)", portsOfDevice)), ports/of*count, of)
	}
	// A day of polls each 5 minutes, the last quarter of an hour as it comes in.
	const last = 15
	for part := range int64(4) {
		polls(1, to-last*60_000-part*6*3_600_000, 300_000, 72)
	}
	for minute := range int64(last) {
		polls(1, to-minute*60_000, 60_000, 1)
	}
	// And of the WAN links the days before.
	for day := int64(1); day < Days; day++ {
		polls(oneIn, to-last*60_000-day*dayMs, 300_000, 288)
	}
	f.do(`INSERT INTO raw_interfaces (customer_id, site_id, appliance_id, device_id, interface_id, slot, interval_ms, speed_bps, admin_status, oper_status, kafka_offset)
SELECT customer_id, site_id, site_id + 1, device_id, interface_id, end_ts, interval_ms, speed_bps, 1, 1, 1 FROM utilization`)
	for table, step := range map[string]int64{"utilization_1h": hourMs, "utilization_1d": dayMs} {
		days := int64(Days)
		if step == dayMs && f.Year {
			days = 360
		}
		from := f.To.AddDate(0, 0, -int(days)).Truncate(24 * time.Hour).UnixMilli()
		perPort := days * dayMs / step
		for part := range int64(6) { // of a few days each
			each := perPort / 6
			f.do(`INSERT INTO %[1]s (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_packets, out_packets, in_peak_bps, out_peak_bps, speed_bps, last_ts, ver)
SELECT customer, site, device_ids[1 + intDiv(port, %[2]d)], 10000000 + port, fromUnixTimestamp64Milli(toInt64(%[3]d + (round + %[8]d) * %[4]d) AS began), %[4]d, toFloat64(1000 * %[4]d) * rate_of_port, 1000 * %[4]d, 1000, 1000, 1.2e6 * rate_of_port, 1e6, 1000000000, fromUnixTimestamp64Milli(began + %[4]d), 1
FROM (SELECT intDiv(number, %[5]d) AS port, number %% %[5]d AS round, %[6]s FROM numbers(%[7]d))`,
				table, portsOfDevice, from, step, each, f.owner(fmt.Sprintf("intDiv(port, %d)", portsOfDevice)), int64(ports)*each, part*each)
		}
	}
}

// averages fills the averages over five minutes, as far as hours are added up: those of all links of the last
// day, and before of the WAN links, one in 20. They vary by two fifths around the hour's rate.
func (f *Fleet) averages() {
	const rounds = dayMs / fiveMinutesMs
	end := f.To.Truncate(24 * time.Hour).UnixMilli()
	for back := range int64(Days) {
		every := int64(oneIn)
		if back == 0 {
			every = 1
		}
		f.do(`INSERT INTO utilization_5m (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_packets, out_packets, in_peak_bps, out_peak_bps, speed_bps, last_ts, ver)
SELECT customer, site, device_ids[1 + intDiv(port, %[1]d)], 10000000 + port, fromUnixTimestamp64Milli(toInt64(%[2]d + round * 300000) AS began), 300000, 3e8 * rate_of_port * (80 + (port * 31 + round * 7) %% 41) / 100, 3e8, 1000, 1000, 1.2e6 * rate_of_port, 1e6, 1000000000, fromUnixTimestamp64Milli(began + 300000), 1
FROM (SELECT %[3]d * intDiv(number, %[4]d) AS port, number %% %[4]d AS round, %[5]s FROM numbers(%[6]d))`,
			portsOfDevice, end-(back+1)*dayMs, every, rounds, f.owner("intDiv(port, 4)"), int64(f.Devices*portsOfDevice)/every*rounds)
	}
}
