package history

// told fills what devices say of themselves: how their polls end by the hour, four sensors each 5 minutes
// and two lines of the log an hour, in a hundred kinds: for a day, and of one device in oneIn for all days.
func (f *Fleet) told() {
	to := f.To.UnixMilli()
	f.do(`INSERT INTO raw_outcomes (customer_id, site_id, appliance_id, device_id, slot, started, interval_ms, holds_ms, asked, result, since, good, interfaces, sensors, profile, version, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], fromUnixTimestamp64Milli(toInt64(%[1]d - hour * 3600000)), fromUnixTimestamp64Milli(toInt64(%[2]d)), 300000, 3600000, 3, 2, fromUnixTimestamp64Milli(toInt64(%[2]d)), fromUnixTimestamp64Milli(toInt64(%[1]d - hour * 3600000)), %[3]d, 4, 'router', '2c', 1
FROM (SELECT intDiv(number, %[4]d) AS hour, number %% %[4]d AS device, %[5]s FROM numbers(%[6]d))`, to-60_000, to-3*dayMs, portsOfDevice, f.Devices, f.owner("device"), f.Devices*24)
	const sensors = 4
	f.do(`INSERT INTO raw_health_identities (customer_id, site_id, appliance_id, device_id, sensor_id, slot, sensor_kind, name, source, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], 90000000 + number, fromUnixTimestamp64Milli(toInt64(%[1]d)), 1 + number %% %[2]d, concat('sensor ', toString(number %% %[2]d)), 'mib', 1
FROM (SELECT number, intDiv(number, %[2]d) AS device, %[3]s FROM numbers(%[4]d))`, to-Days*dayMs, sensors, f.owner("device"), f.Devices*sensors)
	readings := func(of int, toMs int64, rounds int) {
		f.do(`INSERT INTO raw_health (customer_id, site_id, appliance_id, device_id, sensor_id, slot, sensor_kind, status, measured, value_milli, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], 90000000 + sensor, fromUnixTimestamp64Milli(toInt64(%[1]d - round * 300000)), 1 + sensor %% %[2]d, 1, 1, 42000, 1
FROM (SELECT number %% %[3]d AS which, intDiv(number, %[3]d) AS round, intDiv(which, %[2]d) * %[6]d AS device, device * %[2]d + which %% %[2]d AS sensor, %[4]s FROM numbers(%[5]d))`,
			toMs-60_000, sensors, f.Devices/of*sensors, f.owner("device"), f.Devices/of*sensors*rounds, of)
	}
	lines := func(of int, toMs int64, first, halfHours int) {
		f.do(`INSERT INTO raw_syslog (customer_id, site_id, appliance_id, device_id, slot, offset_ms, sequence, severity, source, hostname, mnemonic, message, kafka_offset)
SELECT customer, site, site + 1, device_ids[1 + device], fromUnixTimestamp64Milli(toInt64(%[1]d - intDiv(number, %[2]d) * 1800000 - number %% 1800 * 1000)), number %% 1000, number, 3 + number %% 4, '10.0.0.1', concat('device-', toString(device)), concat('FACILITY-', toString(3 + number %% 4), '-KIND', toString(number %% 97)), concat('Interface GigabitEthernet0/', toString(cityHash64(number) %% 48), ', changed state'), number
FROM (SELECT number + %[3]d AS number, number %% %[2]d * %[6]d AS device, %[4]s FROM numbers(%[5]d))`, toMs-1000, f.Devices/of, first, f.owner("device"), halfHours*(f.Devices/of), of)
	}
	const roundsOfDay, halfHoursOfDay = 288, 48
	for part := range 6 {
		readings(1, to-int64(part)*dayMs/6, roundsOfDay/6)
	}
	for part := range 4 {
		lines(1, to, part*halfHoursOfDay/4*f.Devices, halfHoursOfDay/4)
	}
	for day := int64(1); day < Days; day++ {
		readings(oneIn, to-day*dayMs, roundsOfDay)
		lines(oneIn, to-day*dayMs, 0, halfHoursOfDay)
	}
	f.do(`INSERT INTO syslog_1h (customer_id, site_id, device_id, start_ts, severity, mnemonic, messages, ver)
SELECT customer_id, site_id, device_id, toStartOfHour(ts), severity, mnemonic, count(), 1 FROM raw_syslog WHERE ts < toStartOfHour(fromUnixTimestamp64Milli(toInt64(%d))) GROUP BY ALL`, to)
}
