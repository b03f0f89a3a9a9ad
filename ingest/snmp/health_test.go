package snmp

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/profile"
	"mimamori/ingest/snmp/replay"
)

// said is what a row of a sensor says in short.
type said struct {
	kind   sample.SensorKind
	status sample.SensorStatus
	milli  int64
	blank  bool
}

// sensorsOf returns the rows of the poll by the names of their sensors, which the
// caller has learnt so far.
func (s *single) sensorsOf(names map[sample.ID]string) map[string]said {
	s.t.Helper()
	for i, id := range s.sensors.Sensor {
		names[id] = s.sensors.Name[i]
		if want := sample.SensorID(s.device.inventory.ID, s.sensors.SensorKind[i], s.sensors.Name[i]); id != want {
			s.t.Errorf("%s has the id %x, want %x", s.sensors.Name[i], id, want)
		}
	}
	found := map[string]said{}
	for i, id := range s.health.Sensor {
		name, known := names[id]
		if _, twice := found[name]; !known || twice {
			s.t.Errorf("sensor %q: its name was said: %t, it has two rows: %t", name, known, twice)
		}
		found[name] = said{s.health.SensorKind[i], s.health.Status[i], s.health.ValueMilli[i], s.health.Measured[i] == 0}
	}
	return found
}

func (s *single) wantSensors(names map[sample.ID]string, want map[string]said) {
	s.t.Helper()
	if got := s.sensorsOf(names); !maps.Equal(got, want) {
		s.t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func newHealthy(t *testing.T) *single {
	t.Helper()
	cfg := quickConfig()
	cfg.HealthInterval = time.Minute
	s := newSingle(t, cfg)
	s.agent.tables(true, manyPorts(2)...)
	return s
}

// entity puts a row of entPhySensorTable.
func (a *agent) entity(index, kind, scale, precision, value, status int, name string) {
	for column, number := range map[int]int{1: kind, 2: scale, 3: precision, 4: value, 5: status} {
		a.set(fmt.Sprintf(".1.3.6.1.2.1.99.1.1.1.%d.%d", column, index), gosnmp.Integer, number)
	}
	if name != "" {
		a.set(fmt.Sprintf(".1.3.6.1.2.1.47.1.1.1.1.7.%d", index), gosnmp.OctetString, name)
	}
}

const (
	volts, watts, celsius, rpm = 4, 6, 8, 10
	milliScale, units, kilo    = 8, 9, 10
	working, away, failed      = 1, 2, 3
)

func TestEntitySensors(t *testing.T) {
	s := newHealthy(t)
	s.agent.entity(1001, celsius, units, 1, 235, working, "Inlet")
	s.agent.entity(1002, celsius, units, 0, -7, working, "Outside")
	s.agent.entity(2001, rpm, units, 0, 4200, working, "Fan")
	s.agent.entity(2002, rpm, units, 0, 0, failed, "Fan") // a second of that name
	s.agent.entity(3001, watts, kilo, 3, 1500, working, "PSU 1")
	s.agent.entity(3002, watts, units, 0, 5, away, "PSU 2")
	s.agent.entity(4001, volts, milliScale, -3, 12034, working, "12 V rail")
	s.agent.entity(4002, volts, milliScale, 0, 3300, working, "")      // nobody named it
	s.agent.entity(5001, 12, units, 0, 1, working, "Door closed")      // a truth value is no sensor of ours
	s.agent.entity(6001, celsius, 18, 0, 20, working, "Scale of 18")   // there is none
	s.agent.entity(6002, celsius, units, 10, 20, working, "Precision") // nor that
	s.agent.entity(6003, celsius, units, 0, 1_000_000_000, working, "Overflow")
	s.agent.entity(6004, celsius, 17, 0, 999_999_999, working, "Yotta")
	s.agent.entity(6005, celsius, 1, 0, 999_999_999, working, "Yocto")
	s.agent.entity(6006, celsius, units, 0, 20, 9, "Status of 9")
	s.agent.set(".1.3.6.1.2.1.99.1.1.1.4.6007", gosnmp.OctetString, "warm")
	s.agent.entity(6008, celsius, units, 0, 900, working, "Hotter than can be")
	for column, number := range map[int]int{1: celsius, 4: 20, 5: working} { // of what?
		s.agent.set(fmt.Sprintf(".1.3.6.1.2.1.99.1.1.1.%d.6009", column), gosnmp.Integer, number)
	}
	s.agent.set(".1.3.6.1.2.1.47.1.1.1.1.7.6009", gosnmp.OctetString, "Without a scale")
	names := map[sample.ID]string{}
	want := map[string]said{
		"Inlet": {sample.SensorTemperature, 1, 23_500, false}, "Outside": {sample.SensorTemperature, 1, -7000, false},
		"Fan #2001": {sample.SensorFan, 1, 4_200_000, false}, "Fan #2002": {sample.SensorFan, 3, 0, true},
		"PSU 1": {sample.SensorPower, 1, 1_500_000, false}, "PSU 2": {sample.SensorPower, 0, 0, true},
		"12 V rail": {sample.SensorVoltage, 1, 12_034, false}, "Sensor 4002": {sample.SensorVoltage, 1, 3300, false},
		"Scale of 18": {sample.SensorTemperature, 1, 0, true}, "Precision": {sample.SensorTemperature, 1, 0, true},
		"Overflow": {sample.SensorTemperature, 1, 0, true}, "Yotta": {sample.SensorTemperature, 1, 0, true},
		"Without a scale": {sample.SensorTemperature, 1, 0, true},
		"Yocto":           {sample.SensorTemperature, 1, 0, false}, "Hotter than can be": {sample.SensorTemperature, 1, 0, true},
	}
	s.poll()
	s.wantResult(resultOK)
	s.wantSensors(names, want)
	if s.interfaces.Len()+s.keyframes.Len() == 0 {
		t.Error("the counters are missing")
	}
	if got := s.fault(faultBadSensor); got != 7 {
		t.Errorf("%v bad sensors, want 7", got)
	}
	if n := s.sensors.Len(); n != len(want) || s.sensors.Source[0] != "ENTITY-SENSOR-MIB" {
		t.Errorf("%d sensors were named, want %d, from %q", n, len(want), s.sensors.Source)
	}

	// The next poll says values alone, and asks for no names.
	s.agent.asked()
	s.agent.entity(1001, celsius, units, 1, 281, working, "")
	s.poll()
	want["Inlet"] = said{sample.SensorTemperature, 1, 28_100, false}
	s.wantSensors(names, want)
	if s.sensors.Len() != 0 {
		t.Errorf("known sensors are named again: %v", s.sensors.Name)
	}
	for _, request := range s.agent.asked() {
		if strings.Contains(strings.Join(request.oids, " "), ".47.1.1.1.1") {
			t.Errorf("names are asked again: %v", request.oids)
		}
	}
	// A new one is named, and a renamed one is found at the next refresh.
	s.agent.entity(1003, celsius, units, 0, 30, working, "Outlet")
	s.agent.set(".1.3.6.1.2.1.47.1.1.1.1.7.1001", gosnmp.OctetString, "Intake")
	s.poll()
	if !slices.Equal(s.sensors.Name, []string{"Outlet"}) {
		t.Errorf("%v are new, want Outlet", s.sensors.Name)
	}
	s.device.refreshAt = s.worker.clock(time.Now())
	s.poll()
	if !slices.Equal(s.sensors.Name, []string{"Intake"}) {
		t.Errorf("%v are new, want Intake", s.sensors.Name)
	}
}

func TestHostResources(t *testing.T) {
	s := newHealthy(t)
	s.agent.set(".1.3.6.1.2.1.25.3.3.1.2.196608", gosnmp.Integer, 10)
	s.agent.set(".1.3.6.1.2.1.25.3.3.1.2.196609", gosnmp.Integer, 35)
	store := func(index int, kind, name string, size, used int) {
		s.agent.set(fmt.Sprint(".1.3.6.1.2.1.25.2.3.1.2.", index), gosnmp.ObjectIdentifier, ".1.3.6.1.2.1.25.2.1."+kind)
		s.agent.set(fmt.Sprint(".1.3.6.1.2.1.25.2.3.1.3.", index), gosnmp.OctetString, name)
		s.agent.set(fmt.Sprint(".1.3.6.1.2.1.25.2.3.1.5.", index), gosnmp.Integer, size)
		s.agent.set(fmt.Sprint(".1.3.6.1.2.1.25.2.3.1.6.", index), gosnmp.Integer, used)
	}
	store(1, "2", "Physical memory", 8000, 6000)
	store(3, "3", "Virtual memory", 9000, 6000)
	store(6, "1", "Memory buffers", 8000, 100)
	store(10, "3", "Swap space", 0, 0) // switched off
	store(36, "4", "/", 1000, 123)
	store(37, "4", "/bad", 1000, 1001)
	store(38, "4", "/negative", -5, 3) // a disk of 8 TB and more in an agent that cannot count so far
	names := map[sample.ID]string{}
	want := map[string]said{
		"CPU 1": {sample.SensorCPU, 0, 10_000, false}, "CPU 2": {sample.SensorCPU, 0, 35_000, false}, "CPU": {sample.SensorCPU, 0, 22_500, false},
		"Physical memory": {sample.SensorMemory, 0, 75_000, false}, "/": {sample.SensorStorage, 0, 12_300, false},
	}
	s.poll()
	s.wantSensors(names, want)
	if got := s.fault(faultBadSensor); got != 2 {
		t.Errorf("%v bad sensors, want 2", got)
	}

	// UCD-SNMP knows what of the memory is cache; what HOST-RESOURCES says of memory
	// and UCD-SNMP of processors is left out then.
	for oid, value := range map[string]int{"4.5.0": 8000, "4.6.0": 2000, "4.14.0": 500, "4.15.0": 3500, "11.11.0": 60} {
		s.agent.set(".1.3.6.1.4.1.2021."+oid, gosnmp.Integer, value)
	}
	delete(want, "Physical memory")
	want["Memory"] = said{sample.SensorMemory, 0, 25_000, false}
	s.device.health.forget()
	s.poll()
	s.wantSensors(names, want)
	s.agent.remove(".1.3.6.1.2.1.25.")
	s.device.health.forget()
	s.poll()
	s.wantSensors(names, map[string]said{"Memory": want["Memory"], "CPU": {sample.SensorCPU, 0, 40_000, false}})
	// Without one of its parts nobody knows how much is in use.
	s.agent.remove(".1.3.6.1.4.1.2021.4.15.")
	s.poll()
	s.wantSensors(names, map[string]said{"CPU": {sample.SensorCPU, 0, 40_000, false}})
}

func TestCiscoSensors(t *testing.T) {
	s := newHealthy(t)
	s.agent.set(oidSysObjectID, gosnmp.ObjectIdentifier, ".1.3.6.1.4.1.9.1.1208")
	for oid, value := range map[string]any{
		"13.1.3.1.2.1": "Chassis", "13.1.3.1.3.1": 41, "13.1.3.1.6.1": 2,
		"13.1.4.1.2.1": "Fan 1", "13.1.4.1.3.1": 6,
		"13.1.5.1.2.1": "PS 1", "13.1.5.1.3.1": 1, "13.1.5.1.2.2": "PS 2", "13.1.5.1.3.2": 5,
		"13.1.2.1.2.1": "3.3 V", "13.1.2.1.3.1": 3290, "13.1.2.1.7.1": 1,
		"109.1.1.1.1.8.1": 17,
		"48.1.1.1.2.1":    "Processor", "48.1.1.1.5.1": 300, "48.1.1.1.6.1": 700,
	} {
		kind := gosnmp.Integer
		if _, text := value.(string); text {
			kind = gosnmp.OctetString
		}
		s.agent.set(".1.3.6.1.4.1.9.9."+oid, kind, value)
	}
	s.poll()
	s.wantSensors(map[sample.ID]string{}, map[string]said{
		"Chassis": {sample.SensorTemperature, 2, 41_000, false}, "Fan 1": {sample.SensorFan, 3, 0, true},
		"PS 1": {sample.SensorPower, 1, 0, true}, "PS 2": {sample.SensorPower, 4, 0, true},
		"3.3 V": {sample.SensorVoltage, 1, 3290, false}, "CPU 1": {sample.SensorCPU, 0, 17_000, false},
		"Processor": {sample.SensorMemory, 0, 30_000, false},
	})
}

func TestWhatADeviceLacksIsSeldomAsked(t *testing.T) {
	s := newHealthy(t)
	health := func() (n int) {
		for _, request := range s.agent.asked() {
			for _, table := range s.device.profile.Tables {
				if slices.ContainsFunc(request.oids, func(oid string) bool {
					return strings.HasPrefix(oid+".", table.Columns[0].Prefix)
				}) {
					n++
					break
				}
			}
		}
		return n
	}
	s.poll()
	if n := health(); n != 1 || s.health.Len() != 0 {
		t.Errorf("a device without sensors was asked %d times, want once, and said %d rows", n, s.health.Len())
	}
	s.poll()
	if n := health(); n != 0 {
		t.Errorf("it was asked %d times in the next poll", n)
	}
	s.device.health.searchAt = s.worker.clock(time.Now())
	s.poll()
	if n := health(); n != 1 {
		t.Errorf("it was asked %d times when the search was due", n)
	}
	if wait := s.device.health.searchAt - s.worker.clock(time.Now()); wait < 9*60_000 || wait > 10*60_000 {
		t.Errorf("the search after that is in %d ms, want ten minutes", wait)
	}
	if got := metric(t, s.registry, "mimamori_snmp_health_polls_total", "ok"); got != 3 {
		t.Errorf("%v health polls ended well, want 3", got)
	}
	s.wantResult(resultOK)
}

// An agent that stands still over a table costs its poll nothing but time, and no
// more of that after the third time.
func TestATableThatIsNeverAnswered(t *testing.T) {
	s := newHealthy(t)
	s.agent.entity(1, celsius, units, 0, 20, working, "Inlet")
	s.agent.set(".1.3.6.1.2.1.25.3.3.1.2.1", gosnmp.Integer, 10)
	s.poll()
	if s.health.Len() != 3 {
		t.Fatalf("%d rows", s.health.Len())
	}
	s.agent.change(func() {
		s.agent.before = func(request *request) {
			s.agent.deaf = strings.HasPrefix(request.oids[len(request.oids)-1], ".1.3.6.1.2.1.25.3.3.1.2")
		}
	})
	for n := range healthPatience {
		s.poll()
		s.wantResult(resultOK)
		if s.health.Len() != 1 || s.interfaces.Len() != 2 {
			t.Errorf("poll %d: %d rows of health, %d of interfaces", n, s.health.Len(), s.interfaces.Len())
		}
	}
	if got := metric(t, s.registry, "mimamori_snmp_health_polls_total", "timeout"); got != healthPatience {
		t.Errorf("%v health polls ended in silence, want %d", got, healthPatience)
	}
	began := time.Now()
	s.poll()
	if took := time.Since(began); took > s.worker.cfg.Timeout || s.health.Len() != 1 {
		t.Errorf("a poll took %s and said %d rows, want the table to be left alone", took, s.health.Len())
	}
}

func TestAgentsThatAnswerBadly(t *testing.T) {
	for name, test := range map[string]struct {
		fault string
		worse func(*agent)
	}{
		"the same again": {faultNonIncreasing, func(a *agent) {
			a.before = func(r *request) { a.stuck = len(r.oids) == 6 && strings.HasSuffix(r.oids[5], ".20") }
		}},
		"too big":  {faultTooBig, func(a *agent) { a.before = func(r *request) { a.tooBigFrom = 40 } }},
		"too many": {faultTooManySensors, func(a *agent) { manySensors(a, maxTableSensors+1) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHealthy(t)
			manySensors(s.agent, 40)
			s.poll()
			if s.health.Len() != 40 {
				t.Fatalf("%d rows of 40 sensors", s.health.Len())
			}
			if test.fault == faultTooManySensors {
				test.worse(s.agent)
			} else {
				s.agent.change(func() { test.worse(s.agent) })
			}
			s.poll()
			s.wantResult(resultOK)
			if s.fault(test.fault) == 0 || s.interfaces.Len() != 2 || s.health.Len() == 0 {
				t.Errorf("fault %s was not counted, or %d rows of interfaces and %d of health", test.fault, s.interfaces.Len(), s.health.Len())
			}
			if s.health.Len() > maxSensors {
				t.Errorf("%d rows of health", s.health.Len())
			}
		})
	}
}

// A sensor whose name was not answered is not handed on: under another name it would be
// another sensor.
func TestASensorWithoutItsName(t *testing.T) {
	const names = ".1.3.6.1.2.1.47.1.1.1.1.7"
	walk := walkOf(t, 2)
	for column, value := range []int{celsius, units, 0, 235, working} {
		put(t, walk, fmt.Sprintf(".1.3.6.1.2.1.99.1.1.1.%d.1001", 1+column), replay.Integer(int32(value)))
	}
	put(t, walk, names+".1001", replay.String("Inlet"))
	put(t, walk, ".1.3.6.1.2.1.46.1.0", replay.Integer(1)) // what follows the interfaces
	agent, _ := runAgent(t, replay.Config{Walk: walk, Quirks: replay.Quirks{Hang: []string{names}}})
	cfg := quickConfig()
	cfg.Timeout, cfg.HealthInterval = 50*time.Millisecond, time.Minute
	s := newSingleAt(t, cfg, nil, agent.Addr().Port())
	s.poll()
	s.wantResult(resultOK)
	if s.health.Len() != 0 || s.sensors.Len() != 0 {
		t.Errorf("%+v, %+v", s.health, s.sensors)
	}
	if err := agent.SetQuirks(replay.Quirks{}); err != nil {
		t.Fatal(err)
	}
	s.device.health.due = true
	s.poll()
	s.wantSensors(map[sample.ID]string{}, map[string]said{"Inlet": {sample.SensorTemperature, sample.SensorOK, 235_000, false}})
}

// Two tables with a sensor of one kind and name have one sensor between them.
func TestASensorThatTwoTablesHave(t *testing.T) {
	s := newHealthy(t)
	s.device.poll = 1
	for _, value := range []int64{20_000, 90_000} {
		s.worker.appendReading(s.device, "ENTITY-SENSOR-MIB", reading{kind: sample.SensorTemperature, name: "Inlet", measured: true, milli: value}, 0)
	}
	if s.worker.health.Len() != 1 || s.worker.health.ValueMilli[0] != 20_000 || s.fault(faultDuplicateSensor) != 1 {
		t.Errorf("%+v, %v faults", s.worker.health, s.fault(faultDuplicateSensor))
	}
}

// The names of rows that come and go are not kept for ever.
func TestNamesOfSensorsAreBounded(t *testing.T) {
	s := newHealthy(t)
	names, most := map[sample.ID]string{}, 0
	for number := range 8 {
		s.agent.remove(".1.3.6.1.2.1.99.")
		s.agent.remove(".1.3.6.1.2.1.47.")
		for i := range maxTableSensors {
			s.agent.entity(1+i+number*maxTableSensors, celsius, units, 0, 20, working, fmt.Sprint("Sensor ", i))
		}
		s.poll()
		s.sensorsOf(names)
		for i := range s.device.health.tables {
			most = max(most, len(s.device.health.tables[i].names))
		}
	}
	if most > mostNames+maxTableSensors || most < maxTableSensors {
		t.Errorf("%d names are kept of a table", most)
	}
}

func manySensors(a *agent, n int) {
	for i := range n {
		a.entity(i+1, celsius, units, 0, 20, working, fmt.Sprint("Sensor of slot ", i+1))
	}
}

func TestHealthIsDueEveryFewRounds(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Interval, cfg.HealthInterval = 5*time.Second, time.Minute
	due := map[int64]int{}
	for device := range sample.ID(120) {
		times := 0
		for round := range int64(24) {
			if cfg.healthDue(device, round*5000) {
				due[round%12]++
				times++
			}
		}
		if times != 2 {
			t.Errorf("device %d is asked %d times in two minutes", device, times)
		}
	}
	for round, n := range due {
		if n != 20 {
			t.Errorf("%d devices are asked in round %d, want a twelfth of them, twice", n, round)
		}
	}
	cfg.Interval = 5 * time.Minute
	if !cfg.healthDue(7, 300_000) || !cfg.healthDue(7, 600_000) {
		t.Error("a longer interval is not that of health")
	}
	cfg.HealthInterval = 0
	if cfg.healthDue(7, 300_000) {
		t.Error("health is asked though it is switched off")
	}
}

func TestOrderOfInstances(t *testing.T) {
	ordered := []string{"", "0", "1", "1.1", "1.2.3", "2", "10", "10.1", "100", "4294967295"}
	for i, a := range ordered {
		for j, b := range ordered {
			if follows(a, b) != (i > j) {
				t.Errorf("%q comes after %q: %t", a, b, follows(a, b))
			}
		}
	}
}

// FuzzSensors makes answers of any bytes to the requests for every table: nothing in
// them may panic or go on for ever, and nothing comes out that a kind cannot measure.
func FuzzSensors(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\xa0\x02\x03\x00\x00\x00\x00\x00\x00\x00\x08\xa0\x02\x03\x00\x00\x00\x00\x00\x00\x00\x09"))
	families, err := profile.Families()
	if err != nil {
		f.Fatal(err)
	}
	var tables []profile.Table
	for _, name := range families.Names() {
		family, _ := families.Named(name)
		tables = append(tables, family.Tables...)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		var walk sensorWalk
		for i := range tables {
			table := &tables[i]
			walk.start(table, func(string) {})
			for range healthRequests {
				if walk.request() == nil {
					break
				}
				roots := []string{oidSysUpTimeObject}
				for _, c := range walk.asked {
					roots = append(roots, strings.TrimSuffix(c.column.Prefix, "."))
				}
				if walk.absorb(variables(input, roots), 0) != nil {
					break
				}
			}
			var all []reading
			for r := range walk.rows {
				read, ok, _ := interpret(table, &walk.rows[r])
				if !ok {
					continue
				}
				bounds := plausible[read.kind]
				if read.measured && (read.milli < bounds.low || read.milli > bounds.high) || !read.measured && read.milli != 0 || read.status > sample.SensorNotPresent {
					t.Fatalf("%+v", read)
				}
				all = append(all, read)
			}
			distinguishSensors(table, all)
			meanOf(all, "mean")
		}
	})
}

// What was due while a device did not answer is asked with the next poll it answers.
func TestHealthDueInSilenceIsAskedAfterIt(t *testing.T) {
	s := newHealthy(t)
	s.agent.entity(1, celsius, units, 0, 20, working, "Inlet")
	s.worker.cfg.HealthInterval = 24 * time.Hour // a round that hardly is the present one
	s.device.health.due = true
	s.agent.change(func() { s.agent.deaf = true })
	s.poll()
	s.wantResult(resultTimeout)
	s.agent.change(func() { s.agent.deaf = false })
	s.poll()
	if s.health.Len() != 1 {
		t.Errorf("%d rows of health after the silence, want 1", s.health.Len())
	}
	if s.device.health.due {
		t.Error("it is still due")
	}
}
