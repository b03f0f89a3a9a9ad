package snmp

import (
	"context"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
)

const (
	// outcomeHold is how long the row of an outcome stands before it is repeated.
	outcomeHold = time.Hour
	// outcomeEvery is how often a device may say that its outcome changed, in the long
	// run; two changes may follow each other at once, such as an outage and its end.
	outcomeEvery = time.Minute
	// longestDetail is how much of an error a row keeps, bytes.
	longestDetail = 240
)

// outcomes are the results of polls as they travel. Whoever is missing travels as an
// error.
var outcomes = map[result]sample.Outcome{
	resultOK:          sample.OutcomeOK,
	resultIncomplete:  sample.OutcomeIncomplete,
	resultTimeout:     sample.OutcomeTimeout,
	resultRefused:     sample.OutcomeRefused,
	resultUnreachable: sample.OutcomeUnreachable,
	resultCredentials: sample.OutcomeCredentials,
	resultAgentError:  sample.OutcomeAgentError,
	resultError:       sample.OutcomeError,
}

// deviceOutcome is what is kept of how the polls of a device end.
type deviceOutcome struct {
	yield
	since, good int64 // as sample.Outcomes has them
	healthAsked bool  // its sensors were asked since the start

	said    yield    // as last handed on
	period  int64    // number of the hour of the last row
	allowed int64    // the slot before which changes are too many
	notes   []string // faults of its answers since it was last repeated
}

// yield is what comes of a poll: a row says when it changes.
type yield struct {
	result     sample.Outcome
	interfaces uint32
	sensors    uint32
	profile    string
}

// hold is how long the row of an outcome stands before it is repeated.
func (c Config) hold() time.Duration { return max(min(c.KeyframeInterval, outcomeHold), c.Interval) }

// note keeps an irregularity of an agent's answer.
func (o *deviceOutcome) note(fault string) {
	if !slices.Contains(o.notes, fault) {
		o.notes = append(o.notes, fault)
	}
}

// conclude keeps how a poll ended and appends a row where there is something to say.
func (w *worker) conclude(d *device, err error, slot int64) {
	o := &d.outcome
	ended := time.Now().UnixMilli()
	if err == nil {
		o.interfaces = uint32(max(d.yielded, d.pass.yielded)) // a first pass may take several polls
	}
	if w.health.Len() > 0 || err == nil && (w.cfg.HealthInterval == 0 || w.cfg.healthDue(d.inventory.ID, slot)) {
		o.sensors, o.healthAsked = uint32(w.health.Len()), true
	}
	result := outcomeOf(err)
	if result == sample.OutcomeOK && o.interfaces == 0 && o.sensors == 0 {
		if !o.healthAsked {
			return // whether it has anything to show is not known yet
		}
		result = sample.OutcomeNothing
	}
	if result != o.result {
		o.result, o.since = result, ended
	}
	if result == sample.OutcomeOK {
		o.good = ended
	}
	o.profile = d.profile.Name
	due, repeated := o.due(d.inventory.ID, slot, w.cfg.hold().Milliseconds())
	if due {
		w.appendOutcome(d, err, ended, slot)
	}
	if repeated {
		o.notes = o.notes[:0]
	}
}

func outcomeOf(err error) sample.Outcome {
	if known, ok := outcomes[classify(err)]; ok {
		return known
	}
	return sample.OutcomeError
}

// due says whether the outcome is to be said: it changed, and has not changed too often
// of late, or it was last said in another hour. The hours of devices begin at different
// times.
func (o *deviceOutcome) due(device sample.ID, slot, hold int64) (due, repeated bool) {
	period := (slot + int64(device%uint64(hold))) / hold
	repeated = period != o.period
	changed := o.yield != o.said
	if !repeated && (!changed || o.allowed-slot > outcomeEvery.Milliseconds()) {
		return false, false
	}
	if changed && o.said.result != sample.OutcomeNotAsked { // the first word is no change
		o.allowed = max(o.allowed, slot) + outcomeEvery.Milliseconds()
	}
	o.said, o.period = o.yield, period
	return true, repeated
}

