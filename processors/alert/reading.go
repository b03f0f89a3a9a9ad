package alert

import (
	"cmp"
	"encoding/hex"
	"hash/fnv"
	"time"
)

// Key names what an alarm is about: of one key there is one alarm, and one ticket, at a time.
type Key struct {
	Rule     string `json:"rule"` // the label alertname
	Customer string `json:"customer"`
	Site     string `json:"site,omitempty"`
	Entity   string `json:"entity"` // device/NAME, interface/DEVICE/NAME, path/NAME, site/NAME, appliance/NAME, centre

	Ticket string `json:"ticket,omitempty"` // of what is said of a ticket, not of an entity: its id
	Step   string `json:"step,omitempty"`   // of what is said to one step of an escalation: whom
}

// String returns the key as tickets bear it: 16 hex digits that are the same after any restart.
func (k Key) String() string {
	hash := fnv.New64a()
	parts := []string{k.Rule, k.Customer, k.Site, k.Entity}
	if k.Ticket != "" { // all others keep the ids that tickets bear already
		parts = append(parts, k.Ticket, k.Step)
	}
	for _, part := range parts {
		hash.Write(append([]byte(part), 0)) // never fails
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func (k Key) compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Customer, other.Customer), cmp.Compare(k.Site, other.Site), cmp.Compare(k.Rule, other.Rule), cmp.Compare(k.Entity, other.Entity),
		cmp.Compare(k.Ticket, other.Ticket), cmp.Compare(k.Step, other.Step))
}

// level is what a reading says of a rule.
type level uint8

const (
	bad     level = iota // beyond the threshold for raising
	between              // neither: all stays as it is
	unknown              // nobody knows: neither raises nor clears
)

// Reading is something that is not well, as of a moment.
type Reading struct {
	Customer, Site string
	Entity         string // as in Key
	Name           string // for a person: of an interface device and name
	// At is the time of the measurement, or until when its appliance has reported.
	At time.Time
	// Since is since when it is so; zero where only the rule's own look can tell.
	Since time.Time
	Value float64 // in the unit of the rule's thresholds; 0 where it has none
	level level
	// Under is the entity whose failure explains this one: it is counted there. Its zero value is none.
	Under subject
	// Maintenance says that a window covers it.
	Maintenance bool
	// Impact is what is counted under it.
	Impact Impact
	// Details are for templates and tickets: cause, address, evidence and the like.
	Details map[string]string

	device       string // whose the entity is; empty where it is a device itself, or of no device
	ticket, step string // as in Key
}

func (r *Reading) key(rule *Rule) Key {
	return Key{Rule: rule.Alert, Customer: r.Customer, Site: r.Site, Entity: r.Entity, Ticket: r.ticket, Step: r.step}
}

// subject is an entity at its place.
type subject struct{ customer, site, entity string }

func (s subject) compare(other subject) int {
	return cmp.Or(cmp.Compare(s.customer, other.customer), cmp.Compare(s.site, other.site), cmp.Compare(s.entity, other.entity))
}

// Event is something that happened.
type Event struct {
	Customer, Site string
	Entity         string
	Name           string
	At             time.Time
	What           string // in words, as the device said it
	Maintenance    bool
	Details        map[string]string

	device string // empty where it is of no device
}

// Impact is whom a failure affects beside the entity itself.
type Impact struct {
	Devices   int            `json:"devices,omitempty"`   // down, unreachable or unknown for it, itself not counted
	Sites     int            `json:"sites,omitempty"`     // that are reached through it
	Customers map[string]int `json:"customers,omitempty"` // devices by customer
	Names     []string       `json:"names,omitempty"`     // the first of the devices
}

// Of returns how many devices of a customer are affected.
func (i Impact) Of(customer string) int {
	if i.Customers == nil { // all are of the alarm's own
		return i.Devices
	}
	return i.Customers[customer]
}
