package chaos

import (
	"context"
	"errors"
	"time"

	"mimamori/ingest"
	"mimamori/ingest/sample"
)

// catchUp is how many slots a second a poller makes that is behind: it must not take all
// of the machine from what it is to test.
const catchUp = 20

// Feeding is what a poller is to say.
type Feeding struct {
	World
	Site   int    `json:"site"`   // its number
	Ledger string `json:"ledger"` // path of the file where it writes what is durable
	// AtOnce makes the slots one after the other, without waiting for the time of each.
	AtOnce bool `json:"at_once"`
	// Spoil leaves a row out.
	Spoil bool `json:"spoil"`
}

// Feed says the rows of a site, each slot once its time has come, and goes on where the
// ledger ends.
func (f Feeding) Feed(ctx context.Context, way ingest.Way) error {
	if err := f.Validate(); err != nil {
		return err
	}
	written, err := openLedger(f.Ledger)
	if err != nil {
		return err
	}
	made := f.site(f.Site)
	emit := way.Emit
	if f.Spoil {
		emit = f.spoil(emit)
	}
	for written.next < f.Slots && ctx.Err() == nil {
		if !f.wait(ctx, written.next) {
			break
		}
		way.Room(ctx)
		made.emit(written.next, emit)
		if err := way.Keep(); err != nil {
			return errors.Join(err, written.close())
		}
		if err := written.add(); err != nil {
			return errors.Join(err, written.close())
		}
	}
	<-ctx.Done()
	return written.close()
}

// wait returns once a slot is over, false where the context ended.
func (f Feeding) wait(ctx context.Context, slot int) bool {
	pause := time.Until(time.UnixMilli(f.at(slot + 1)))
	switch {
	case f.AtOnce:
		return ctx.Err() == nil
	case pause <= 0:
		pause = time.Second / catchUp
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// spoil leaves the spoiled row out of what it passes on.
func (f Feeding) spoil(emit func(slot int64, rows sample.Rows)) func(slot int64, rows sample.Rows) {
	return func(slot int64, rows sample.Rows) {
		if slot != f.at(f.spoiled()) || rows.Kind() != sample.KindInterfaces {
			emit(slot, rows)
			return
		}
		left := &sample.Interfaces{}
		for _, part := range [][2]int{{0, spoiledRow}, {spoiledRow + 1, rows.Len()}} {
			if err := sample.AppendRange(left, rows, part[0], part[1]); err != nil {
				return // all are missing, which will be found too
			}
		}
		emit(slot, left)
	}
}
