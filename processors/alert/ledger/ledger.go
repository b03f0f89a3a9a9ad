package ledger

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"mimamori/processors/alert"
)

var (
	alarms  = []byte("alarms") // by id
	entries = []byte("audit")  // by number, rising
)

// Ledger is the file. It implements alert.Ledger and journal.File.
type Ledger struct {
	file *bbolt.DB
	path string
}

// patience is how long another process that has the file is waited for.
const patience = 2 * time.Second

// Open opens the file, or makes it with its folder. One process has it at a time.
func Open(path string) (*Ledger, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the ledger of alarms: %w", err)
	}
	file, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: patience})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("the ledger of alarms %s belongs to another process: one mimamori alert runs on a data directory, stop the other", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the ledger of alarms %s: %w", path, err)
	}
	err = file.Update(func(tx *bbolt.Tx) error {
		for _, bucket := range [][]byte{alarms, entries, openTickets, closedTickets, closedByID, unwritten} {
			if _, err := tx.CreateBucketIfNotExists(bucket); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the ledger of alarms %s: %w", path, err), file.Close())
	}
	return &Ledger{file, path}, nil
}

// Close closes the file.
func (l *Ledger) Close() error { return l.file.Close() }

// Load returns the alarms that were kept.
func (l *Ledger) Load(context.Context) ([]alert.Alarm, error) {
	var all []alert.Alarm
	err := l.file.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(alarms).ForEach(func(id, text []byte) error {
			var one alert.Alarm
			if err := json.Unmarshal(text, &one); err != nil {
				return fmt.Errorf("alarm %s: %w", id, err)
			}
			all = append(all, one)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the ledger of alarms %s: %w", l.path, err)
	}
	return all, nil
}

// Save keeps changes, all or none.
func (l *Ledger) Save(ctx context.Context, changes alert.Changes) error {
	return l.SaveTickets(ctx, changes, nil)
}

func (l *Ledger) save(tx *bbolt.Tx, changes *alert.Changes) error {
	for i := range changes.Alarms {
		text, err := json.Marshal(&changes.Alarms[i])
		if err != nil {
			return err
		}
		if err := tx.Bucket(alarms).Put([]byte(changes.Alarms[i].ID), text); err != nil {
			return err
		}
		if err := owe(tx, &changes.Alarms[i]); err != nil {
			return err
		}
	}
	for _, key := range changes.Forgotten {
		if err := tx.Bucket(alarms).Delete([]byte(key.String())); err != nil {
			return err
		}
	}
	for i := range changes.Entries {
		if err := note(tx.Bucket(entries), &changes.Entries[i]); err != nil {
			return err
		}
	}
	return nil
}

func note(bucket *bbolt.Bucket, entry *alert.Entry) error {
	text, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	number, err := bucket.NextSequence()
	if err != nil {
		return err
	}
	return bucket.Put(binary.BigEndian.AppendUint64(nil, number), text)
}

// Audit returns the newest entries of the audit log, the newest first.
func (l *Ledger) Audit(limit int) ([]alert.Entry, error) {
	var all []alert.Entry
	err := l.file.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(entries).Cursor()
		for number, text := cursor.Last(); number != nil && len(all) < limit; number, text = cursor.Prev() {
			var entry alert.Entry
			if err := json.Unmarshal(text, &entry); err != nil {
				return err
			}
			all = append(all, entry)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the audit log in %s: %w", l.path, err)
	}
	return all, nil
}
