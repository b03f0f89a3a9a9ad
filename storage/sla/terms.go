package sla

import (
	"context"
	"fmt"
	"time"

	"mimamori/storage"
)

// Contracts is what a Source may know beside: every revision of what was promised to
// the customers of a query, whatever its time, by customer in the order they came into
// force. They are asked for where the contract's own calendar counts.
type Contracts interface {
	// Contracts returns the revisions.
	Contracts(context.Context, storage.Query) ([]storage.ContractRevision, error)
}

// terms are what counts for one customer in the time asked for.
type terms struct {
	promise
	closed overlay
	undone []former // what was in force before each change, the latest first
	notes  []string // what the reader must know of them
}

// former are terms that were in force until they were changed.
type former struct {
	*terms
	at      time.Time
	by, why string
}

// unrecorded is when terms were changed of which the centre does not know: after all
// that it knows.
var unrecorded = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// before returns the terms that were in force before a time; the zero time is now.
func (t *terms) before(at time.Time) *terms {
	found := t
	for _, each := range t.undone {
		if at.IsZero() || each.at.Before(at) {
			break
		}
		found = each.terms
	}
	return found
}

// recorded returns the time whose figures are those under the latest terms that the
// centre knows: now, the zero time, where it knows the present ones.
func (t *terms) recorded() time.Time {
	if len(t.undone) > 0 && t.undone[0].at.Equal(unrecorded) {
		return unrecorded
	}
	return time.Time{}
}

// readContracts reads what was promised before.
func (r *reckoning) readContracts(ctx context.Context, source Source, query storage.Query) error {
	contracts, ok := source.(Contracts)
	if !ok || r.question.Calendar != "" {
		return nil
	}
	revisions, err := contracts.Contracts(ctx, query)
	if err != nil {
		return fmt.Errorf("ask for the contracts before: %w", err)
	}
	for _, revision := range revisions {
		r.revisions[revision.Customer] = append(r.revisions[revision.Customer], revision)
	}
	return nil
}

// promisedAnew reports whether the terms of anybody were changed after the time asked
// about had begun.
func (r *reckoning) promisedAnew() bool {
	for _, revisions := range r.revisions {
		if len(revisions) > 1 && revisions[len(revisions)-1].At.After(r.question.From) {
			return true
		}
	}
	return false
}

// termsOf returns what counts for a customer.
func (r *reckoning) termsOf(customer string) (*terms, error) {
	if known := r.terms[customer]; known != nil {
		return known, nil
	}
	promised := r.config.promise(customer, r.question.Calendar)
	now, err := r.under(promised)
	if err != nil {
		return nil, err
	}
	r.terms[customer] = now
	if revisions := r.revisions[customer]; len(revisions) > 0 {
		r.rememberTerms(now, promised.content(), revisions)
	}
	return now, nil
}

// under returns the terms of a promise.
func (r *reckoning) under(promised promise) (*terms, error) {
	hours, err := promised.hours()
	if err != nil {
		return nil, err
	}
	return &terms{promise: promised, closed: beyondHours(hours, r.question.From, r.question.To)}, nil
}

// rememberTerms goes back over what was promised to a customer, as far as it was changed
// after the time asked about had begun: an earlier change was known when that time was
// reported on.
func (r *reckoning) rememberTerms(now *terms, content string, revisions []storage.ContractRevision) {
	known := map[string]*terms{content: now}
	read := func(revision storage.ContractRevision) bool {
		if known[revision.Content] != nil {
			return true
		}
		promised, err := readPromise(revision.Content)
		if err == nil {
			known[revision.Content], err = r.under(promised)
		}
		if err != nil {
			now.notes = append(now.notes, fmt.Sprintf("the contract of %s of %s cannot be read, so that the figure under it is not shown: %v",
				revision.Customer, r.written(revision.At), err))
		}
		return err == nil
	}
	last := len(revisions) - 1
	if latest := revisions[last]; latest.Content != content {
		if !read(latest) {
			return
		}
		now.undone = append(now.undone, former{terms: known[latest.Content], at: unrecorded})
		now.notes = append(now.notes, fmt.Sprintf("what this configuration promises %s is not what the centre keeps since %s: start the centre with it, or run mimamori recompute to record the change",
			latest.Customer, r.written(latest.At)))
	}
	for i := last; i > 0 && revisions[i].At.After(r.question.From) && read(revisions[i-1]); i-- {
		change := revisions[i]
		now.undone = append(now.undone, former{terms: known[revisions[i-1].Content], at: change.At, by: change.By, why: change.Why})
	}
}

// written is a time as the reader's clocks show it.
func (r *reckoning) written(at time.Time) string {
	if r.question.Location != nil {
		at = at.In(r.question.Location)
	}
	return at.Format(time.RFC3339)
}

// notes are those on the terms of the customers of some rows.
func (r *reckoning) notes(rows []Row) []string {
	var all []string
	for i := range rows {
		customer := rows[i].Customer
		if i > 0 && rows[i-1].Customer == customer {
			continue
		}
		all = append(all, r.terms[customer].notes...)
	}
	return all
}
