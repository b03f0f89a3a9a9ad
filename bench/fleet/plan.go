package fleet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"mimamori/bench/failures"
	"mimamori/ingest/sample"
)

// Config says how large a fleet to simulate.
type Config struct {
	Devices     int           `yaml:"devices"`      // number of devices, 40 to 100000, and at least 20 for each customer; default 200
	Customers   int           `yaml:"customers"`    // number of customers, 1 to 20; default 3
	Seed        uint64        `yaml:"seed"`         // everything random follows from it; default 1
	ScriptStart time.Duration `yaml:"script_start"` // how long after the start the script begins; default 20s

	Lasting bool `yaml:"lasting"` // what breaks stays broken until the end; default false

	Pulls int  `yaml:"pulls"` // in place of the script so many devices are unplugged, each at a random moment of its first minute; default 0
	Storm bool `yaml:"storm"` // in place of the script all sites but the first are cut off with the hub they are reached through; default false

	Hurried bool `yaml:"hurried"` // pulls and the storm take a sixth of their time; default false

	// Failures replaces the script: what fails is drawn by the rates of bench/failures, so many times as often as in life,
	// 0.001 to 100000. It takes a network namespace of the fleet's own. Default 0, the script.
	Failures float64 `yaml:"failures"`

	// AllPorts has each device have as many interfaces as such devices do, half of the switches' and firewalls' idle; else it
	// has at most 8, or 4 in a fleet of more than 1000, and none is idle. Default false.
	AllPorts bool `yaml:"all_ports"`

	// Hours has all traffic follow the hours of a week where the sites are, nine hours ahead of UTC; else it is about the same
	// at all times. Default false.
	Hours bool `yaml:"hours"`

	Shared bool `yaml:"shared"`  // the fleet lives in the machine's own network namespace, where the kernel answers every ping; default false
	NoPing bool `yaml:"no_ping"` // the pollers leave pings out; default false

	AgentPort     uint16 `yaml:"agent_port"`     // UDP port of the SNMP agents; default 161
	ReflectorPort uint16 `yaml:"reflector_port"` // UDP port of the STAMP reflectors; default 862
	SyslogPort    uint16 `yaml:"syslog_port"`    // UDP port the appliances take syslog on; default 514

	NotificationPort uint16 `yaml:"notification_port"` // UDP port the appliances take SNMP traps on; default 162
}

// DefaultConfig returns 200 devices of 3 customers, with the script 20 s after the
// start, in a network namespace of their own.
func DefaultConfig() Config {
	return Config{
		Devices: 200, Customers: 3, Seed: 1, ScriptStart: 20 * time.Second,
		AgentPort: 161, ReflectorPort: 862, SyslogPort: 514, NotificationPort: 162,
	}
}

// InSharedNamespace returns the configuration for the machine's own network
// namespace: with ports above 1023, which need no privilege and are those of no
// other service.
func (c Config) InSharedNamespace() Config {
	c.Shared = true
	c.AgentPort, c.ReflectorPort, c.SyslogPort, c.NotificationPort = 16161, 18620, 15514, 16162
	return c
}

// MostDevices is how many devices a fleet may have.
const MostDevices = 100_000

// The limits of a Config.
const (
	maxDevices     = MostDevices
	maxCustomers   = 20
	namedSites     = 60
	devicesPerSite = 25  // in a fleet that needs no more than namedSites
	mostPerSite    = 200 // in a larger one, as an appliance watches
	minPerSite     = 10  // so that every incident finds a device of its own
)

// Validate says what is wrong with the configuration and what to do about it.
func (c Config) Validate() error {
	if c.Customers < 1 || c.Customers > maxCustomers {
		return fmt.Errorf("simulate %d customers: must be 1 to %d", c.Customers, maxCustomers)
	}
	if fewest := c.FewestDevices(); c.Devices < fewest || c.Devices > maxDevices {
		return fmt.Errorf("--devices is %d: for %d customers use %d to %d", c.Devices, c.Customers, fewest, maxDevices)
	}
	if c.Hours && c.Failures == 0 {
		return errors.New("let traffic follow the hours of a week: the script's counters wrap at their time only where it does not; let things fail at their rates in place of it")
	}
	if c.Failures != 0 {
		if err := c.failures().Validate(); err != nil {
			return err
		}
		if c.Shared {
			return errors.New("simulate what fails at its rate: devices must be able to keep silent, which takes a network namespace of their own")
		}
	}
	if c.ScriptStart < 0 {
		return fmt.Errorf("begin the script %s after the start: must not be negative", c.ScriptStart)
	}
	if c.AgentPort == 0 || c.ReflectorPort == 0 || c.SyslogPort == 0 || c.NotificationPort == 0 {
		return fmt.Errorf("simulate agents on port %d, reflectors on %d, syslog on %d and traps on %d: must be 1 to 65535", c.AgentPort, c.ReflectorPort, c.SyslogPort, c.NotificationPort)
	}
	return nil
}

// FewestDevices is how many devices a fleet of so many customers must have.
func (c Config) FewestDevices() int { return minPerSite * minSites(c.Customers) }

// inItsTime is how long something takes of a fleet that may be in a hurry.
func (c Config) inItsTime(length time.Duration) time.Duration {
	if c.Hurried {
		return length / 6
	}
	return length
}

// minSites leaves each customer two sites, and the whole fleet four.
func minSites(customers int) int { return max(4, 2*customers) }

// Plan is a fleet that could be simulated: what there is and what will happen to
// it. It is not changed after NewPlan.
type Plan struct {
	Config    Config
	Sites     []Site // by customer, in order
	Incidents []Incident

	failing *failures.Script // nil where the incidents are all that happens
}

