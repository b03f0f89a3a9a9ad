package fleet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"
)

// role is what a device is for; it decides what its agent has.
type role uint8

const (
	roleEdge role = iota
	roleCore
	roleFirewall
	roleAccess
	roleAccessPoint
	roleServer
	rolePBX
	roleCamera
)

// model is what the devices of a role have in common.
type model struct {
	prefix      string // of the device names
	sysDescr    string
	sysObjectID string
	name        string // of the interfaces: a format with the number
	description string
	firstIndex  uint32
	speed       uint64
	interfaces  int // the most it has, unless it has all
	ports       int // all, as such devices have them
	only32Bit   bool
	hostUptime  bool
	engineTime  bool
}

var models = [...]model{
	roleEdge: {"rt-edge", "Cisco IOS XE Software, ISR4331, Version 17.9.4a", "1.3.6.1.4.1.9.1.2068",
		"Gi0/0/%d", "GigabitEthernet0/0/%d", 1, 1e9, 5, 5, false, false, true},
	roleCore: {"sw-core", "Cisco IOS XE Software, C9300-24T, Version 17.12.3", "1.3.6.1.4.1.9.1.2494",
		"Gi1/0/%d", "GigabitEthernet1/0/%d", 10101, 1e9, 8, 30, false, false, true},
	roleFirewall: {"fw", "FortiGate-100F v7.2.8", "1.3.6.1.4.1.12356.101.1.1005",
		"port%d", "port%d", 1, 1e9, 6, 24, false, false, true},
	roleAccess: {"sw-access", "Cisco IOS Software, C2960X-24TS-L, Version 15.2(7)E9", "1.3.6.1.4.1.9.1.1208",
		"Gi1/0/%d", "GigabitEthernet1/0/%d", 10101, 1e9, 8, 30, false, false, true},
	roleAccessPoint: {"ap", "Cisco AP Software, C9120AXI, Version 17.9.4", "1.3.6.1.4.1.9.1.2868",
		"wlan%d", "802.11 radio %d", 1, 1e9, 4, 4, false, false, false},
	roleServer: {"sv", "Linux 6.1.0-28-amd64 #1 SMP Debian x86_64", "1.3.6.1.4.1.8072.3.2.10",
		"eth%d", "Network adapter %d", 2, 1e9, 4, 4, false, true, true},
	rolePBX: {"pbx", "UNIVERGE SV9500", "1.3.6.1.4.1.119.1.84.28",
		"lan%d", "LAN interface %d", 1, 1e8, 4, 4, false, false, false},
	roleCamera: {"cam", "AXIS P3245-V Network Camera 10.12", "1.3.6.1.4.1.368.1.1",
		"", "Ethernet adapter %d", 1, 1e8, 4, 4, true, false, false},
}

// branch is what hangs on an access switch, in order.
var branch = [...]role{roleServer, roleCamera, roleAccessPoint, rolePBX, roleAccessPoint, roleServer, roleCamera}

// addressesPerOctet is how many devices share the third octet of an address.
const addressesPerOctet = 200

func newSite(random *rand.Rand, config Config, number, customer, devices int) Site {
	name := nameCustomer(customer)
	place := nameSite(number)
	site := Site{
		Customer:  name.name,
		Name:      place,
		Appliance: name.short + "-" + strings.ReplaceAll(strings.ToLower(place), " ", "-"),
		Syslog:    netip.AddrPortFrom(siteAddress(number, 0, 2), config.SyslogPort),

		Notifications: netip.AddrPortFrom(siteAddress(number, 0, 2), config.NotificationPort),
		Community:     name.short + "-ro",
	}
	switch number % 3 {
	case 1:
		site.Streams = true
	case 2:
		site.Relay = siteAddress(number, 0, 254)
	}
	counts := map[role]int{}
	add := func(role role, behind int) int {
		counts[role]++
		i := len(site.Devices)
		device := newDevice(random, config, role, counts[role], behind)
		device.Address = siteAddress(number, byte(1+i/addressesPerOctet), byte(10+i%addressesPerOctet))
		if behind >= 0 {
			device.Behind = site.Devices[behind].Name
		}
		site.Devices = append(site.Devices, device)
		return i
	}
	edge := add(roleEdge, -1)
	core := add(roleCore, edge)
	add(roleFirewall, edge)
	access := core
	for n := 0; len(site.Devices) < devices; n++ {
		if n%(len(branch)+1) == 0 {
			access = add(roleAccess, core)
			continue
		}
		add(branch[n%(len(branch)+1)-1], access)
	}
	return site
}

