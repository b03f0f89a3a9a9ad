package snmp

import (
	"context"
	"errors"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// worker polls one device at a time. Its row sets and scratch memory are reused
// from poll to poll.
type worker struct {
	*Poller

	interfaces sample.Interfaces
	keyframes  sample.Keyframes
	identities sample.InterfaceIdentities
	uptimes    sample.Uptimes
	devices    sample.Devices
	health     sample.Health
	outcomes   sample.Outcomes

	healthIdentities sample.HealthIdentities

	walk       walk
	rows, part []row
	counters   counters
	sensors    sensorWalk
	readings   []reading

	noticed func(fault string) // told of every fault
}

// poll polls a device and hands on what it has to say, even where the poll ended
// early.
func (w *worker) poll(ctx context.Context, d *device, slot int64) {
	began := time.Now()
	w.noticed = d.outcome.note
	err := w.ask(ctx, d, slot)
	if ctx.Err() == nil {
		w.conclude(d, err, slot)
	}
	w.handOn(slot)
	if ctx.Err() != nil {
		return // the end of the poller is not the device's fault
	}
	result := classify(err)
	w.metrics.polls.WithLabelValues(string(result)).Inc()
	w.metrics.seconds.Observe(time.Since(began).Seconds())
	if result == d.result {
		return
	}
	if result != resultOK {
		w.log.Warn("the poll of a device failed", "device", d.inventory.Name, "address", d.inventory.Address, "result", string(result), "error", err)
	} else if d.result != "" {
		w.log.Info("a device is polled again", "device", d.inventory.Name, "address", d.inventory.Address)
	}
	d.result = result
}

// ask holds the conversation of one poll: the clocks, what the device is where
// that is due, the interfaces' counters, and what the interfaces are where that is
// due.
func (w *worker) ask(ctx context.Context, d *device, slot int64) error {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.deadline())
	defer cancel()
	d.health.due = d.health.due || w.cfg.healthDue(d.inventory.ID, slot)
	retries := w.cfg.Retries
	if d.silent {
		retries = 0
	}
	s, err := open(ctx, d.inventory, &d.memory, w.cfg.timeout(), retries, w.metrics)
	if err != nil {
		w.setSilent(d, true)
		return err
	}
	defer s.close()
	s.fault = w.fault

	now, err := w.askClocks(s, d)
	w.setSilent(d, err != nil && !isStatus(err))
	if err != nil {
		if errors.Is(err, errNoAnswer) {
			// It may answer from another of its addresses: it is asked in turn so that
			// this would be heard, and so that the network's refusals are.
			d.memory.anywhere = !d.memory.anywhere
		}
		return err
	}
	s.retries = w.cfg.Retries
	w.appendUptime(d, now, slot)
	d.poll++
	restarted := d.clocks != nil && now.restartedSince(d.clocks)
	if restarted {
		d.breakOff()
	}
	if restarted || d.clocks == nil || now.at >= d.refreshAt {
		w.refresh(d, now.at)
	}
	d.clocks = now

	if d.due.description {
		if err := w.askDescription(s, d); err != nil {
			return err
		}
	}
	if err := w.pollInterfaces(ctx, s, d, now, slot); err != nil {
		return err
	}
	w.handOn(slot) // the counters wait for no sensor
	for _, err := range []error{w.askHealth(s, d, slot), w.askOperations(s, d, slot)} {
		if err != nil {
			w.log.Debug("a device did not say all", "device", d.inventory.Name, "error", err)
		}
	}
	return nil
}

// refresh makes everything due that is read seldom.
func (w *worker) refresh(d *device, now int64) {
	d.due = reads{description: true, columns: true, identities: true}
	d.clocksHad = nil
	d.broken, d.displaced, d.parts = skipped(d.profile), false, 1
	if d.pace.limit == 0 {
		d.pace = newPace(d.profile.Repetitions(w.cfg.MaxRepetitions))
	}
	d.health.forget()
	d.refreshes++
	period := w.cfg.KeyframeInterval.Milliseconds()
	if d.refreshAt == 0 {
		// The first comes early, at a place of its own: the devices of a site are not
		// to be refreshed all at once each hour after a start.
		d.refreshAt = now + 1 + int64(d.inventory.ID%uint64(period))
		return
	}
	for d.refreshAt <= now {
		d.refreshAt += period
	}
}