// appendOutcome appends the row of a device.
func (w *worker) appendOutcome(d *device, err error, ended, slot int64) {
	o := &d.outcome
	said := outcomeRow{result: o.result, since: o.since, good: o.good, interfaces: o.interfaces, sensors: o.sensors, profile: o.profile}
	said.notes = strings.Join(slices.Sorted(slices.Values(o.notes)), " ")
	if err != nil {
		said.detail = detail(err, d.inventory.SNMP)
	}
	w.Poller.appendOutcome(&w.outcomes, d.inventory, said, offsetMs(ended, slot))
}

// outcomeRow is what differs between two rows of a device.
type outcomeRow struct {
	result              sample.Outcome
	since, good         int64
	interfaces, sensors uint32
	profile             string
	notes, detail       string
}

func (p *Poller) appendOutcome(t *sample.Outcomes, device *inventory.StationDevice, row outcomeRow, offset uint32) {
	asked, version := sample.Asked(0), ""
	if device.SNMP != nil {
		asked, version = sample.AskedSNMP, device.SNMP.Version
	}
	if !device.NoPing {
		asked |= sample.AskedPing
	}
	t.Device = append(t.Device, device.ID)
	t.OffsetMs = append(t.OffsetMs, offset)
	t.StartedMs = append(t.StartedMs, p.started)
	t.IntervalMs = append(t.IntervalMs, uint32(p.cfg.Interval.Milliseconds()))
	t.HoldsMs = append(t.HoldsMs, uint32(p.cfg.hold().Milliseconds()))
	t.Asked = append(t.Asked, asked)
	t.Result = append(t.Result, row.result)
	t.SinceMs = append(t.SinceMs, row.since)
	t.GoodMs = append(t.GoodMs, row.good)
	t.Interfaces = append(t.Interfaces, row.interfaces)
	t.Sensors = append(t.Sensors, row.sensors)
	t.Profile = append(t.Profile, row.profile)
	t.Version = append(t.Version, version)
	t.Notes = append(t.Notes, row.notes)
	t.Detail = append(t.Detail, row.detail)
}

// expect says of every device that nothing is known of it yet, or that nobody asks it:
// a device of which nothing ever comes is not forgotten.
func (p *Poller) expect(slot int64) *sample.Outcomes {
	t := new(sample.Outcomes)
	for i := range p.station.Devices {
		device := &p.station.Devices[i]
		row := outcomeRow{result: sample.OutcomePending, since: p.started}
		if device.SNMP == nil {
			row.result = sample.OutcomeNotAsked
		}
		p.appendOutcome(t, device, row, offsetMs(p.started, slot))
	}
	return t
}

// remind repeats until the context ends which devices nobody asks by SNMP, as polls do
// it for the others.
func (p *Poller) remind(ctx context.Context) {
	var unasked []*inventory.StationDevice
	for i := range p.station.Devices {
		if p.station.Devices[i].SNMP == nil {
			unasked = append(unasked, &p.station.Devices[i])
		}
	}
	if len(unasked) == 0 {
		return
	}
	ticker := time.NewTicker(p.cfg.hold())
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			t := new(sample.Outcomes)
			slot := schedule.Slot(now, p.cfg.Interval).UnixMilli()
			for _, device := range unasked {
				row := outcomeRow{result: sample.OutcomeNotAsked, since: p.started}
				p.appendOutcome(t, device, row, offsetMs(now.UnixMilli(), slot))
			}
			p.metrics.count(t)
			p.emit(slot, t)
		}
	}
}

// detail is an error as a row keeps it: one line, not too long, and without what opens
// the device to others.
func detail(err error, agent *inventory.SNMP) string {
	text := strings.Join(strings.Fields(readable([]byte(err.Error()))), " ")
	secrets := []string{agent.Community}
	if agent.User != nil {
		secrets = append(secrets, agent.User.AuthPassword, agent.User.PrivacyPassword)
	}
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	if len(text) > longestDetail {
		text = strings.ToValidUTF8(text[:longestDetail], "")
	}
	return text
}
