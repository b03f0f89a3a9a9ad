package snmp

import (
	"math"
	"strconv"
	"strings"

	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/profile"
)

// reading is what a row of a sensor table says, in the terms of sample.Health.
type reading struct {
	kind     sample.SensorKind
	name     string
	status   sample.SensorStatus
	measured bool
	milli    int64
	wall     int64

	instance string // of the row
	number   int    // of the row in its table, from 1
}

// essence is what tells that two tables have the same sensor: what one calls "outlet
// temperature" is the other's "outlet temperature Sensor".
func (r *reading) essence() sensorKey {
	return sensorKey{r.kind, strings.TrimSuffix(strings.ToLower(r.name), " sensor")}
}

// plausible is the range of what a sensor of a kind can measure, in thousandths of
// its unit. What is outside is no measurement; kinds that are not here have a status
// alone.
var plausible = map[sample.SensorKind]struct{ low, high int64 }{
	sample.SensorCPU:         {0, 100_000},
	sample.SensorMemory:      {0, 100_000},
	sample.SensorStorage:     {0, 100_000},
	sample.SensorTemperature: {-150_000, 500_000},
	sample.SensorFan:         {0, 1_000_000_000},
	sample.SensorPower:       {-1_000_000_000, 1_000_000_000},
	sample.SensorVoltage:     {-100_000_000, 100_000_000},
	sample.SensorCurrent:     {-100_000_000, 100_000_000},
	sample.SensorHumidity:    {0, 100_000},

	sample.SensorBGPPeer:            {0, math.MaxUint32 * 1000},
	sample.SensorSessions:           {0, math.MaxUint32 * 1000},
	sample.SensorVPNTunnels:         {0, math.MaxUint32 * 1000},
	sample.SensorVPNSessions:        {0, math.MaxUint32 * 1000},
	sample.SensorPhonesRegistered:   {0, math.MaxUint32 * 1000},
	sample.SensorPhonesUnregistered: {0, math.MaxUint32 * 1000},
	sample.SensorGatewaysRegistered: {0, math.MaxUint32 * 1000},
	sample.SensorGatewaysAway:       {0, math.MaxUint32 * 1000},
	sample.SensorCalls:              {0, math.MaxUint32 * 1000},
}

// interpret says what a row of the table means. There is no reading where the row is
// of no kind of ours, or says neither a value nor a status. It is sound unless
// something in the row was of a wrong type or out of range, which is left blank.
func interpret(t *profile.Table, row *sensorRow) (read reading, ok, sound bool) {
	read = reading{name: row.name, wall: row.wall, instance: row.instance}
	if read.kind = t.KindOf(row.kind); read.kind == 0 {
		return read, false, !row.broken || row.heard[profile.Kind] > 0
	}
	sound = !row.broken
	stated := row.heard[profile.Status] > 0
	if stated {
		var known bool
		read.status, known = t.Statuses[row.numbers[profile.Status]]
		stated, sound = known, sound && known
	}
	if row.heard[profile.Override] > 0 {
		if status, wins := t.Overrides[row.numbers[profile.Override]]; wins {
			read.status, stated = status, true
		}
	}
	bounds, measured := plausible[read.kind]
	if measured && (row.heard[profile.Status] == 0 || meaningful(t, read.status)) {
		milli, has, valid := measure(t, row)
		if has && (!valid || milli < bounds.low || milli > bounds.high) {
			has, sound = false, false
		}
		if has && (milli != 0 || !t.ZeroBlank) {
			read.milli, read.measured = milli, true
		}
	}
	if t.ColumnsOf(profile.Scale) > 0 && row.unknown && !read.measured {
		return read, false, sound // of an empty slot: the device knows no such part
	}
	return read, stated || read.measured, sound
}

// meaningful says whether a sensor of the status can have measured anything.
func meaningful(t *profile.Table, status sample.SensorStatus) bool {
	return status != sample.SensorNotPresent && (!t.OnlyOK || status == sample.SensorOK)
}

