package archive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert"
	"mimamori/processors/alert/ledger"
	"mimamori/storage"
)

// Store is where raisings are written.
type Store interface {
	// SaveAlarms stores raisings; of one the highest version holds.
	SaveAlarms(context.Context, []storage.RaisedAlarm) error
	// Alarms returns raisings, the newest first.
	Alarms(context.Context, storage.Query) ([]storage.RaisedAlarm, error)
}

// Archive writes what the ledger says is to be written.
type Archive struct {
	ledger *ledger.Ledger
	store  func() Store         // nil while there is none
	open   func() []alert.Alarm // what is raised
	logger *slog.Logger

	written, failed prometheus.Counter
	waiting         prometheus.Gauge
	reconciled      bool // since the beginning
}

// New returns an archive that writes what a ledger keeps. open returns the alarms that are raised.
func New(kept *ledger.Ledger, store func() Store, open func() []alert.Alarm, logger *slog.Logger, registerer prometheus.Registerer) (*Archive, error) {
	a := &Archive{ledger: kept, store: store, open: open, logger: logger,
		written: prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_alert_archived_total", Help: "Rows of raised alarms written to the store, each anew whenever the alarm changes."}),
		failed:  prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_alert_archive_failures_total", Help: "Times that raised alarms could not be written to the store; they stay in the ledger and are written later."}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{Name: "mimamori_alert_unarchived", Help: "Raised alarms that the store does not have as they are now."})}
	if registerer == nil {
		return a, nil
	}
	if err := errors.Join(registerer.Register(a.written), registerer.Register(a.failed), registerer.Register(a.waiting)); err != nil {
		return nil, fmt.Errorf("register the metrics of the archive of alarms: %w", err)
	}
	return a, nil
}

const (
	every   = 5 * time.Second  // between two writings: each makes a part of the table
	pausing = 30 * time.Second // after one that failed
	most    = 5000             // rows of one writing
	parting = 2 * time.Second  // for what is left at the end
)

// Run writes until the context ends, and once more then.
func (a *Archive) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	complaint := ""
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
			defer cancel()
			if err := a.write(last); err != nil {
				a.logger.Info("what was raised of late is written to the store after the next start", "error", err)
			}
			return nil
		case <-timer.C:
		}
		pause, err := every, a.write(ctx)
		switch {
		case ctx.Err() != nil:
			continue
		case err != nil:
			a.failed.Inc()
			if pause = pausing; err.Error() != complaint {
				a.logger.Warn("what is raised cannot be written to the store: it waits in the ledger, alarms are told all the same", "error", err)
			}
			complaint = err.Error()
		case complaint != "":
			a.logger.Info("what is raised is written to the store again")
			complaint = ""
		}
		timer.Reset(pause)
	}
}

// write writes all that is to be written. Without a store it waits, which is no failure: who looks for the store says so.
func (a *Archive) write(ctx context.Context) error {
	store := a.store()
	for store != nil {
		if err := a.reconcile(ctx, store); err != nil {
			return err
		}
		some, err := a.ledger.Unwritten(most)
		if err != nil || len(some) == 0 {
			return errors.Join(err, a.gauge())
		}
		rows := make([]storage.RaisedAlarm, len(some))
		for i := range some {
			rows[i] = row(&some[i])
		}
		if err := store.SaveAlarms(ctx, rows); err != nil {
			return errors.Join(err, a.gauge())
		}
		a.written.Add(float64(len(rows)))
		if err := a.ledger.Written(some); err != nil {
			return err
		}
	}
	return a.gauge()
}

func (a *Archive) gauge() error {
	owed, err := a.ledger.Owed()
	a.waiting.Set(float64(owed))
	return err
}

// row is a raising as the store has it.
func row(from *ledger.Unwritten) storage.RaisedAlarm {
	a := &from.Alarm
	made := storage.RaisedAlarm{
		Entity:  storage.Entity{Customer: a.Customer, Site: a.Site, Device: a.Device, Name: a.Name},
		AlarmID: a.ID, Rule: a.Rule, Kind: a.Kind, Severity: string(a.Severity), About: a.Entity, Since: a.Since, Raised: a.Raising(),
		Muted: a.Muted, Flapping: a.Flapping, Events: a.Events, Devices: a.Impact.Devices, Own: a.Impact.Of(a.Customer), Value: a.Value, Summary: a.Summary, Version: from.Version,
	}
	if device, ok := strings.CutPrefix(a.Entity, "device/"); ok {
		made.Device = device
	}
	if a.State == alert.Cleared {
		if made.Cleared = a.Cleared; a.Cleared.Before(made.Raised) { // the clock was put back
			made.Cleared = made.Raised
		}
	}
	if word := a.Acknowledged; word.Owner != "" {
		made.Acknowledged = storage.AlarmAcknowledgement{Owner: word.Owner, Reason: word.Reason, By: word.By, Until: word.Until}
	}
	return made
}
