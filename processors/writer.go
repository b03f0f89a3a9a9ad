package processors

import (
	"errors"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/ingest/signature"
	"mimamori/storage"
)

// centre stands among the appliances for the centre itself, which writes ticks in the name
// of no appliance.
const centre sample.ID = 0

// owner is an appliance and the names that lead to its entities.
type owner struct {
	storage.Appliance
	customer, site string // both empty where they are not known, or names are not held against ids
}

// ownersOf says whose a block is that an appliance wrote, by which keys it is known, and
// with names of which customer and site.
func ownersOf(registry storage.Registry, names bool) map[sample.ID]owner {
	customers, sites := map[sample.ID]string{}, map[sample.ID]string{}
	if names {
		for _, customer := range registry.Customers {
			customers[customer.ID] = customer.Name
		}
		for _, site := range registry.Sites {
			sites[site.ID] = site.Name
		}
	}
	owners := make(map[sample.ID]owner, len(registry.Appliances)+1)
	for _, appliance := range registry.Appliances {
		known := owner{Appliance: appliance}
		if customer, site := customers[appliance.Customer], sites[appliance.Site]; customer != "" && site != "" {
			known.customer, known.site = customer, site
		}
		owners[appliance.ID] = known
	}
	owners[centre] = owner{Appliance: storage.Appliance{ID: centre, PublicKeys: registry.CentreKeys}}
	return owners
}

// named says whether the devices and voice paths that rows name, from one on, have the ids
// that follow from their names at the owner's site: what is of another site cannot be named
// anew. Rows of measurements bear ids alone, which cannot be held against anything.
func (o owner) named(rows sample.Rows, from int) bool {
	if o.site == "" {
		return true
	}
	switch rows := rows.(type) {
	case *sample.Devices:
		for i := from; i < len(rows.Device); i++ {
			if rows.Device[i] != sample.DeviceID(o.customer, o.site, rows.Name[i]) {
				return false
			}
		}
	case *sample.Paths:
		for i := from; i < len(rows.Path); i++ {
			if rows.Path[i] != sample.PathID(o.customer, o.site, rows.Name[i]) {
				return false
			}
		}
	}
	return true
}

// disowned returns why a message cannot be taken as written by whom it names: "unsigned",
// "bad_signature", or nothing where it can be or where the writer has no key.
func disowned(topic string, message bus.Message, writer owner) (reason string) {
	if len(writer.PublicKeys) == 0 {
		return ""
	}
	err := bus.Verify(writer.PublicKeys, topic, message)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, signature.ErrUnsigned):
		return "unsigned"
	}
	return "bad_signature"
}
