package snmp

import (
	"math"
	"strconv"

	"mimamori/ingest/sample"
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

// plausible is the range of what a sensor of a kind can measure, in thousandths of
// its unit. What is outside is no measurement.
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
}

// interpret says what a row of the table means. There is no reading where the row is
// of no kind of ours, or says neither a value nor a status. It is sound unless
// something in the row was of a wrong type or out of range, which is left blank.
func (t *sensorTable) interpret(row *sensorRow) (read reading, ok, sound bool) {
	read = reading{kind: t.kind, name: row.name, wall: row.wall, instance: row.instance}
	if t.kind == 0 {
		if read.kind = t.kinds[row.kind]; read.kind == 0 {
			return read, false, !row.broken || row.heard[roleKind] > 0
		}
	}
	sound = !row.broken
	stated := row.heard[roleStatus] > 0
	if stated {
		var known bool
		read.status, known = t.states[row.numbers[roleStatus]]
		stated, sound = known, sound && known
	}
	if row.heard[roleStatus] == 0 || t.meaningful(read.status) {
		milli, has, valid := t.measure(row)
		bounds := plausible[read.kind]
		if has && (!valid || milli < bounds.low || milli > bounds.high) {
			has, sound = false, false
		}
		if has {
			read.milli, read.measured = milli, true
		}
	}
	return read, stated || read.measured, sound
}

// meaningful says whether a sensor of the status can have measured anything.
func (t *sensorTable) meaningful(status sample.SensorStatus) bool {
	return status != sample.SensorNotPresent && (!t.onlyOK || status == sample.SensorOK)
}

// measure returns the measurement of a row, whether there is one, and whether it can
// be believed.
func (t *sensorTable) measure(row *sensorRow) (milli int64, has, valid bool) {
	switch {
	case t.columnsOf(roleScale) > 0: // without all three a number says nothing
		if row.heard[roleValue] == 0 || row.heard[roleScale] == 0 || row.heard[rolePrecision] == 0 {
			return 0, false, false
		}
		milli, valid = scaled(row.numbers[roleValue], row.numbers[roleScale], row.numbers[rolePrecision])
		return milli, true, valid
	case row.heard[roleIdle] > 0:
		idle := row.numbers[roleIdle]
		return 100_000 - max(min(idle, 1000), -1000)*1000, true, true
	case row.heard[roleSize] > 0 || row.heard[roleUsed] > 0:
		return t.share(row)
	case row.heard[roleValue] > 0:
		value := row.numbers[roleValue]
		if value > math.MaxInt64/t.milli || value < math.MinInt64/t.milli {
			return 0, true, false
		}
		return value * t.milli, true, true
	}
	return 0, false, true
}

// share returns how much of a size is in use, in thousandths of a percent. Nothing is
// said of something that has no size, such as swap that is switched off.
func (t *sensorTable) share(row *sensorRow) (milli int64, has, valid bool) {
	for _, role := range []role{roleSize, roleUsed, roleFree} {
		if row.heard[role] != t.columnsOf(role) {
			return 0, false, true // what is missing may be any amount
		}
	}
	size, used, free := row.numbers[roleSize], row.numbers[roleUsed], row.numbers[roleFree]
	if size < 0 || used < 0 || free < 0 {
		return 0, true, false
	}
	switch {
	case row.heard[roleSize] == 0:
		if used > math.MaxInt64-free {
			return 0, true, false
		}
		size = used + free
	case row.heard[roleUsed] == 0:
		used = size - free
	}
	if size == 0 {
		return 0, false, true
	}
	return int64(math.Round(float64(used) / float64(size) * 100_000)), true, true
}

func (t *sensorTable) columnsOf(role role) uint8 {
	n := uint8(0)
	for _, column := range t.columns {
		if column.role == role {
			n++
		}
	}
	return n
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
func (t *sensorTable) distinguish(readings []reading) {
	type key struct {
		kind sample.SensorKind
		name string
	}
	count := map[key]int{}
	for i := range readings {
		each := &readings[i]
		if each.name == "" {
			switch each.name = t.numbered; {
			case len(t.names) > 0: // its place may change when others come, its instance seldom
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
