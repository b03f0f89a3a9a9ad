package storage

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mimamori/ingest/sample"
)

// Scope is the set of customers a question may see. Its zero value sees nobody: a
// query without a scope is refused.
type Scope struct {
	all       bool
	customers []sample.ID
}

// EveryCustomer is the partner's own scope.
func EveryCustomer() Scope { return Scope{all: true} }

// OnlyCustomers limits a scope to the given customers.
func OnlyCustomers(customers ...sample.ID) Scope { return Scope{customers: slices.Clone(customers)} }

// All reports whether the scope sees every customer.
func (s Scope) All() bool { return s.all }

// Customers returns the customers of a limited scope.
func (s Scope) Customers() []sample.ID { return slices.Clone(s.customers) }

// Query is one question to the store. Names select by exact name, empty ones select
// all. From is inclusive, To exclusive.
type Query struct {
	Scope        Scope
	From, To     time.Time
	Step         time.Duration // length of a bucket, aligned to UTC; 0 for one bucket of the whole time
	Customer     string
	Site         string
	Device       string
	Interface    string
	Path         string
	Notification string         // name or OID of an SNMP notification
	Log          LogFilter      // of lines of the log
	Alarm        AlarmFilter    // of alarms
	Kind         string         // of link: lan, wan or ignored; empty for all that are not ignored
	Location     *time.Location // whose hours and days are meant; nil for UTC
	Limit        int            // rows at most; 0 for no limit
	Trouble      bool           // of devices, those alone that are not up at the end of the time
	// Top says that of links nothing is asked but the so many that TopLinks or TopCapacity puts
	// first by Order, so that an answer may leave others out; 0 for all.
	Top   int
	Order string // one of Orders; empty for the first
}

// ErrNoScope is the answer to a query without a scope.
var ErrNoScope = errors.New("the query has no scope: say which customers it may see")

// ErrTooMuch is the answer to a query whose answer would not fit into memory: its text
// says what to ask for instead.
var ErrTooMuch = errors.New("that is too much at once")

// Validate says what is wrong with a query.
func (q Query) Validate() error {
	switch {
	case !q.Scope.all && len(q.Scope.customers) == 0:
		return ErrNoScope
	case q.From.IsZero() || q.To.IsZero():
		return errors.New("the query has no time range: give from and to")
	case !q.From.Before(q.To):
		return fmt.Errorf("the time range is empty: from %s is not before to %s", q.From.Format(time.RFC3339), q.To.Format(time.RFC3339))
	case q.Step < 0 || (q.Step > 0 && q.Step < time.Second):
		return fmt.Errorf("step %s is too short: use 0 or at least 1s", q.Step)
	case q.Limit < 0:
		return fmt.Errorf("limit %d is negative", q.Limit)
	}
	if q.Kind != "" {
		if _, err := ParseLinkKind(q.Kind); err != nil {
			return err
		}
	}
	return q.Log.Validate()
}

// Entity names a device, interface or path with all that it belongs to.
type Entity struct {
	ID       sample.ID `json:"-"`
	Customer string    `json:"customer"`
	Site     string    `json:"site"`
	Device   string    `json:"device,omitempty"`
	Name     string    `json:"name,omitempty"` // of the interface or path
}

// Availability is one device's availability in the time asked for, with every
// stretch that was not up behind it.
type Availability struct {
	Entity
	State      State     `json:"-"` // at the end of the time asked for
	Since      time.Time `json:"since"`
	UpMs       int64     `json:"up_ms"`
	DownMs     int64     `json:"down_ms"`
	DegradedMs int64     `json:"degraded_ms"`
	UnknownMs  int64     `json:"unknown_ms"`
	Outages    []Outage  `json:"outages"`
}

// Percent returns the availability on known time: (up+degraded)/(up+degraded+down),
// in percent; false where nothing is known.
func (a *Availability) Percent() (float64, bool) {
	known := a.UpMs + a.DegradedMs + a.DownMs
	if known == 0 {
		return 0, false
	}
	return 100 * float64(a.UpMs+a.DegradedMs) / float64(known), true
}

// PessimisticPercent counts unknown time as down; false where no time has passed.
func (a *Availability) PessimisticPercent() (float64, bool) {
	all := a.UpMs + a.DegradedMs + a.DownMs + a.UnknownMs
	if all == 0 {
		return 0, false
	}
	return 100 * float64(a.UpMs+a.DegradedMs) / float64(all), true
}

// Outage is a stretch of time in which a device was not up, cut to the time asked
// for.
type Outage struct {
	From, To  time.Time
	Ongoing   bool // still so at the end of the time asked for
	State     State
	Cause     Cause
	Evidence  string
	Corrected bool // made anew after the fact
}

// PathVoice is the quality of a voice path in one minute.
type PathVoice struct {
	Entity
	VoiceMinute
}

// DeviceStatus is a device's present state.
type DeviceStatus struct {
	Entity
	Address  string
	State    State
	Cause    Cause
	Since    time.Time
	LastSeen time.Time
}
