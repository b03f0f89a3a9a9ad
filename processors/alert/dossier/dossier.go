package dossier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/processors/alert"
	"mimamori/storage"
)

// Store is what is asked.
type Store interface {
	Topology(context.Context, storage.Query) ([]storage.Node, error)
	Availability(context.Context, storage.Query) ([]storage.Availability, error)
	Syslog(context.Context, storage.Query) ([]storage.SyslogLine, error)
	Utilization(context.Context, storage.Query) ([]storage.LinkUtilization, error)
	Voice(context.Context, storage.Query) ([]storage.PathVoice, error)
	Card(context.Context, storage.Query) (storage.Card, error)
}

// Dossier is what travels with a ticket. What is not known of the entity is left out.
type Dossier struct {
	Device  *Device       `json:"device,omitempty"`
	Outages []Outage      `json:"outages,omitempty"` // of the device, in the day before, the latest first
	Log     []Line        `json:"log,omitempty"`     // of the device, from an hour before, the newest first
	Traffic []Utilization `json:"traffic,omitempty"` // of the interface, from an hour before, by five minutes
	Voice   []Minute      `json:"voice,omitempty"`   // of the path, from an hour before, its worst minutes first
	Contact string        `json:"contact,omitempty"` // whom to call about the site
	Runbook string        `json:"runbook,omitempty"` // what to do there
}

// Device is what is known of a device.
type Device struct {
	Name       string    `json:"name"`
	Address    string    `json:"address,omitempty"`
	Model      string    `json:"model,omitempty"`
	SystemName string    `json:"sys_name,omitempty"`
	ObjectID   string    `json:"sys_object_id,omitempty"`
	Behind     string    `json:"behind,omitempty"`
	Appliance  string    `json:"appliance,omitempty"`
	Interfaces int       `json:"interfaces,omitempty"`
	Booted     time.Time `json:"booted,omitzero"`
	LastSeen   time.Time `json:"last_seen,omitzero"`
}

// Outage is a stretch in which the device was not up.
type Outage struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to,omitzero"` // zero while it goes on
	State    string    `json:"state"`
	Cause    string    `json:"cause,omitempty"`
	Evidence string    `json:"evidence,omitempty"`
}

// Line is a line of the log.
type Line struct {
	At       time.Time `json:"at"`
	Severity string    `json:"severity,omitempty"`
	Message  string    `json:"message"`
}

// Utilization is the traffic of five minutes.
type Utilization struct {
	From    time.Time `json:"from"`
	InBps   float64   `json:"in_bps"`
	OutBps  float64   `json:"out_bps"`
	Percent float64   `json:"percent,omitempty"`
}

// Minute is a minute of a voice path.
type Minute struct {
	At       time.Time `json:"at"`
	MOS      float64   `json:"mos"`
	LossPct  float64   `json:"loss_pct"`
	DelayMs  float64   `json:"delay_ms"`
	JitterMs float64   `json:"jitter_ms"`
}

// Bounds of what travels: a ticket is read by people.
const (
	mostOutages  = 10
	mostLines    = 20
	mostMinutes  = 15
	longestLine  = 300
	before       = time.Hour
	beforeOutage = 24 * time.Hour
	bucket       = 5 * time.Minute
)

// Gather asks for what is known around an alarm up to a moment. What could be had is returned with the
// error that says what could not.
func Gather(ctx context.Context, store Store, a *alert.Alarm, now time.Time) (Dossier, error) {
	var d Dossier
	if a.Customer == "" || a.Site == "" {
		return d, nil
	}
	kind, name, _ := strings.Cut(a.Entity, "/")
	query := storage.Query{Scope: storage.EveryCustomer(), Customer: a.Customer, Site: a.Site, From: a.Since.Add(-before), To: now}
	problems := []error{d.site(ctx, store, query)}
	switch kind {
	case "device", "interface", "sensor":
		query.Device = a.Device
		problems = append(problems, d.device(ctx, store, query), d.log(ctx, store, query))
		if kind == "interface" {
			query.Interface = strings.TrimPrefix(name, a.Device+"/")
			problems = append(problems, d.traffic(ctx, store, query))
		}
	case "path":
		query.Path = name
		problems = append(problems, d.voice(ctx, store, query))
	}
	if err := errors.Join(problems...); err != nil {
		return d, fmt.Errorf("gather what is known of %s: %w", a.Entity, err)
	}
	return d, nil
}

