package storage

import (
	"errors"
	"fmt"
)

// NameKind says what names are searched.
type NameKind string

// The kinds of names.
const (
	NameCustomer  NameKind = "customers"
	NameSite      NameKind = "sites"
	NameDevice    NameKind = "devices"
	NameInterface NameKind = "interfaces"
	NamePath      NameKind = "paths"
)

// MostNames is how many names a page has at most.
const MostNames = 1000

// NameSearch asks for a page of names.
type NameSearch struct {
	Scope Scope
	Kind  NameKind
	// Text is in the name, in upper or lower case of any script; of an interface in its
	// name or its alias, of a device in its name or its address. Empty for all.
	Text string
	// Exact names of what the names belong to; empty for all.
	Customer, Site, Device string
	Offset                 int // names left out at the beginning
	Limit                  int // names at most, 1 to MostNames
}

// Validate says what is wrong with a search.
func (n NameSearch) Validate() error {
	switch {
	case !n.Scope.all && len(n.Scope.customers) == 0:
		return ErrNoScope
	case n.Offset < 0:
		return fmt.Errorf("offset %d is negative: begin with 0", n.Offset)
	case n.Limit < 1 || n.Limit > MostNames:
		return fmt.Errorf("limit %d is not a page: use 1 to %d", n.Limit, MostNames)
	case len(n.Text) > longestTerm:
		return fmt.Errorf("the search text has more than %d bytes: write less of it", longestTerm)
	}
	switch n.Kind {
	case NameCustomer, NameSite, NameDevice, NameInterface, NamePath:
		return nil
	case "":
		return errors.New("the search does not say which names: use customers, sites, devices, interfaces or paths")
	}
	return fmt.Errorf("there are no names of %q: use customers, sites, devices, interfaces or paths", string(n.Kind))
}

// FoundName is one name with all that it belongs to. Of a customer and a site the
// rest of the Entity is empty.
type FoundName struct {
	Entity
	Also string // an interface's alias, a device's address, a path's target
}

// Value is the name itself: what selects it in a query.
func (f *FoundName) Value(kind NameKind) string {
	switch kind {
	case NameCustomer:
		return f.Customer
	case NameSite:
		return f.Site
	case NameDevice:
		return f.Device
	case NameInterface, NamePath:
	}
	return f.Name
}

// NamePage is a page of names, by customer, site, device and name. Names that begin with
// the text come before those that have it elsewhere.
type NamePage struct {
	Names []FoundName
	Total int // of all pages
}

// More says whether there are names behind the page.
func (p *NamePage) More(offset int) bool { return offset+len(p.Names) < p.Total }
