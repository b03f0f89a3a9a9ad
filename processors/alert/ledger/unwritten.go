package ledger

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"mimamori/processors/alert"
)

// unwritten are raisings that the store may not have as they are, by alarm and raising.
var unwritten = []byte("unwritten")

// Unwritten is a raising of an alarm that is to be written to the store.
type Unwritten struct {
	// Version is above that of everything that was kept before, also before the file was lost, unless the
	// clock was put back meanwhile.
	Version uint64      `json:"version"`
	Alarm   alert.Alarm `json:"alarm"`
}

// owe notes that the store is to learn of an alarm as it is now. What was never raised concerns nobody, and
// what is late about a ticket no customer, who may see what the store has: the ticket says it.
func owe(tx *bbolt.Tx, a *alert.Alarm) error {
	if a.State == alert.Pending || a.Raised.IsZero() || a.Ticket != "" {
		return nil
	}
	bucket := tx.Bucket(unwritten)
	version := max(bucket.Sequence()+1, uint64(max(0, time.Now().UnixMilli())))
	if err := bucket.SetSequence(version); err != nil {
		return err
	}
	text, err := json.Marshal(Unwritten{version, *a})
	if err != nil {
		return err
	}
	return bucket.Put(raising(a), text)
}

// raising is the key of an alarm and of when it was raised.
func raising(a *alert.Alarm) []byte {
	return binary.BigEndian.AppendUint64([]byte(a.ID), uint64(a.Raising().UnixMilli()))
}

// Unwritten returns some of what is to be written to the store.
func (l *Ledger) Unwritten(limit int) ([]Unwritten, error) {
	var all []Unwritten
	err := l.file.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(unwritten).Cursor()
		for key, text := cursor.First(); key != nil && len(all) < limit; key, text = cursor.Next() {
			var one Unwritten
			if err := json.Unmarshal(text, &one); err != nil {
				return err
			}
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is to be written to the store from the ledger of alarms %s: %w", l.path, err)
	}
	return all, nil
}

// Written notes that the store has what Unwritten returned. What has changed since is still to be written.
func (l *Ledger) Written(done []Unwritten) error {
	err := l.file.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(unwritten)
		for i := range done {
			key := raising(&done[i].Alarm)
			var kept Unwritten
			if text := bucket.Get(key); text == nil || json.Unmarshal(text, &kept) == nil && kept.Version != done[i].Version {
				continue
			}
			if err := bucket.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note in the ledger of alarms %s what was written to the store: %w", l.path, err)
	}
	return nil
}

// Owe notes that the store is to learn of alarms as they are now.
func (l *Ledger) Owe(alarms []alert.Alarm) error {
	err := l.file.Update(func(tx *bbolt.Tx) error {
		for i := range alarms {
			if err := owe(tx, &alarms[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note in the ledger of alarms %s what is to be written to the store: %w", l.path, err)
	}
	return nil
}

// Owed is how many raisings are to be written to the store.
func (l *Ledger) Owed() (owed int, err error) {
	err = l.file.View(func(tx *bbolt.Tx) error {
		owed = tx.Bucket(unwritten).Stats().KeyN
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("count what is to be written to the store in the ledger of alarms %s: %w", l.path, err)
	}
	return owed, nil
}
