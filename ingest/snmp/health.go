package snmp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/profile"
)

const (
	// healthRequests is how many requests the health of a device may take, and
	// healthRequestsV1 by version 1, where each answers one row.
	healthRequests   = 256
	healthRequestsV1 = 1024
	// healthPatience is how often in turn a table may fail before it is left alone
	// until the tables are looked for again: there are agents that stand still over
	// one of them.
	healthPatience = 3
	// firstSearch and longestSearch are when tables that an agent did not have are
	// looked for again, milliseconds: net-snmp has no processors in its first minute.
	firstSearch   = 5 * 60_000
	longestSearch = 60 * 60_000
	// namesAtOnce is how many names of sensors one request asks for, tablesAtOnce how
	// many tables are looked for at once.
	namesAtOnce  = 24
	tablesAtOnce = 24
	// mostNames is how many names are kept of a table: of one whose rows are others each
	// time, all would be until everything is read anew.
	mostNames = 4 * maxTableSensors
)

// errBudget: the sensors of a device took as many requests as they may.
var errBudget = fmt.Errorf("%w: its sensors take more requests than they may", errIncomplete)

// deviceHealth is what is kept of a device's sensors between two polls.
type deviceHealth struct {
	due        bool         // the round in which it is asked has come, and no poll got as far since
	tables     []tableState // as the profile's; none until they were looked for
	searchAt   int64        // when absent tables are looked for again, milliseconds on the poller's clock
	searchWait int64
	known      map[sensorKey]knownSensor
}

// knownSensor is a sensor that was handed on with its name.
type knownSensor struct {
	id   sample.ID
	poll uint32 // the poll that last had it
}

type sensorKey struct {
	kind sample.SensorKind
	name string
}

// tableState is what is kept of one table of one device.
type tableState struct {
	present  bool
	failures int               // in turn
	rows     int               // it had, 0 unknown
	names    map[string]string // by instance, from the table of names
}

// forget makes everything be looked for anew but the sensors that are known.
func (h *deviceHealth) forget() {
	h.tables, h.searchAt, h.searchWait = nil, 0, 0
}

// healthDue says whether the round is one of those in which a device is asked for its
// health. Those of a site are spread over the rounds.
func (c Config) healthDue(device sample.ID, slot int64) bool {
	if c.HealthInterval == 0 {
		return false
	}
	rounds := max(1, int64(c.HealthInterval.Round(c.Interval)/c.Interval))
	return (slot/c.Interval.Milliseconds()+int64(device%uint64(rounds)))%rounds == 0
}

// askHealth asks a device for its sensors where that is due. It comes after the
// counters, which were handed on, in what is left of the poll's time; whatever comes
// of it, the poll is a success; the error says what could not be read.
func (w *worker) askHealth(s *session, d *device, slot int64) error {
	if !d.health.due {
		return nil
	}
	d.health.due = false
	budget := healthRequests
	if s.agent.Version == inventory.SNMPv1 {
		budget = healthRequestsV1
	}
	err := w.searchTables(s, d, &budget)
	if err == nil {
		err = w.readTables(s, d, &budget, slot)
	}
	w.metrics.health.WithLabelValues(string(classify(err))).Inc()
	if err != nil {
		return fmt.Errorf("not all sensors could be read: %w", err)
	}
	return nil
}

// searchTables asks once for the first row of every table that is not known to be
// there, where that is due.
func (w *worker) searchTables(s *session, d *device, budget *int) error {
	h, now := &d.health, d.clocks.at
	if len(h.tables) > 0 && now < h.searchAt {
		return nil
	}
	if len(h.tables) == 0 {
		h.tables = make([]tableState, len(d.profile.Tables))
	}
	h.searchWait = min(max(2*h.searchWait, firstSearch), longestSearch)
	h.searchAt = now + h.searchWait
	var absent []int
	for i := range h.tables {
		if !h.tables[i].present {
			absent = append(absent, i)
		}
	}
	for len(absent) > 0 {
		if *budget--; *budget < 0 {
			return errBudget
		}
		answered, err := w.searchPart(s, d, absent[:min(len(absent), tablesAtOnce)])
		if err != nil {
			return err
		}
		if err := w.leaveOut(s, d, absent[:answered], budget); err != nil {
			return err
		}
		absent = absent[answered:] // the rest did not fit into the answer
	}
	return nil
}