// askClocks asks for the clocks. An agent that answers nothing because one of them
// is unknown to it is asked for sysUpTime alone. What an agent of version 1 lacks costs
// it a request each time, so until the next refresh it is asked for what it has.
func (w *worker) askClocks(s *session, d *device) (*clocks, error) {
	oids := clockOIDs
	if len(d.clocksHad) > 0 {
		oids = d.clocksHad
	}
	variables, err := s.get(oids)
	if status := statusError(0); errors.As(err, &status) { // credentials that are turned down are no better for less
		variables, err = s.get(clockOIDs[:1])
	}
	if err != nil {
		return nil, err
	}
	if s.agent.Version == inventory.SNMPv1 {
		d.clocksHad = had(oids, variables)
	}
	now := readClocks(variables)
	now.at, now.wall = w.date(s, d, now.sysUpTime, now.hasSysUpTime)
	return &now, nil
}

// had returns the OIDs that an agent has.
func had(oids []string, variables []gosnmp.SnmpPDU) []string {
	var found []string
	for i, variable := range variables {
		if i < len(oids) && variable.Name == oids[i] && !exceptional(variable) {
			found = append(found, oids[i])
		}
	}
	return found
}

// date returns when the values of the session's last answer were read, on the
// poller's clock and in Unix milliseconds.
func (w *worker) date(s *session, d *device, sysUpTime uint32, hasUpTime bool) (at, wall int64) {
	received := w.clock(s.received)
	if !hasUpTime {
		return received, s.received.UnixMilli()
	}
	at = d.dating.date(w.clock(s.sent), received, sysUpTime)
	return at, s.received.UnixMilli() - (received - at)
}

// askDescription asks what the device is, and appends it where it has changed. An
// agent that refuses to say is asked again when it is next due.
func (w *worker) askDescription(s *session, d *device) error {
	variables, err := s.get(describeOIDs)
	if err != nil && !isStatus(err) {
		return err
	}
	d.due.description = false
	if found := readDescription(variables); err == nil && found != d.described {
		d.described = found
		appendDevice(&w.devices, d.inventory, found)
		w.chooseProfile(d)
	}
	return nil
}

// setSilent keeps whether the device answers.
func (w *worker) setSilent(d *device, silent bool) {
	if silent == d.silent {
		return
	}
	d.silent = silent
	if silent {
		w.metrics.silent.Inc()
	} else {
		w.metrics.silent.Dec()
	}
}

func (w *worker) appendUptime(d *device, now *clocks, slot int64) {
	if !now.hasSysUpTime {
		return
	}
	t := &w.uptimes
	t.Device = append(t.Device, d.inventory.ID)
	t.OffsetMs = append(t.OffsetMs, offsetMs(now.wall, slot))
	t.SysUpTime = append(t.SysUpTime, now.sysUpTime)
	t.HrSystemUptime = append(t.HrSystemUptime, now.hrSystemUptime)
	t.EngineTime = append(t.EngineTime, now.engineTime)
	t.EngineBoots = append(t.EngineBoots, now.engineBoots)
	t.Presence = append(t.Presence, now.presence)
}

func appendDevice(t *sample.Devices, device *inventory.StationDevice, found description) {
	t.Device = append(t.Device, device.ID)
	t.Behind = append(t.Behind, device.BehindID)
	t.Name = append(t.Name, device.Name)
	t.Address = append(t.Address, device.Address)
	t.SysObjectID = append(t.SysObjectID, found.objectID)
	t.SysName = append(t.SysName, found.name)
	t.SysDescr = append(t.SysDescr, found.descr)
}

// handOn emits the rows of the poll, what things are before what they did, and
// clears the row sets.
func (w *worker) handOn(slot int64) {
	for _, rows := range []sample.Rows{&w.devices, &w.identities, &w.uptimes, &w.keyframes, &w.interfaces, &w.healthIdentities, &w.health, &w.outcomes} {
		if rows.Len() == 0 {
			continue
		}
		w.metrics.count(rows)
		w.emit(slot, rows)
		sample.Truncate(rows, 0)
	}
	const most = 4096 // rows whose memory is kept from poll to poll
	if cap(w.rows) > most {
		w.rows = nil
	}
	if cap(w.part) > most {
		w.part = nil
	}
}
