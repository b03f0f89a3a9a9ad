package history

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Store is what a history is written through.
type Store interface {
	SaveRegistry(ctx context.Context, registry storage.Registry) error
	WriteDerived(ctx context.Context, source storage.Source, derived *storage.Derived) error
	RollUpDays(ctx context.Context, days storage.RollUp) error
}

// Fleet is what the pages are asked about: customers with 4 sites each, and
// so many devices with 4 interfaces, of which one in 20 is a WAN link; 5 voice paths a site.
type Fleet struct {
	Devices int
	To      time.Time // the end of the history
	Year    bool      // hours go back for Days, days and outages for a year

	ctx     context.Context
	store   Store
	execute func(ctx context.Context, statement string) error
	failed  error
	sites   []storage.Site
	// The ids of devices and paths by their numbers: device_ids and path_ids in the SQL of do.
	deviceIDs, pathIDs []sample.ID
}

const (
	// oneIn so many has raw measurements of all Days: of links those that are WAN links, of devices and paths the
	// first and each that many on. The last day has those of all.
	oneIn           = 20
	sitesOfCustomer = 4
	portsOfDevice   = 4
	pathsOfSite     = 5
	// portRate is the mean traffic of an interface of 1 Gbit/s, Mbit/s: few are busy, and no two are alike. It
	// is rate_of_port in the SQL of do.
	portRate = "(1 + 900 * pow(cityHash64(port) % 1000000 / 1e6, 3))"
)

// Days is how far back the history goes.
const Days = 30

// Form rises when other rows are made: a history of an earlier form is of no use.
const Form = 2

const (
	fiveMinutesMs = 5 * 60 * 1000
	hourMs        = 60 * 60 * 1000
	dayMs         = 24 * hourMs
)

// Whole is from how many devices on there is something of everything that is asked about.
const Whole = 10_000

// customers are 50, and fewer where there are so few devices that most sites would have none.
func (f *Fleet) customers() int { return max(8, min(50, f.Devices/40)) }

// days is how far back days and outages go.
func (f *Fleet) days() int {
	if f.Year {
		return 365
	}
	return Days
}

// Gently are the settings of statements that make rows inside the engine, few at a time: it
// may have little memory.
const Gently = " SETTINGS max_threads = 1, min_insert_block_size_rows = 200000, min_insert_block_size_bytes = 60000000, max_partitions_per_insert_block = 1000"

// do makes rows. After a failure nothing more is done.
func (f *Fleet) do(format string, arguments ...any) {
	if f.failed != nil {
		return
	}
	sql := strings.NewReplacer("device_ids", "["+idList(f.deviceIDs)+"]", "path_ids", "["+idList(f.pathIDs)+"]", "rate_of_port", portRate).Replace(fmt.Sprintf(format, arguments...))
	f.fail(f.execute(f.ctx, sql+Gently))
}

func (f *Fleet) fail(err error) {
	if f.failed == nil && err != nil {
		f.failed = fmt.Errorf("make the history of %d devices: %w", f.Devices, err)
	}
}

func idList(ids []sample.ID) string {
	var text strings.Builder
	for i, id := range ids {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(strconv.FormatUint(id, 10))
	}
	return text.String()
}

// owner are the columns customer_id and site_id of device n (an expression).
func (f *Fleet) owner(n string) string {
	var customers, sites []sample.ID
	for _, site := range f.sites {
		customers, sites = append(customers, site.Customer), append(sites, site.ID)
	}
	at := fmt.Sprintf("[1 + intDiv(%s, %d) %% %d]", n, max(1, f.Devices/len(f.sites)), len(f.sites))
	return "[" + idList(customers) + "]" + at + " AS customer, [" + idList(sites) + "]" + at + " AS site"
}

// Fill writes the history, each statement of it by execute. What is derived from current rows
// alone, as migrations derive it, is left to the caller.
func (f *Fleet) Fill(ctx context.Context, store Store, execute func(ctx context.Context, statement string) error) error {
	f.ctx, f.store, f.execute, f.failed, f.sites, f.deviceIDs, f.pathIDs = ctx, store, execute, nil, nil, nil, nil
	var registry storage.Registry
	for c := range f.customers() {
		name := fmt.Sprint("customer-", c)
		registry.Customers = append(registry.Customers, storage.Customer{ID: sample.CustomerID(name), Name: name})
		for s := range sitesOfCustomer {
			site := fmt.Sprint("site-", s)
			id := sample.SiteID(name, site)
			f.sites = append(f.sites, storage.Site{ID: id, Customer: sample.CustomerID(name), Name: site})
			registry.Appliances = append(registry.Appliances, storage.Appliance{ID: id + 1, Customer: sample.CustomerID(name), Site: id, Name: "box"})
		}
	}
	for n := range f.Devices {
		at := n / max(1, f.Devices/len(f.sites)) % len(f.sites)
		f.deviceIDs = append(f.deviceIDs, sample.DeviceID(registry.Customers[at/sitesOfCustomer].Name, f.sites[at].Name, fmt.Sprint("device-", n)))
	}
	for n := range len(f.sites) * pathsOfSite {
		at := n / pathsOfSite
		f.pathIDs = append(f.pathIDs, sample.PathID(registry.Customers[at/sitesOfCustomer].Name, f.sites[at].Name, fmt.Sprint("path ", n)))
	}
	registry.Sites = f.sites
	f.fail(f.store.SaveRegistry(f.ctx, registry))
	var rolled storage.Derived
	for _, site := range f.sites {
		rolled.RolledSites = append(rolled.RolledSites, storage.RolledSite{Customer: site.Customer, Site: site.ID, Partition: 3, Offset: 1})
		hour, day := f.To.Truncate(time.Hour), f.To.Truncate(24*time.Hour)
		dirty := func(figure string, from, to time.Time) {
			rolled.Dirty = append(rolled.Dirty, storage.DirtyRange{Customer: site.Customer, Site: site.ID, Entity: site.ID, Figure: figure, Partition: 3, FromMs: from.UnixMilli(), ToMs: to.UnixMilli(), Version: storage.Version{Offset: 1}})
		}
		dirty(storage.RollUpHours, hour, hour.Add(time.Hour))
		dirty(storage.RollUpDays, day, day.Add(24*time.Hour))
		dirty(storage.RollUpLog, hour, hour.Add(time.Hour))
	}
	f.fail(f.store.WriteDerived(f.ctx, storage.Source{Incarnation: "i", Topic: "telemetry", Partition: 3, First: 1, Last: 1}, &rolled))
	f.devicesAndStates()
	f.availability()
	f.traffic()
	f.voice()
	f.averages()
	f.told()
	return f.failed
}