// searchPart asks for the first row of some of the profile's tables, and returns for
// how many of them there was an answer, which is one or more.
func (w *worker) searchPart(s *session, d *device, asked []int) (answered int, err error) {
	oids := []string{oidSysUpTimeObject}
	for _, i := range asked {
		oids = append(oids, strings.TrimSuffix(d.profile.Tables[i].Columns[0].Prefix, "."))
	}
	variables, err := s.bulk(oids, 1)
	if err != nil {
		return 0, err
	}
	if len(variables) < 2 {
		return 0, fmt.Errorf("%w: an answer was empty", errIncomplete)
	}
	for i, variable := range variables[1:] {
		if i == len(asked) {
			break
		}
		answered++
		prefix := d.profile.Tables[asked[i]].Columns[0].Prefix
		if strings.HasPrefix(variable.Name, prefix) && !exceptional(variable) {
			d.health.tables[asked[i]] = tableState{present: true}
		}
	}
	return answered, nil
}

// leaveOut takes those of the tables that were found for absent that mean nothing on
// the device, as another object of it tells.
func (w *worker) leaveOut(s *session, d *device, asked []int, budget *int) error {
	for _, i := range asked {
		table, state := &d.profile.Tables[i], &d.health.tables[i]
		if !state.present || table.OnlyWhere == "" {
			continue
		}
		state.present = false
		if *budget--; *budget < 0 {
			return errBudget
		}
		variables, err := s.get([]string{table.OnlyWhere})
		if err != nil && !isStatus(err) {
			return err
		}
		for _, variable := range variables {
			number, ok := signed(variable)
			state.present = ok && !exceptional(variable) && slices.Contains(table.OnlyValues, number)
		}
	}
	return nil
}

// readTables reads the tables a device has and appends what they say.
func (w *worker) readTables(s *session, d *device, budget *int, slot int64) error {
	var had [256]bool            // kinds of which a table had a sensor
	named := map[sensorKey]int{} // tables by the sensors they were the first to have
	left := maxSensors
	for i := range d.profile.Tables {
		table, state := &d.profile.Tables[i], &d.health.tables[i]
		if !state.present || table.Kind != 0 && had[table.Kind] && slices.Contains(table.Yields, table.Kind) {
			continue
		}
		err := w.readSensors(s, d, table, state, budget)
		readings := w.interpret(table, state)
		for _, each := range readings {
			if had[each.kind] && slices.Contains(table.Yields, each.kind) {
				continue
			}
			if first, twice := named[each.essence()]; twice && first != i {
				continue // two MIBs say the same
			}
			named[each.essence()] = i
			if left--; left < 0 {
				w.fault(faultTooManySensors)
				return fmt.Errorf("%w: it has more than %d sensors", errIncomplete, maxSensors)
			}
			w.appendReading(d, table.MIB, each, slot)
		}
		for _, each := range readings {
			had[each.kind] = true
		}
		if err == nil {
			state.failures, state.rows = 0, len(w.sensors.rows)
			continue
		}
		if state.failures++; state.failures == healthPatience {
			*state = tableState{}
		}
		if !errors.Is(err, errIncomplete) || *budget <= 0 {
			return err // it may not answer anything at present
		}
	}
	return nil
}

// readSensors reads the rows of a table, and the names of those that have none yet.
func (w *worker) readSensors(s *session, d *device, table *profile.Table, state *tableState, budget *int) error {
	w.sensors.start(table, w.fault)
	most := min(d.profile.Repetitions(w.cfg.MaxRepetitions), d.pace.limit)
	for {
		oids := w.sensors.request()
		if oids == nil {
			break
		}
		if *budget--; *budget < 0 {
			return errBudget
		}
		repetitions := max(1, min(most, answerBytes/(variableBytes*len(oids))))
		if state.rows > 0 && len(w.sensors.rows) <= state.rows {
			repetitions = min(repetitions, state.rows-len(w.sensors.rows)+1) // one more shows that the table ends
		}
		variables, err := s.bulk(oids, repetitions)
		if errors.Is(err, statusError(gosnmp.TooBig)) && repetitions > 1 {
			w.fault(faultTooBig)
			most = repetitions / 2
			continue
		}
		if err != nil {
			return err
		}
		sysUpTime, hasUpTime := uptimeOf(variables)
		_, wall := w.date(s, d, sysUpTime, hasUpTime)
		if err := w.sensors.absorb(variables, wall); err != nil {
			return err
		}
	}
	return w.readNames(s, table, state, budget)
}