// measure returns the measurement of a row, whether there is one, and whether it can
// be believed.
func measure(t *profile.Table, row *sensorRow) (milli int64, has, valid bool) {
	switch {
	case t.ColumnsOf(profile.Scale) > 0: // without all three a number says nothing
		if row.heard[profile.Value] == 0 || row.heard[profile.Scale] == 0 || row.heard[profile.Precision] == 0 {
			return 0, false, false
		}
		milli, valid = scaled(row.numbers[profile.Value], row.numbers[profile.Scale], row.numbers[profile.Precision])
		return milli, true, valid
	case row.heard[profile.Idle] > 0:
		idle := row.numbers[profile.Idle]
		return 100_000 - max(min(idle, 1000), -1000)*1000, true, true
	case row.heard[profile.Size] > 0 || row.heard[profile.Used] > 0:
		return share(t, row)
	case row.heard[profile.Value] > 0:
		if row.decimal != 0 {
			return int64(math.Round(row.decimal * float64(t.Milli))), true, math.Abs(row.decimal) < math.MaxInt64/2/float64(t.Milli)
		}
		value := row.numbers[profile.Value]
		if value > math.MaxInt64/t.Milli || value < math.MinInt64/t.Milli {
			return 0, true, false
		}
		return value * t.Milli, true, true
	}
	return 0, false, true
}

// share returns how much of a size is in use, in thousandths of a percent. Nothing is
// said of something that has no size, such as swap that is switched off.
func share(t *profile.Table, row *sensorRow) (milli int64, has, valid bool) {
	for _, role := range []profile.Role{profile.Size, profile.Used, profile.Free} {
		if row.heard[role] != t.ColumnsOf(role) {
			return 0, false, true // what is missing may be any amount
		}
	}
	size, used, free := row.numbers[profile.Size], row.numbers[profile.Used], row.numbers[profile.Free]
	if size < 0 || used < 0 || free < 0 {
		return 0, true, false
	}
	switch {
	case row.heard[profile.Size] == 0:
		if used > math.MaxInt64-free {
			return 0, true, false
		}
		size = used + free
	case row.heard[profile.Used] == 0:
		used = size - free
	}
	if size == 0 {
		return 0, false, true
	}
	return int64(math.Round(float64(used) / float64(size) * 100_000)), true, true
}

// scaled returns an EntitySensorValue in thousandths: scale is the power of a
// thousand, 9 for units; precision above 0 is how many decimal places the value has,
// and below 0 how many of its digits are accurate, which moves no point (RFC 3433).
// The values of plus and minus 10^9 stand for more than can be said.
func scaled(value, scale, precision int64) (milli int64, ok bool) {
	const ends, units = 1_000_000_000, 9
	if value <= -ends || value >= ends || scale < 1 || scale > 17 || precision < -8 || precision > 9 {
		return 0, false
	}
	result := float64(value) * math.Pow10(int(3*(scale-units)-max(precision, 0)+3))
	if math.Abs(result) > math.MaxInt64/2 {
		return 0, false
	}
	return int64(math.Round(result)), true
}

// meanOf returns one more reading: the mean of all, where all have a value.
func meanOf(readings []reading, name string) (mean reading, ok bool) {
	if len(readings) == 0 {
		return mean, false
	}
	mean = readings[0]
	mean.name, mean.milli, mean.measured = name, 0, true
	for _, each := range readings {
		if !each.measured {
			return mean, false
		}
		mean.milli += each.milli
		mean.status = max(mean.status, each.status)
	}
	mean.milli /= int64(len(readings))
	return mean, true
}

// distinguish gives every reading of a table a name of its own: a number where it
// has none, its instance too where another of the kind has the same.
func distinguishSensors(t *profile.Table, readings []reading) {
	type key struct {
		kind sample.SensorKind
		name string
	}
	count := map[key]int{}
	for i := range readings {
		each := &readings[i]
		if each.name == "" {
			switch each.name = t.Numbered; {
			case len(t.NamesFrom) > 0 || t.Format.Indexed(): // its place may change when others come, its instance seldom
				each.name += " " + each.instance
			case each.instance != scalar:
				each.name += " " + strconv.Itoa(each.number)
			}
		}
		count[key{each.kind, each.name}]++
	}
	for i := range readings {
		if each := &readings[i]; count[key{each.kind, each.name}] > 1 {
			each.name += " #" + each.instance
		}
	}
}

// scalar is the instance of an object that has one.
const scalar = "0"