func (d *Dossier) site(ctx context.Context, store Store, query storage.Query) error {
	card, err := store.Card(ctx, query)
	var said []string
	for _, text := range []string{card.Contact.Name, card.Contact.Phone, card.Contact.Mail, card.Contact.Hours} {
		if text != "" {
			said = append(said, text)
		}
	}
	d.Contact, d.Runbook = strings.Join(said, "; "), card.Runbook
	return err
}

func (d *Dossier) device(ctx context.Context, store Store, query storage.Query) error {
	nodes, err := store.Topology(ctx, query)
	for i := range nodes {
		n := &nodes[i]
		d.Device = &Device{Name: n.Device, Address: n.Address, Model: n.Model, SystemName: n.SystemName, ObjectID: n.ObjectID, Behind: n.Behind, Appliance: n.Appliance,
			Interfaces: n.Interfaces, Booted: n.Booted, LastSeen: n.LastSeen}
	}
	query.From = query.From.Add(before - beforeOutage)
	records, availabilityErr := store.Availability(ctx, query)
	for i := range records {
		outages := records[i].Outages
		for at := len(outages) - 1; at >= 0 && len(d.Outages) < mostOutages; at-- {
			o := &outages[at]
			outage := Outage{From: o.From, To: o.To, State: o.State.String(), Cause: o.Cause.String(), Evidence: o.Evidence}
			if o.Ongoing {
				outage.To = time.Time{}
			}
			d.Outages = append(d.Outages, outage)
		}
	}
	return errors.Join(err, availabilityErr)
}

func (d *Dossier) log(ctx context.Context, store Store, query storage.Query) error {
	query.Limit = mostLines
	lines, err := store.Syslog(ctx, query)
	for i := range lines {
		message := lines[i].Message
		if message == "" {
			message = lines[i].Raw
		}
		d.Log = append(d.Log, Line{At: lines[i].Received, Severity: storage.SeverityName(lines[i].Severity), Message: alert.Shorten(message, longestLine)})
	}
	return err
}

func (d *Dossier) traffic(ctx context.Context, store Store, query storage.Query) error {
	query.Step = bucket
	rows, err := store.Utilization(ctx, query)
	for i := range rows {
		row := &rows[i]
		in, ok := row.InBps()
		out, _ := row.OutBps()
		if !ok {
			continue
		}
		percent, _ := row.Percent()
		d.Traffic = append(d.Traffic, Utilization{From: row.Start, InBps: in, OutBps: out, Percent: percent})
	}
	if from := len(d.Traffic) - int(2*before/bucket); from > 0 {
		d.Traffic = d.Traffic[from:] // of an old alarm the latest
	}
	return err
}

func (d *Dossier) voice(ctx context.Context, store Store, query storage.Query) error {
	minutes, err := store.Voice(ctx, query)
	for i := range minutes {
		m := &minutes[i].VoiceMinute
		if m.Rated() {
			d.Voice = append(d.Voice, Minute{At: time.UnixMilli(m.MinuteMs).UTC(), MOS: m.MOS, LossPct: m.LossPct, DelayMs: m.DelayMs, JitterMs: m.JitterMs})
		}
	}
	worstFirst(d.Voice)
	d.Voice = d.Voice[:min(len(d.Voice), mostMinutes)]
	return err
}

func worstFirst(minutes []Minute) {
	slices.SortStableFunc(minutes, func(a, b Minute) int { return cmp.Compare(a.MOS, b.MOS) })
}
