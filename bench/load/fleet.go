package load

import (
	"errors"
	"fmt"
	"time"

	"mimamori/bench/chance"
	"mimamori/bench/failures"
	"mimamori/bench/fleet"
	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// How often things are measured, as the pollers have it by default.
const (
	PollInterval = time.Minute // of interfaces, clocks, sensors and voice paths
	PingInterval = 20 * time.Second
	BeatInterval = 10 * time.Second
	TickInterval = 10 * time.Second // of the centre's time
)

const (
	devicesPerAppliance = 200
	sitesPerCustomer    = 10
)

// Config says which fleet.
type Config struct {
	Devices    int    // in all, 1 to 1,000,000
	Interfaces int    // of each device, 1 to 1000
	Seed       uint64 // all that is measured follows from it and the time
	Partitions int    // of the topic telemetry; the appliances are spread evenly over them
	// Down says whether a device, by its number, leaves pings unanswered at a time. nil:
	// none ever does.
	Down func(device int, at time.Time) bool
	// Flat has no device be reached through another; else those of a site are behind its switches
	// and its router, which is the first.
	Flat bool
}

// Validate says what is wrong with a fleet.
func (c Config) Validate() error {
	var problems []error
	if c.Devices < 1 || c.Devices > 1_000_000 {
		problems = append(problems, fmt.Errorf("the fleet has %d devices: give 1 to 1000000", c.Devices))
	}
	if c.Interfaces < 1 || c.Interfaces > 1000 {
		problems = append(problems, fmt.Errorf("a device has %d interfaces: give 1 to 1000", c.Interfaces))
	}
	if c.Partitions < 1 || c.Partitions > 1000 {
		problems = append(problems, fmt.Errorf("the topic has %d partitions: give 1 to 1000", c.Partitions))
	}
	return errors.Join(problems...)
}

// Fleet is the appliances with their devices. It is used by one goroutine.
type Fleet struct {
	Config
	sites []*site
}

// Place names a site and its appliance.
type Place struct{ Customer, Site, Appliance string }

// New returns a fleet. Each appliance has 200 devices at most and stands at a site of its
// own; there are at least as many as partitions.
func New(config Config) (*Fleet, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	f := &Fleet{Config: config}
	count := max((config.Devices+devicesPerAppliance-1)/devicesPerAppliance, min(config.Partitions, config.Devices))
	for number := range count {
		from, to := config.Devices*number/count, config.Devices*(number+1)/count
		made, err := f.newSite(number, from, to)
		if err != nil {
			return nil, err
		}
		f.sites = append(f.sites, made)
	}
	return f, nil
}

// placeOf names a site so that its appliance's messages are of the partition whose turn it is.
func (c Config) placeOf(number int) Place {
	place := Place{Customer: fmt.Sprintf("customer-%03d", number/sitesPerCustomer), Site: fmt.Sprintf("site-%04d", number)}
	for attempt := 0; ; attempt++ {
		place.Appliance = fmt.Sprintf("appliance-%04d-%d", number, attempt)
		if bus.PartitionOf(bus.Key(place.id()), c.Partitions) == number%c.Partitions {
			return place
		}
	}
}

func (p Place) id() sample.ID { return sample.ApplianceID(p.Customer, p.Site, p.Appliance) }

// Places are the sites of the fleet, by customer.
func (f *Fleet) Places() []Place {
	places := make([]Place, len(f.sites))
	for i, s := range f.sites {
		places[i] = s.Place
	}
	return places
}

// Name is where a device, by its number, stands, and what it is called there.
func (f *Fleet) Name(device int) (place Place, name string) {
	for _, s := range f.sites {
		if device < s.first+len(s.devices) {
			return s.Place, deviceName(device - s.first)
		}
	}
	return Place{}, ""
}

// Pinged are the numbers of the devices whose place in the interval of the pings is within
// the second that begins at a time.
func (f *Fleet) Pinged(at time.Time) (devices []int) {
	for _, s := range f.sites {
		first, end := s.due(PingInterval, at.Sub(at.Truncate(PingInterval)))
		for device := first; device < end; device++ {
			devices = append(devices, s.first+device)
		}
	}
	return devices
}

// Registry is the fleet as the centre knows it before anything was measured.
func (f *Fleet) Registry() storage.Registry {
	var all storage.Registry
	for i, s := range f.sites {
		if i == 0 || f.sites[i-1].Customer != s.Customer {
			all.Customers = append(all.Customers, storage.Customer{ID: s.customer, Name: s.Customer})
		}
		all.Sites = append(all.Sites, storage.Site{ID: s.id, Customer: s.customer, Name: s.Site})
		all.Appliances = append(all.Appliances, storage.Appliance{ID: s.appliance, Customer: s.customer, Site: s.id, Name: s.Appliance})
	}
	return all
}

// site is a site with its appliance and what that measures.
type site struct {
	Config
	Place
	number                  int
	first                   int // number of its first device among all
	customer, id, appliance sample.ID
	devices                 []sample.ID
	ports                   []sample.ID // of all devices, device by device
	sensors                 []sample.ID // the same
	path                    sample.ID

	script *failures.Script // nil where nothing fails
	begins time.Time        // of the script
	held   parcel           // what waits at the appliance

	levels   []fleet.Level                  // what the sensors read where a script is followed, as sensors
	noisy    []int                          // devices of which the script fills the log
	speaking [lineEvery / time.Second][]int // which devices say a line, by the second of their interval

	encoder *sample.Encoder
	scratch scratch
}

func (f *Fleet) newSite(number, from, to int) (*site, error) {
	place := f.placeOf(number)
	s := &site{
		Config: f.Config, Place: place, number: number, first: from,
		customer: sample.CustomerID(place.Customer), id: sample.SiteID(place.Customer, place.Site), appliance: place.id(),
		path: sample.PathID(place.Customer, place.Site, pathName), held: parcel{counts: Counts{}},
	}
	var err error
	if s.encoder, err = sample.NewEncoder(); err != nil {
		return nil, err
	}
	for device := range to - from {
		id := sample.DeviceID(place.Customer, place.Site, deviceName(device))
		s.devices = append(s.devices, id)
		for port := range f.Interfaces {
			s.ports = append(s.ports, sample.InterfaceID(id, portName(port)))
		}
		for _, sensor := range sensors {
			s.sensors = append(s.sensors, sample.SensorID(id, sensor.kind, sensor.name))
		}
	}
	return s, nil
}

// due returns the devices, from first up to but not including end, that have their place
// in an interval within the second that begins a time after its slot.
func (s *site) due(interval, after time.Duration) (first, end int) {
	place := func(at time.Duration) int {
		return int((int64(len(s.devices))*at.Milliseconds() + interval.Milliseconds() - 1) / interval.Milliseconds())
	}
	return place(after), min(place(after+time.Second), len(s.devices))
}

// offset is when a device's place in an interval is, milliseconds after the slot.
func (s *site) offset(device int, interval time.Duration) uint32 {
	return uint32(int64(device) * interval.Milliseconds() / int64(len(s.devices)))
}

// chance is a number that follows from the seed and what it is for.
func (c Config) chance(of ...uint64) uint64 { return chance.Of(c.Seed, of...) }
