package sla

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/calendar"
)

// Source is what a question is answered from.
type Source interface {
	// Availability returns the record of each device.
	Availability(context.Context, storage.Query) ([]storage.Availability, error)
	// MaintenanceHistory returns every revision of the windows of which any may touch
	// the time of a query, cancelled ones too: by customer and id in the order they were
	// entered. Of a device those of its whole site and customer are among them.
	MaintenanceHistory(context.Context, storage.Query) ([]calendar.Window, error)
	// Corrections returns what was made anew of the time of a query.
	Corrections(context.Context, storage.Query) ([]storage.Correction, error)
}

// By is what an answer has a row for.
type By string

// What there may be a row for.
const (
	ByDevice   By = "device"
	BySite     By = "site"
	ByCustomer By = "customer"
	ByGroup    By = "group"
)

// Question asks for the service levels of a time.
type Question struct {
	// Query says whose and when. Its Limit counts rows of the answer; Step, Interface
	// and Path mean nothing here. With ByGroup, Site and Device select the groups that
	// rest on such a device.
	storage.Query
	By       By     // empty means ByDevice
	Calendar string // in place of that of each contract; empty for the contract's own
	// FiguresOnly leaves out what is behind the figures: outages, contributors and
	// UnreachableMs.
	FiguresOnly bool
	// Contributors has them with FiguresOnly too.
	Contributors bool
}

// Answer has a row for each device, site, customer or group.
type Answer struct {
	From, To time.Time // [From, To), in whole milliseconds
	By       By
	Rows     []Row
	// FiguresOnly says that outages and contributors were not asked for.
	FiguresOnly bool
	// Contributors says that those were asked for all the same.
	Contributors bool
	// Notes are what a reader must know of the contracts.
	Notes []string
}

// Row is the service level of one device, site, customer or group.
type Row struct {
	// Entity names it: Device is empty for a site, Site too for a customer; of a group
	// Name is the group's.
	storage.Entity
	Figure
	Since       time.Time     // from when on it is known; To where it never was
	Calendar    string        // by which it was measured
	TargetPct   float64       // 0 where nothing was promised
	State       storage.State // at the end; of a site or customer unknown
	Outages     []Outage      // all that was not up, behind the figure
	Corrections []Correction  // the latest first
	// Contributors are the devices behind the downtime of a site or customer.
	Contributors []Contributor
	// ExpectedPct is what a group would have if its members failed independently of
	// each other, from their own figures; nil where one has none.
	ExpectedPct *float64
}

// ErrQuestion is a question that cannot be asked as it is: its text says what to change.
var ErrQuestion = errors.New("the question cannot be answered")

// Ask answers a question under the contracts of a valid configuration. Rows come by
// customer, site and device, or by customer and the order of the configuration for
// groups. Where nothing is known or nothing scheduled a row has no percentage.
func Ask(ctx context.Context, source Source, config Config, question Question) (Answer, error) {
	if question.By == "" {
		question.By = ByDevice
	}
	question.From, question.To = question.From.Truncate(time.Millisecond), question.To.Truncate(time.Millisecond)
	if err := question.Validate(); err != nil {
		return Answer{}, err
	}
	if _, err := config.hours(question.Calendar); err != nil {
		return Answer{}, err
	}
	r := &reckoning{
		config: config, question: question, toMs: question.To.UnixMilli(),
		revisions: map[string][]storage.ContractRevision{}, terms: map[string]*terms{}, ledgers: map[deviceKey]*ledger{},
		changes: map[deviceKey][]storage.Correction{}, overlays: overlays{},
	}
	if err := r.read(ctx, source); err != nil {
		return Answer{}, err
	}
	answer := Answer{From: question.From, To: question.To, By: question.By, FiguresOnly: question.FiguresOnly, Contributors: question.Contributors}
	subjects, err := r.subjects()
	if err != nil {
		return Answer{}, err
	}
	for _, each := range subjects {
		if question.Limit > 0 && len(answer.Rows) == question.Limit {
			break
		}
		answer.Rows = append(answer.Rows, r.row(each))
	}
	answer.Notes = r.notes(answer.Rows)
	return answer, nil
}

