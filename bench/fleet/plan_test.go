package fleet

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/processors/utilization"
)

func mustPlan(t testing.TB, config Config) *Plan {
	t.Helper()
	plan, err := NewPlan(config)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func sized(devices, customers int) Config {
	config := DefaultConfig()
	config.Devices, config.Customers = devices, customers
	return config
}

func TestPlanFollowsFromItsSeed(t *testing.T) {
	first, again := mustPlan(t, DefaultConfig()), mustPlan(t, DefaultConfig())
	if !reflect.DeepEqual(first, again) {
		t.Error("two plans of one seed differ")
	}
	other := DefaultConfig()
	other.Seed = 2
	if reflect.DeepEqual(first.Sites, mustPlan(t, other).Sites) {
		t.Error("two plans of different seeds are alike")
	}
}

func TestPlanOfEverySize(t *testing.T) {
	for _, customers := range []int{1, 2, 3, 7, maxCustomers} {
		fewest := minPerSite * minSites(customers)
		for _, devices := range []int{fewest, fewest + 7, 999, 1000, 1001, 5000} {
			if devices < fewest {
				continue
			}
			t.Run(fmt.Sprintf("%d_devices_of_%d_customers", devices, customers), func(t *testing.T) {
				for seed := range uint64(2) {
					config := sized(devices, customers)
					config.Seed = seed
					checkPlan(t, mustPlan(t, config))
				}
			})
		}
	}
}

func TestPlanOfTheLargestFleet(t *testing.T) {
	plan := mustPlan(t, sized(maxDevices, 20))
	checkPlan(t, plan)
	for _, site := range plan.Sites {
		if len(site.Devices) > mostPerSite {
			t.Errorf("%s has %d devices", site.Name, len(site.Devices))
		}
	}
}

// TestPlanWithAllPorts counts the ports of a fleet, and those where nothing happens.
func TestPlanWithAllPorts(t *testing.T) {
	config := sized(1000, 3)
	config.AllPorts = true
	ports, idle := 0, 0
	for _, site := range mustPlan(t, config).Sites {
		for _, device := range site.Devices {
			if n := len(device.Interfaces); device.role == roleAccess && n != 30 || device.role == roleServer && n != 4 {
				t.Errorf("%s has %d ports", device.Name, n)
			}
			for _, port := range device.Interfaces {
				ports++
				if port.In.Mean == 0 {
					idle++
				}
			}
		}
	}
	if ports < 6000 || idle < ports/4 || idle > ports/2 {
		t.Errorf("of %d ports %d are idle", ports, idle)
	}
}

// BenchmarkPlan draws up a fleet of 100,000 devices in which things fail.
func BenchmarkPlan(b *testing.B) {
	config := sized(maxDevices, 20)
	config.Failures = 1
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var plan *Plan
	for b.Loop() {
		plan = mustPlan(b, config)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
	runtime.KeepAlive(plan)
}

// Where the kernel answers every ping the plan is the same, without what needs
// silence, and on ports that need no privilege.
func TestPlanForASharedNamespace(t *testing.T) {
	own := mustPlan(t, DefaultConfig())
	shared := mustPlan(t, DefaultConfig().InSharedNamespace())
	checkPlan(t, shared)
	left := len(own.Incidents)
	for _, incident := range own.Incidents {
		if slices.Contains(shared.LeftOut(), incident.Kind) {
			left--
		}
	}
	if len(own.LeftOut()) != 0 || left != len(own.Incidents)-3 || len(shared.Incidents) != left {
		t.Errorf("%d incidents of %d are left, without %v", len(shared.Incidents), len(own.Incidents), shared.LeftOut())
	}
	quiet := DefaultConfig().InSharedNamespace()
	quiet.NoPing = true
	for _, plan := range []*Plan{shared, mustPlan(t, quiet)} {
		for _, customer := range plan.Inventory(func(string) string { return "" }).Customers {
			for _, site := range customer.Sites {
				listen := netip.MustParseAddrPort(site.Appliance.Syslog.UDP)
				if listen.Port() < 1024 || !listen.Addr().IsLoopback() {
					t.Errorf("%s takes syslog on %s", site.Appliance.Name, listen)
				}
				for _, device := range site.Devices {
					if device.SNMP.Port < 1024 || device.NoPing != plan.Config.NoPing {
						t.Errorf("%s: port %d, no ping %t", device.Name, device.SNMP.Port, device.NoPing)
					}
				}
				for _, path := range site.Paths {
					if target := netip.MustParseAddrPort(path.Target); target.Port() < 1024 {
						t.Errorf("%s ends at %s", path.Name, target)
					}
				}
			}
		}
	}
}

func checkPlan(t *testing.T, plan *Plan) {
	t.Helper()
	if err := plan.Inventory(func(appliance string) string { return "unix:/run/" + appliance }).Validate(); err != nil {
		t.Fatalf("not a valid inventory: %v", err)
	}
	if got := len(plan.Inventory(func(string) string { return "" }).Customers); got != plan.Config.Customers {
		t.Errorf("%d customers, asked for %d", got, plan.Config.Customers)
	}
	wan := regexp.MustCompile(utilization.DefaultConfig().WAN)
	devices, paths := 0, 0
	addresses, appliances := map[netip.Addr]bool{}, map[string]bool{}
	unique := func(address netip.Addr) {
		if addresses[address] || !address.IsLoopback() || address == netip.MustParseAddr("127.0.0.1") {
			t.Errorf("%s is taken twice or is not the fleet's to take", address)
		}
		addresses[address] = true
	}
	for _, site := range plan.Sites {
		if appliances[site.Appliance] {
			t.Errorf("two appliances %s", site.Appliance)
		}
		appliances[site.Appliance] = true
		unique(site.Syslog.Addr())
		if site.Relay.IsValid() {
			unique(site.Relay)
		}
		for _, device := range site.Devices {
			devices++
			unique(device.Address)
			if n := len(device.Interfaces); n < 4 || n > 8 {
				t.Errorf("%s has %d interfaces", device.Name, n)
			}
			names := map[string]bool{}
			for _, port := range device.Interfaces {
				if names[port.Name] || port.In.Mean <= 0 || port.Out.Mean <= 0 {
					t.Errorf("interface %q of %s: named twice, or without traffic", port.Name, device.Name)
				}
				names[port.Name] = true
				if taken := wan.MatchString(port.Name) || wan.MatchString(port.Alias); taken != port.WAN {
					t.Errorf("%s of %s, %q, is a WAN link: %t; it would be taken for one: %t", port.Name, device.Name, port.Alias, port.WAN, taken)
				}
			}
		}
		for _, path := range site.Paths {
			paths++
			unique(path.Target.Addr())
		}
	}
	if devices != plan.Config.Devices || len(plan.Sites) > max(namedSites, plan.Config.Devices/mostPerSite) || paths < 2 || paths > maxPaths {
		t.Errorf("%d devices at %d sites with %d voice paths", devices, len(plan.Sites), paths)
	}
	checkScript(t, plan)
}

func checkScript(t *testing.T, plan *Plan) {
	t.Helper()
	kinds := map[Kind]bool{}
	struck := map[string]Kind{}
	for _, incident := range plan.Script() {
		kinds[incident.Kind] = true
		if incident.From < plan.Config.ScriptStart || incident.To > plan.Config.ScriptStart+110*time.Second || incident.To < incident.From {
			t.Errorf("%s from %s to %s", incident.Kind, incident.From, incident.To)
		}
		place := incident.Customer + "/" + incident.Site
		for _, other := range []string{place + "/" + incident.Entity, place} {
			if kind := struck[other]; kind != "" && (kind == SiteOutage || kind == ApplianceSilence || other != place) {
				t.Errorf("%s strikes %s, and so does %s", incident.Kind, other, kind)
			}
			struck[other] = incident.Kind
		}
	}
	if len(kinds)+len(plan.LeftOut()) != 13 {
		t.Errorf("%d kinds of incidents: %v", len(kinds), kinds)
	}
}

func TestTooSmallOrTooLargePlansAreRefused(t *testing.T) {
	for _, config := range []Config{sized(59, 3), sized(100_001, 3), sized(200, 0), sized(5000, 21)} {
		if plan, err := NewPlan(config); err == nil {
			t.Errorf("%d devices of %d customers gave %d sites", config.Devices, config.Customers, len(plan.Sites))
		}
	}
}

func TestCounterWrapsAndUptimeRollsOverWhenPlanned(t *testing.T) {
	plan := mustPlan(t, DefaultConfig())
	for _, incident := range plan.Incidents {
		device := plan.device(target{incident.site, incident.device})
		at := incident.From.Seconds()
		state := newDeviceState(device)
		switch incident.Kind {
		case CounterWrap:
			before, after := state.interfaces[0].counters(at-1), state.interfaces[0].counters(at+1)
			if !device.Only32Bit || uint32(before.inOctets) < 1<<31 || uint32(after.inOctets) > 1<<31 {
				t.Errorf("ifInOctets shows %d before and %d after", uint32(before.inOctets), uint32(after.inOctets))
			}
		case UptimeRollover:
			if before, after := state.uptime(at-1), state.uptime(at+1); before < math.MaxUint32-200 || after > 200 {
				t.Errorf("sysUpTime is %d before and %d after", before, after)
			}
		default: // happens while the fleet runs
		}
	}
}

func TestAFleetOfTheWrongSizeNamesTheFlag(t *testing.T) {
	config := DefaultConfig()
	config.Devices = config.FewestDevices() - 1
	if _, err := NewPlan(config); err == nil || !strings.HasPrefix(err.Error(), "--devices is 59: for 3 customers use 60 to 100000") {
		t.Errorf("it says %v", err)
	}
}
