package archive

import (
	"context"
	"time"

	"mimamori/processors/alert"
	"mimamori/storage"
)

// raising names one raising of an alarm.
type raising struct {
	alarm string
	at    int64 // Unix milliseconds
}

// reconcile ends in the store what is raised there and nowhere else, as after the loss of the ledger, and has
// written what is raised and not known there, as after an upgrade. It works once.
func (a *Archive) reconcile(ctx context.Context, store Store) error {
	if a.reconciled {
		return nil
	}
	// What is raised is asked last: what the store says is raised was written here, so it cannot be newer.
	now := time.Now()
	known, err := store.Alarms(ctx, storage.Query{Scope: storage.EveryCustomer(), From: time.UnixMilli(1), To: now.Add(366 * 24 * time.Hour), Alarm: storage.AlarmFilter{Open: true}})
	if err != nil {
		return err
	}
	owed, err := a.ledger.Owed()
	if err != nil {
		return err
	}
	unwritten, err := a.ledger.Unwritten(owed)
	if err != nil {
		return err
	}
	here := map[raising]*alert.Alarm{}
	for _, each := range a.open() {
		if each.State == alert.Raised {
			here[raising{each.ID, each.Raising().UnixMilli()}] = &each
		}
	}
	told := map[raising]bool{}
	for i := range unwritten {
		told[raising{unwritten[i].Alarm.ID, unwritten[i].Alarm.Raising().UnixMilli()}] = true
	}
	var ended []storage.RaisedAlarm
	for i := range known {
		one := known[i]
		key := raising{one.AlarmID, one.Raised.UnixMilli()}
		if here[key] == nil && !told[key] {
			one.Cleared, one.Version = now, one.Version+1
			if one.Cleared.Before(one.Raised) {
				one.Cleared = one.Raised
			}
			one.Summary += " (whether it goes on is not known any more)"
			ended = append(ended, one)
		}
		told[key] = true
	}
	if len(ended) > 0 {
		if err := store.SaveAlarms(ctx, ended); err != nil {
			return err
		}
		a.logger.Warn("the store knew raised alarms that are not in the ledger: they are taken as cleared", "alarms", len(ended))
	}
	var missing []alert.Alarm
	for key, each := range here {
		if !told[key] {
			missing = append(missing, *each)
		}
	}
	if len(missing) > 0 {
		if err := a.ledger.Owe(missing); err != nil {
			return err
		}
	}
	a.reconciled = true
	return nil
}
