package clickhouse

import "time"

// averages fills the averages over five minutes, as far as hours are added up: those of all links of the last
// day, and before of the WAN links, one in 20. They vary by two fifths around the hour's rate.
func (f *fleetOfPages) averages() {
	f.b.Helper()
	const rounds = dayMs / fiveMinutesMs
	end := f.to.Truncate(24 * time.Hour).UnixMilli()
	for back := range int64(pageDays) {
		every := int64(20)
		if back == 0 {
			every = 1
		}
		f.do(`INSERT INTO utilization_5m (customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_packets, out_packets, in_peak_bps, out_peak_bps, speed_bps, last_ts, ver)
SELECT customer, site, device_ids[1 + intDiv(port, %[1]d)], 10000000 + port, fromUnixTimestamp64Milli(toInt64(%[2]d + round * 300000) AS began), 300000, 3e8 * rate_of_port * (80 + (port * 31 + round * 7) %% 41) / 100, 3e8, 1000, 1000, 1.2e6 * rate_of_port, 1e6, 1000000000, fromUnixTimestamp64Milli(began + 300000), 1
FROM (SELECT %[3]d * intDiv(number, %[4]d) AS port, number %% %[4]d AS round, %[5]s FROM numbers(%[6]d))`,
			pagePorts, end-(back+1)*dayMs, every, rounds, f.owner("intDiv(port, 4)"), int64(f.devices*pagePorts)/every*rounds)
	}
}