func newDevice(random *rand.Rand, config Config, role role, number, behind int) Device {
	model := &models[role]
	device := Device{
		Name:        fmt.Sprintf("%s-%d", model.prefix, number),
		SysDescr:    model.sysDescr,
		SysObjectID: model.sysObjectID,
		Only32Bit:   model.only32Bit,
		HostUptime:  model.hostUptime,
		EngineTime:  model.engineTime,
		role:        role,
		behind:      behind,
		uptime:      time.Duration(1+random.IntN(400*24*3600)) * time.Second,
	}
	interfaces := model.interfaces
	switch {
	case config.AllPorts:
		interfaces = model.ports
	case config.Devices > 1000:
		interfaces = 4
	}
	device.Interfaces = make([]Interface, 0, interfaces)
	for i := range interfaces {
		next := newInterface(random, model, role, i)
		if config.AllPorts && model.ports > 20 && i%2 == 1 {
			next.In.Mean, next.Out.Mean = 0, 0
		}
		device.Interfaces = append(device.Interfaces, next)
	}
	device.Sensors = newSensors(random, role)
	return device
}

func newInterface(random *rand.Rand, model *model, role role, i int) Interface {
	number := i
	if role == roleCore || role == roleAccess || role == roleFirewall {
		number = i + 1
	}
	next := Interface{
		Description: fmt.Sprintf(model.description, number),
		SpeedBps:    model.speed,
		index:       model.firstIndex + uint32(i),
		kind:        6, // ethernetCsmacd
		physAddress: [6]byte{0x02, byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32())},
	}
	next.Name = next.Description
	if model.name != "" {
		next.Name = fmt.Sprintf(model.name, number)
	}
	// Of the line rate; the low end is that of a port where little happens.
	low, high := 0.0005, 0.10
	switch {
	case role == roleEdge && i == 0:
		next.WAN = true
		next.SpeedBps = 1e8
		next.Alias = fmt.Sprintf("WAN 光回線 100M CID-%06d", random.IntN(1e6))
		low, high = 0.15, 0.40
	case i == 0:
		next.Alias = "trunk"
	}
	next.In = newFlow(random, next.SpeedBps, low, high)
	next.Out = newFlow(random, next.SpeedBps, low, high)
	next.counters = firstCounters(random)
	return next
}

// The sine of a flow is so slow and small that octets spread evenly over a gap of
// 30 s miss a minute's true sum by less than 0.3 %: at most
// amplitude * 2 pi / period * gap^2 / 8 / 60 s of it.
const (
	flowAmplitude = 0.05
	flowPeriodMin = 240
	flowPeriodMax = 600
)

func newFlow(random *rand.Rand, speed uint64, low, high float64) Flow {
	// Even in the logarithm: many quiet interfaces, a few busy ones.
	share := low * math.Pow(high/low, random.Float64())
	return Flow{
		Mean:      share * float64(speed) / 8,
		Amplitude: flowAmplitude * random.Float64(),
		Period:    flowPeriodMin + (flowPeriodMax-flowPeriodMin)*random.Float64(),
		Phase:     2 * math.Pi * random.Float64(),
	}
}

// firstCounters are what the counters show at the start: a past of some size.
func firstCounters(random *rand.Rand) counterSet {
	in, out := random.Uint64N(1<<48), random.Uint64N(1<<48)
	return counterSet{
		inOctets: in, outOctets: out,
		inUcast: in / meanInPacket, outUcast: out / meanOutPacket,
		inMulticast: in / 50000, outMulticast: out / 80000,
		inBroadcast: in / 90000, outBroadcast: out / 120000,
		inErrors: random.Uint64N(2000), outErrors: random.Uint64N(200),
		inDiscards: random.Uint64N(5000), outDiscards: random.Uint64N(5000),
	}
}
