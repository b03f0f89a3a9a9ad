package storage

import (
	"crypto/ed25519"

	"mimamori/ingest/sample"
)

// RawQuery asks for raw rows as a processor needs them to rebuild its state or to
// recompute a range. Of rows with one natural key only the one with the lowest
// offset is returned. Rows are ordered by offset, then by slot.
type RawQuery struct {
	Kinds     []sample.Kind
	Partition int
	Before    int64       // only rows with a lower offset
	After     int64       // only rows with a higher offset; -1 for all
	Entities  []sample.ID // devices or paths; empty for all of the partition
	FromMs    int64       // event time [FromMs, ToMs); both 0 for all
	ToMs      int64
}

// Registry is the centre's word on who owns what: the names of customers, sites and
// devices, and the customer and site behind each appliance.
type Registry struct {
	Customers  []Customer
	Sites      []Site
	Appliances []Appliance
	Devices    []Device // for rules that go by names; not stored with the rest
	// CentreKeys are the keys of which one signs the centre's own messages, ticks and
	// requests of recomputes; none where they need no signature.
	CentreKeys []ed25519.PublicKey
}

// Customer is a customer of the partner.
type Customer struct {
	ID   sample.ID
	Name string
}

// Site is where an appliance stands.
type Site struct {
	ID       sample.ID
	Customer sample.ID
	Name     string
	// What people are shown of it and no figure depends on.
	Contact Contact `json:"-"`
	Runbook string  `json:"-"` // a link or a text
}

// Contact is whom to call about a site; empty where nobody was entered.
type Contact struct{ Name, Phone, Mail, Hours string }

// Appliance is a poller and the customer and site it serves.
type Appliance struct {
	ID       sample.ID
	Customer sample.ID
	Site     sample.ID
	Name     string
	// PublicKeys are the keys of which one signs its blocks; none where they need no
	// signature.
	PublicKeys []ed25519.PublicKey
}

// Device is a device of the inventory.
type Device struct {
	ID   sample.ID
	Name string
}
