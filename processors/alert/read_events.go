package alert

import (
	"context"
	"slices"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// mostEvents is how many lines or notifications one look takes; of more the newest.
const mostEvents = 1000

// since asks about the time from an instant to the moment.
func (m *moment) since(from time.Time) storage.Query {
	query := m.query(time.Millisecond)
	query.From = from
	return query
}

// eventOf is what happened at a device, or at an address that is no device's.
func (m *moment) eventOf(ctx context.Context, entity storage.Entity, at time.Time, what string) (Event, error) {
	maintained, err := m.maintainedAt(ctx, at, entity.Customer, entity.Site, entity.Device)
	event := Event{Customer: entity.Customer, Site: entity.Site, Entity: "device/" + entity.Device, Name: entity.Device, At: at, What: what, Maintenance: maintained, device: entity.Device, Details: map[string]string{}}
	if entity.Device == "" {
		event.Entity, event.Name = "site/"+entity.Site, entity.Site
	}
	return event, err
}

// rebootsSince has the restarts of devices; those of agents alone are none.
func rebootsSince(ctx context.Context, m *moment, _ *Rule, from time.Time) ([]Event, error) {
	reboots, err := m.store.Restarts(ctx, m.since(from))
	if err != nil {
		return nil, err
	}
	var events []Event
	for i := range reboots {
		reboot := &reboots[i]
		if reboot.Kind != storage.RebootDevice {
			continue
		}
		event, err := m.eventOf(ctx, reboot.Entity, reboot.At, reboot.Evidence)
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	slices.SortFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	return events, nil
}

// linesSince has the lines of the log that the rule means.
func linesSince(ctx context.Context, m *moment, rule *Rule, from time.Time) ([]Event, error) {
	query := m.since(from)
	query.Limit, query.Log.Mnemonic = mostEvents, rule.Lines.Mnemonic
	if rule.Lines.Severity != "" {
		severity, err := storage.ParseSeverity(rule.Lines.Severity)
		if err != nil {
			return nil, err
		}
		query.Log.Severity = &severity
	}
	lines, err := m.store.Syslog(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(lines) >= mostEvents {
		m.crowded()
	}
	var events []Event
	for i := range slices.Backward(lines) {
		line := &lines[i]
		if !rule.pattern.MatchString(line.Message) {
			continue
		}
		event, err := m.eventOf(ctx, line.Entity, line.Received, line.Message)
		if err != nil {
			return nil, err
		}
		event.Details["mnemonic"], event.Details["severity"], event.Details["source"] = line.Mnemonic, storage.SeverityName(line.Severity), line.Source
		events = append(events, event)
	}
	return events, nil
}

// trapsSince has the SNMP notifications that the rule means.
func trapsSince(ctx context.Context, m *moment, rule *Rule, from time.Time) ([]Event, error) {
	query := m.since(from)
	query.Limit = mostEvents
	found, err := m.store.Notifications(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(found) >= mostEvents {
		m.crowded()
	}
	least := uint8(7)
	if rule.Traps.Severity != "" {
		if least, err = storage.ParseSeverity(rule.Traps.Severity); err != nil {
			return nil, err
		}
	}
	var events []Event
	for i := range slices.Backward(found) {
		trap := &found[i]
		named := slices.Contains(rule.Traps.Names, trap.What) || slices.Contains(rule.Traps.Names, trap.TrapOID)
		if len(rule.Traps.Names) > 0 && !named || rule.Traps.Severity != "" && (trap.Severity == sample.SeverityUnknown || trap.Severity > least) {
			continue
		}
		what := trap.What
		if trap.Name != "" {
			what += " " + trap.Name
		}
		event, err := m.eventOf(ctx, trap.Entity, trap.Received, what)
		if err != nil {
			return nil, err
		}
		event.Details["variables"], event.Details["source"] = trap.Variables, trap.Source
		events = append(events, event)
	}
	return events, nil
}