// Site is a customer's place with its appliance.
type Site struct {
	Customer  string
	Name      string
	Appliance string         // unique in the fleet
	Syslog    netip.AddrPort // where the appliance listens

	Streams       bool           // its servers send over TCP
	Relay         netip.Addr     // passes on the lines of its cameras; the zero address where nothing does
	Notifications netip.AddrPort // where it listens for SNMP traps
	Community     string         // of all agents of the site
	Devices       []Device       // the edge router first
	Paths         []Path         // voice paths that begin here
}

// Device is a simulated device.
type Device struct {
	Name        string
	Address     netip.Addr
	Behind      string // empty for the edge router
	SysDescr    string
	SysObjectID string
	Interfaces  []Interface
	Sensors     []Sensor
	Only32Bit   bool // no ifXTable: 32-bit counters, no ifName
	HostUptime  bool // has hrSystemUptime
	EngineTime  bool // has snmpEngineTime and snmpEngineBoots
	Locked      bool // the inventory has a community that its agent does not know

	role   role
	behind int           // index of the device it is behind, -1 none
	uptime time.Duration // sysUpTime at the start
}

// Interface is an interface of a simulated device.
type Interface struct {
	Name        string // ifName; the description where the device has none
	Description string // ifDescr
	Alias       string // ifAlias
	WAN         bool
	SpeedBps    uint64
	In, Out     Flow

	index       uint32 // ifIndex at the start
	kind        uint32 // IANAifType
	physAddress [6]byte
	counters    counterSet // at the start
}

// Path is a voice path, answered at an address of its own so that its packets are
// known by where they go.
type Path struct {
	Name    string
	Target  netip.AddrPort
	Quality Impairment // outside the script
}

// Impairment is what a voice path does to its packets.
type Impairment struct {
	Delay     time.Duration // added to each round trip
	Jitter    time.Duration // standard deviation of what is added to that, never below the delay
	LossBegin float64       // probability that a loss run begins with a packet (Gilbert's p)
	LossEnd   float64       // probability that a run ends with a packet (Gilbert's r)
}

// NewPlan draws up a fleet. Equal configurations give equal plans.
func NewPlan(config Config) (*Plan, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(config.Seed, 0x6d696d616d6f7269))
	plan := &Plan{Config: config}
	sites := min(max(config.Devices/devicesPerSite, minSites(config.Customers)), namedSites)
	sites = max(sites, (config.Devices+mostPerSite-1)/mostPerSite)
	for i := range sites {
		customer := i * config.Customers / sites
		devices := (i+1)*config.Devices/sites - i*config.Devices/sites
		plan.Sites = append(plan.Sites, newSite(random, config, i, customer, devices))
	}
	targets := plan.chooseTargets(random)
	plan.lock(targets)
	plan.addPaths(random, targets.cutSite)
	plan.Incidents = plan.script(random, targets)
	switch {
	case config.Storm:
		plan.Incidents = plan.storm()
	case config.Failures > 0:
		var err error
		if plan.failing, err = failures.Draw(config.failures(), plan.networks()); err != nil {
			return nil, err
		}
		plan.Incidents = nil
		plan.troubleSensors()
	case config.Pulls > 0:
		var err error
		if plan.Incidents, err = plan.pulls(random); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// addPaths lays voice paths between the sites of each customer, from each to the
// next and on to the one after, at most maxPaths in all. The site that will be cut
// has none: its outage is about reachability alone.
func (p *Plan) addPaths(random *rand.Rand, cutSite int) {
	left := maxPaths
	incoming := make([]int, len(p.Sites))
	for hop := 1; hop <= 2; hop++ {
		for i := range p.Sites {
			from := &p.Sites[i]
			var ring []int
			here := -1
			for j := range p.Sites {
				if j == cutSite || p.Sites[j].Customer != from.Customer {
					continue
				}
				if j == i {
					here = len(ring)
				}
				ring = append(ring, j)
			}
			if here < 0 || len(ring) <= hop || left == 0 {
				continue
			}
			left--
			j := ring[(here+hop)%len(ring)]
			address := siteAddress(j, 0, byte(firstReflector+incoming[j]))
			incoming[j]++
			from.Paths = append(from.Paths, Path{
				Name:   "to " + p.Sites[j].Name,
				Target: netip.AddrPortFrom(address, p.Config.ReflectorPort),
				Quality: Impairment{
					Delay:   time.Duration(20+random.IntN(41)) * time.Millisecond,
					Jitter:  time.Duration(200+random.IntN(1800)) * time.Microsecond,
					LossEnd: 1,
				},
			})
		}
	}
	// One path is never quite free of loss.
	for i := range p.Sites {
		if paths := p.Sites[i].Paths; len(paths) > 0 {
			paths[0].Quality.LossBegin = 0.004
			return
		}
	}
}

const (
	maxPaths       = 20
	firstReflector = 3 // last octet of a site's first reflector address
)

// Of what an address of a site is made: so many sites differ by the second octet, and within it each has so many of the third.
const (
	sitesPerOctet  = 250
	octetsPerSite  = 16
	firstSiteOctet = 1
)

// siteAddress returns an address of a site: 127.<site>.<x>.<y>, where x is less than octetsPerSite and the sites from
// sitesPerOctet on go on behind those of the others.
func siteAddress(site int, x, y byte) netip.Addr {
	return netip.AddrFrom4([4]byte{127, byte(firstSiteOctet + site%sitesPerOctet), byte(site/sitesPerOctet)*octetsPerSite + x, y})
}

func (s *Site) deviceID(device int) sample.ID {
	return sample.DeviceID(s.Customer, s.Name, s.Devices[device].Name)
}