// Validate says what is wrong with a question.
func (q Question) Validate() error {
	switch q.By {
	case ByDevice, BySite, ByCustomer, ByGroup, "":
		return q.Query.Validate()
	}
	return fmt.Errorf("%w: by %q is not one of %s, %s, %s and %s", ErrQuestion, q.By, ByDevice, BySite, ByCustomer, ByGroup)
}

// reckoning is the work on one question.
type reckoning struct {
	config    Config
	question  Question
	toMs      int64
	revisions map[string][]storage.ContractRevision // by customer
	terms     map[string]*terms                     // by customer
	devices   []*ledger                             // in the order of the store
	ledgers   map[deviceKey]*ledger
	changes   map[deviceKey][]storage.Correction
	overlays  overlays
}

// read asks the source for all it takes.
func (r *reckoning) read(ctx context.Context, source Source) error {
	query := r.question.Query
	query.Limit, query.Step = 0, 0
	if r.question.By == ByGroup { // members may be anywhere
		query.Site, query.Device = "", ""
	}
	windows, err := r.readChanges(ctx, source, query)
	if err != nil {
		return err
	}
	unchanged := len(windows) == 0 && len(r.changes) == 0 && !r.promisedAnew()
	if totals, ok := source.(Totals); ok && r.question.FiguresOnly && unchanged && r.aroundTheClock() {
		if told, err := r.readTotals(ctx, totals, query); told || err != nil {
			return err
		}
	}
	devices, err := source.Availability(ctx, query)
	if errors.Is(err, storage.ErrTooMuch) {
		return fmt.Errorf("%w: %w", ErrQuestion, err)
	}
	if err != nil {
		return fmt.Errorf("ask for availability: %w", err)
	}
	for i := range devices {
		if err := r.open(&devices[i], windows); err != nil {
			return err
		}
	}
	return nil
}

// readChanges reads what was promised, what was planned and what was corrected.
func (r *reckoning) readChanges(ctx context.Context, source Source, query storage.Query) ([]*window, error) {
	var corrections []storage.Correction
	var planned []calendar.Window
	err := storage.Together(ctx,
		func(ctx context.Context) error { return r.readContracts(ctx, source, query) },
		func(ctx context.Context) (err error) {
			if corrections, err = source.Corrections(ctx, query); err != nil {
				return fmt.Errorf("ask for corrections: %w", err)
			}
			return nil
		},
		func(ctx context.Context) (err error) {
			if planned, err = source.MaintenanceHistory(ctx, query); err != nil {
				return fmt.Errorf("ask for maintenance windows: %w", err)
			}
			return nil
		},
	)
	if err != nil {
		return nil, err
	}
	for _, correction := range corrections {
		if correction.Changed && len(correction.Before) > 0 {
			key := deviceKeyOf(correction.Entity)
			r.changes[key] = append(r.changes[key], correction)
		}
	}
	return expand(planned, query.From, query.To)
}

// open begins the ledger of a device.
func (r *reckoning) open(device *storage.Availability, windows []*window) error {
	terms, err := r.termsOf(device.Customer)
	if err != nil {
		return err
	}
	key := deviceKeyOf(device.Entity)
	entry := &ledger{device: device, terms: terms}
	for _, each := range windows {
		if each.Covers(device.Customer, device.Site, device.Device) {
			entry.windows = append(entry.windows, each)
		}
	}
	entry.remember(r.changes[key])
	entry.now = r.resultOf(entry, time.Time{})
	r.devices, r.ledgers[key] = append(r.devices, entry), entry
	return nil
}

func (r *reckoning) resultOf(l *ledger, at time.Time) result {
	return measured(l.line(at, r.toMs), r.overlays.of(l.terms.before(at), l.plans(at)))
}

// sees reports whether the question may see a customer.
func (r *reckoning) sees(customer string) bool {
	if r.question.Customer != "" && r.question.Customer != customer {
		return false
	}
	if r.question.Scope.All() {
		return true
	}
	for _, id := range r.question.Scope.Customers() {
		if id == sample.CustomerID(customer) {
			return true
		}
	}
	return false
}
