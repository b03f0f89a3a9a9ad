package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
)

var (
	openTickets   = []byte("tickets open")         // by id
	closedTickets = []byte("tickets closed")       // by when they were opened, and id
	closedByID    = []byte("tickets closed by id") // by id, and when they were opened: nothing more
)

// SaveTickets keeps changes of alarms and of tickets, all or none; of the tickets one after the other.
func (l *Ledger) SaveTickets(_ context.Context, changes alert.Changes, tickets []journal.Ticket) error {
	err := l.file.Update(func(tx *bbolt.Tx) error {
		if err := l.save(tx, &changes); err != nil {
			return err
		}
		for i := range tickets {
			if err := keepTicket(tx, &tickets[i]); err != nil {
				return fmt.Errorf("ticket %s: %w", tickets[i].ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the ledger of alarms %s: %w", l.path, err)
	}
	return nil
}

func keepTicket(tx *bbolt.Tx, t *journal.Ticket) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	id, opened := []byte(t.ID), moment(t.Opened)
	if t.Open() {
		return tx.Bucket(openTickets).Put(id, text)
	}
	if kept := tx.Bucket(openTickets).Get(id); kept != nil {
		var present journal.Ticket
		if err := json.Unmarshal(kept, &present); err != nil {
			return err
		}
		if present.Opened.Equal(t.Opened) { // and not one that was opened since
			if err := tx.Bucket(openTickets).Delete(id); err != nil {
				return err
			}
		}
	}
	if err := tx.Bucket(closedByID).Put(append(id, opened...), nil); err != nil {
		return err
	}
	return tx.Bucket(closedTickets).Put(append(opened, id...), text)
}

// moment is a time as a key, to the millisecond; what is before 1970 is 1970.
func moment(at time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(0, at.UnixMilli())))
}

// OpenTickets returns the tickets that are open.
func (l *Ledger) OpenTickets(context.Context) ([]journal.Ticket, error) {
	var all []journal.Ticket
	err := l.file.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(openTickets).ForEach(func(id, text []byte) error {
			var one journal.Ticket
			if err := json.Unmarshal(text, &one); err != nil {
				return fmt.Errorf("ticket %s: %w", id, err)
			}
			all = append(all, one)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the open tickets of %s: %w", l.path, err)
	}
	return all, nil
}

// ClosedTicket returns the ticket of an id that was opened at a moment, or with a zero moment the one
// opened last; nil where there is none.
func (l *Ledger) ClosedTicket(_ context.Context, id string, opened time.Time) (found *journal.Ticket, err error) {
	err = l.file.View(func(tx *bbolt.Tx) error {
		var at []byte
		if opened.IsZero() {
			cursor := tx.Bucket(closedByID).Cursor()
			cursor.Seek(append([]byte(id), bytes.Repeat([]byte{0xff}, 9)...))
			key, _ := cursor.Prev()
			if key == nil { // the cursor was behind the last, or there is none before
				key, _ = cursor.Last()
			}
			if len(key) != len(id)+8 || !bytes.HasPrefix(key, []byte(id)) {
				return nil
			}
			at = key[len(id):]
		} else {
			at = moment(opened)
		}
		text := tx.Bucket(closedTickets).Get(append(bytes.Clone(at), id...))
		if text == nil {
			return nil
		}
		found = &journal.Ticket{}
		return json.Unmarshal(text, found)
	})
	if err != nil {
		return nil, fmt.Errorf("read ticket %s of %s: %w", id, l.path, err)
	}
	return found, nil
}

// ClosedTickets hands on the closed tickets that were opened in [from, to), to the millisecond, in that
// order, until an error, which it returns.
func (l *Ledger) ClosedTickets(_ context.Context, from, to time.Time, each func(journal.Ticket) error) error {
	err := l.file.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(closedTickets).Cursor()
		for key, text := cursor.Seek(moment(from)); key != nil && bytes.Compare(key[:8], moment(to)) < 0; key, text = cursor.Next() {
			var one journal.Ticket
			if err := json.Unmarshal(text, &one); err != nil {
				return fmt.Errorf("ticket %s: %w", key[8:], err)
			}
			if err := each(one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the closed tickets of %s: %w", l.path, err)
	}
	return nil
}

// forgottenAtOnce bounds one transaction, for who writes waits for it.
const forgottenAtOnce = 1000

// ForgetTickets forgets closed tickets: those closed before a moment, and the oldest beyond a number.
func (l *Ledger) ForgetTickets(ctx context.Context, before time.Time, most int) (aged, crowded int, err error) {
	for ctx.Err() == nil {
		old, many, err := l.forgetSome(before, most)
		aged, crowded = aged+old, crowded+many
		if err != nil {
			return aged, crowded, fmt.Errorf("write the ledger of alarms %s: %w", l.path, err)
		}
		if old+many < forgottenAtOnce {
			break
		}
	}
	return aged, crowded, nil
}

func (l *Ledger) forgetSome(before time.Time, most int) (aged, crowded int, err error) {
	var keys [][]byte
	err = l.file.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(closedTickets)
		beyond := bucket.Stats().KeyN - most
		cursor := bucket.Cursor()
		for key, text := cursor.First(); key != nil && len(keys) < forgottenAtOnce; key, text = cursor.Next() {
			old := bytes.Compare(key[:8], moment(before)) < 0
			if !old && len(keys) >= beyond {
				break // it was opened, and so closed, since
			}
			if old {
				var one struct{ Closed time.Time }
				if err := json.Unmarshal(text, &one); err != nil {
					return fmt.Errorf("ticket %s: %w", key[8:], err)
				}
				old = one.Closed.Before(before)
			}
			switch {
			case old:
				aged++
			case len(keys) < beyond:
				crowded++
			default:
				continue
			}
			keys = append(keys, bytes.Clone(key))
		}
		for _, key := range keys {
			if err := bucket.Delete(key); err != nil {
				return err
			}
			if err := tx.Bucket(closedByID).Delete(append(bytes.Clone(key[8:]), key[:8]...)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return aged, crowded, nil
}