// readNames asks for the names of the rows that have none yet, from the table that
// holds the names. What an agent has no name for is not asked again.
func (w *worker) readNames(s *session, table *profile.Table, state *tableState, budget *int) error {
	if len(table.NamesFrom) == 0 {
		return nil
	}
	if len(state.names) == 0 || len(state.names) > mostNames {
		state.names = map[string]string{}
	}
	var unnamed []string
	for i := range w.sensors.rows {
		row := &w.sensors.rows[i]
		if _, known := state.names[row.instance]; !known && table.Wants(row.instance, row.kind) {
			unnamed = append(unnamed, row.instance)
		}
	}
	atOnce := namesAtOnce / len(table.NamesFrom)
	for len(unnamed) > 0 {
		part := unnamed[:min(atOnce, len(unnamed))]
		var oids []string
		for _, instance := range part {
			for _, prefix := range table.NamesFrom {
				oids = append(oids, prefix+instance)
			}
		}
		if *budget--; *budget < 0 {
			return errBudget
		}
		variables, err := s.get(oids)
		if err != nil && !isStatus(err) {
			return err
		}
		if err != nil && len(part) > 1 {
			atOnce = 1 // one name it cannot answer must not cost the others theirs
			continue
		}
		unnamed = unnamed[len(part):]
		for _, instance := range part {
			state.names[instance] = ""
		}
		for _, variable := range variables {
			name, ok := nameIn(variable)
			if !ok || exceptional(variable) {
				continue
			}
			for _, prefix := range table.NamesFrom {
				if instance, is := strings.CutPrefix(variable.Name, prefix); is && state.names[instance] == "" {
					state.names[instance] = name // the best comes first
				}
			}
		}
	}
	return nil
}

// interpret returns what the rows that were read say.
func (w *worker) interpret(table *profile.Table, state *tableState) []reading {
	readings := w.readings[:0]
	for i := range w.sensors.rows {
		row := &w.sensors.rows[i]
		if !table.Wants(row.instance, row.kind) {
			if row.broken && row.heard[profile.Kind] == 0 && len(table.Rows) == 0 {
				w.fault(faultBadSensor)
			}
			continue
		}
		if len(table.NamesFrom) > 0 {
			name, asked := state.names[row.instance]
			if !asked {
				continue // under another name it would be another sensor
			}
			row.name, row.unknown = name, name == ""
		}
		if table.Ignores(row.name) {
			continue
		}
		if table.KindByName {
			row.kind = row.name
		}
		row.name = table.NameOf(row.instance, row.name)
		read, ok, sound := interpret(table, row)
		if !sound {
			w.fault(faultBadSensor)
		}
		if !ok {
			continue
		}
		read.number = i + 1
		readings = append(readings, read)
	}
	distinguishSensors(table, readings)
	if mean, ok := meanOf(readings, table.Mean); ok && table.Mean != "" {
		readings = append(readings, mean)
	}
	w.readings = readings
	return readings
}

// appendReading appends a reading, and which sensor it is of where that was not said.
func (w *worker) appendReading(d *device, mib string, read reading, slot int64) {
	key := sensorKey{read.kind, read.name}
	sensor, known := d.health.known[key]
	if known && sensor.poll == d.poll {
		w.fault(faultDuplicateSensor)
		return
	}
	if !known {
		sensor.id = sample.SensorID(d.inventory.ID, read.kind, read.name)
		w.appendSensor(d, mib, key, sensor.id)
	}
	sensor.poll = d.poll
	d.health.known[key] = sensor
	t := &w.health
	t.Device = append(t.Device, d.inventory.ID)
	t.Sensor = append(t.Sensor, sensor.id)
	t.OffsetMs = append(t.OffsetMs, offsetMs(read.wall, slot))
	t.SensorKind = append(t.SensorKind, read.kind)
	t.Status = append(t.Status, read.status)
	measured := uint8(0)
	if read.measured {
		measured = 1
	}
	t.Measured = append(t.Measured, measured)
	t.ValueMilli = append(t.ValueMilli, read.milli)
}

// appendSensor says which sensor bears an ID.
func (w *worker) appendSensor(d *device, mib string, key sensorKey, id sample.ID) {
	if d.health.known == nil || len(d.health.known) >= 4*maxSensors {
		d.health.known = map[sensorKey]knownSensor{}
	}
	t := &w.healthIdentities
	t.Device = append(t.Device, d.inventory.ID)
	t.Sensor = append(t.Sensor, id)
	t.SensorKind = append(t.SensorKind, key.kind)
	t.Name = append(t.Name, key.name)
	t.Source = append(t.Source, mib)
}
