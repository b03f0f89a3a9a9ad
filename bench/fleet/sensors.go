package fleet

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"mimamori/bench/failures"
	"mimamori/ingest/sample"
)

// Sensor is a sensor of a simulated device.
type Sensor struct {
	Kind  sample.SensorKind
	Name  string // as it is stored
	Level Level

	rows  rowSet // the table of the MIB it is a row of
	index uint32 // its instance there
}

// Level is what a sensor reads, in closed form, in the unit of its kind: a mean with a
// slow sine on it, and what troubles add to it. Times are seconds since the fleet's
// start.
type Level struct {
	Mean      float64   `json:"mean"`
	Amplitude float64   `json:"amplitude"` // of the sine
	Period    float64   `json:"period"`    // of the sine, seconds
	Phase     float64   `json:"phase"`     // of the sine at the start, radians
	Troubles  []Trouble `json:"troubles,omitempty"`
}

// Trouble changes what a sensor reads for a while. Troubles of a Level do not overlap.
type Trouble struct {
	From   float64 `json:"from"` // seconds since the fleet's start
	To     float64 `json:"to"`   // the same; 0 while it goes on
	Add    float64 `json:"add"`  // to the reading, in full after Over seconds
	Over   float64 `json:"over"`
	Failed bool    `json:"failed,omitempty"` // the agent calls the sensor nonoperational; it has no reading
}

// At returns the reading at a time; false while the sensor has failed.
func (l *Level) At(at float64) (reading float64, ok bool) {
	reading = l.Mean + l.Amplitude*math.Sin(2*math.Pi*at/l.Period+l.Phase)
	for _, trouble := range l.Troubles {
		if at < trouble.From || trouble.To != 0 && at >= trouble.To {
			continue
		}
		if trouble.Failed {
			return 0, false
		}
		share := 1.0
		if trouble.Over > 0 {
			share = min(1, (at-trouble.From)/trouble.Over)
		}
		reading += share * trouble.Add
	}
	return reading, true
}

// with returns a copy of the level with one more trouble.
func (l Level) with(trouble Trouble) Level {
	l.Troubles = append(append([]Trouble(nil), l.Troubles...), trouble)
	return l
}

// until returns a copy of the level in which troubles that go on end at a time.
func (l Level) until(at float64) Level {
	l.Troubles = append([]Trouble(nil), l.Troubles...)
	for i := range l.Troubles {
		if l.Troubles[i].To == 0 {
			l.Troubles[i].To = at
		}
	}
	return l
}

// Before returns a copy of the level with the troubles that began before a time.
func (l Level) Before(at float64) Level {
	l.Troubles = slices.DeleteFunc(slices.Clone(l.Troubles), func(trouble Trouble) bool { return trouble.From >= at })
	return l
}

// TroubleOf is what a trouble of a chassis does to the sensor that tells of it, in a script that begins some time after the
// fleet does.
func TroubleOf(span failures.Span, begins time.Duration) Trouble {
	trouble := Trouble{From: (begins + span.From).Seconds(), To: (begins + span.To).Seconds()}
	if span.Why == failures.Heat {
		trouble.Add, trouble.Over = failures.HeatDegrees, failures.HeatTakes.Seconds()
	} else {
		trouble.Failed = true
	}
	return trouble
}

// Totals of HOST-RESOURCES-MIB, in allocation units.
const (
	allocationUnit = 4096
	memoryUnits    = 2 << 20 // 8 GiB
	diskUnits      = 16 << 20
)

// newSensors returns the sensors that devices of a role have: network devices those
// of their chassis, hosts their processors, memory and disk.
func newSensors(random *rand.Rand, role role) []Sensor {
	var sensors []Sensor
	add := func(kind sample.SensorKind, name string, rows rowSet, index uint32, low, high, amplitude float64) {
		sensors = append(sensors, Sensor{Kind: kind, Name: name, rows: rows, index: index, Level: Level{
			Mean:      low + (high-low)*random.Float64(),
			Amplitude: amplitude,
			Period:    flowPeriodMin + (flowPeriodMax-flowPeriodMin)*random.Float64(),
			Phase:     2 * math.Pi * random.Float64(),
		}})
	}
	switch role {
	case roleEdge, roleCore, roleAccess:
		add(sample.SensorTemperature, "Inlet temperature", physicalRows, 1006, 24, 33, 1.5)
		add(sample.SensorFan, "Fan 1", physicalRows, 1011, 4000, 6000, 80)
		add(sample.SensorFan, "Fan 2", physicalRows, 1012, 4000, 6000, 80)
		add(sample.SensorPower, "Power supply 1", physicalRows, 1021, 45, 140, 4)
	case roleServer:
		add(sample.SensorCPU, "CPU 1", processorRows, 196608, 10, 60, 8)
		add(sample.SensorCPU, "CPU 2", processorRows, 196609, 10, 60, 8)
		add(sample.SensorMemory, "Physical memory", storageRows, 1, 30, 80, 2)
		add(sample.SensorStorage, "/", storageRows, 36, 20, 85, 0.5)
	case roleFirewall:
		add(sample.SensorCPU, "CPU 1", processorRows, 1, 5, 40, 6)
		add(sample.SensorMemory, "Physical memory", storageRows, 1, 40, 70, 2)
	default: // what is small says nothing of itself
	}
	return sensors
}

// sensorOf returns the sensor of a kind whose name comes first, -1 where there is
// none.
func (d *Device) sensorOf(kind sample.SensorKind) int {
	for i := range d.Sensors {
		if d.Sensors[i].Kind == kind {
			return i
		}
	}
	return -1
}

// How a chassis takes the failure of a fan.
const (
	fanFailureWarms     = 18 // degrees
	fanFailureWarmsOver = 20 // seconds
)

// failFan stops the first fan: the other one runs faster and cannot keep the chassis
// as cool as before.
func (d *device) failFan(at float64) {
	next := d.state.Load().copied()
	fan, temperature := d.sensorOf(sample.SensorFan), d.sensorOf(sample.SensorTemperature)
	next.sensors[fan] = next.sensors[fan].with(Trouble{From: at, Failed: true})
	next.sensors[fan+1] = next.sensors[fan+1].with(Trouble{From: at, Add: 2500})
	next.sensors[temperature] = next.sensors[temperature].with(Trouble{From: at, Add: fanFailureWarms, Over: fanFailureWarmsOver})
	d.state.Store(next)
}

// mendFan ends what failFan began.
func (d *device) mendFan(at float64) {
	next := d.state.Load().copied()
	for i := range next.sensors {
		next.sensors[i] = next.sensors[i].until(at)
	}
	d.state.Store(next)
}
