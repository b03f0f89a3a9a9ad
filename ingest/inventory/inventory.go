package inventory

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"mimamori/ingest/sample"
	"mimamori/ingest/signature"
)

// Config is the inventory as it stands in the configuration file.
type Config struct {
	// Customers of the partner.
	Customers []Customer `yaml:"customers"`
}

// Customer is a customer of the partner. Names are unique among customers.
type Customer struct {
	// Name is what ids are made from: a customer renamed is another customer.
	Name string `yaml:"name"`
	// Sites of the customer, each with an appliance.
	Sites []Site `yaml:"sites"`
}

// Site is a place with an appliance. Names are unique within the customer.
type Site struct {
	// Name of the site; ids are made from it.
	Name string `yaml:"name"`
	// Appliance that polls the site.
	Appliance Appliance `yaml:"appliance"`
	// Devices of the site.
	Devices []Device `yaml:"devices"`
	// Paths are voice paths that begin at the appliance.
	Paths []Path `yaml:"paths"`
	// Contact is whom to call about the site. Pages show it to the partner and to the
	// customer; only the centre's file needs it.
	Contact Contact `yaml:"contact"`
	// Runbook says what to do when the site is in trouble: a link that begins with https://,
	// or a short text of up to 1000 characters. The partner alone sees it.
	Runbook string `yaml:"runbook"`
}

// Appliance polls the devices of its site.
type Appliance struct {
	// Name of the appliance; ids are made from it.
	Name string `yaml:"name"`
	// Uplink is the broker address of this appliance alone, host:port or
	// unix:/path. Empty means ingest.bus.brokers.
	Uplink string `yaml:"uplink"`
	// PublicKeys are the keys of which one signs every block of this appliance: the centre
	// refuses any other in its name. Base64, as mimamori appliance key prints it. Two while
	// a key is being changed; none means that blocks need no signature.
	PublicKeys []string `yaml:"public_keys"`
	// PrivateKeyFile is the file of the key that the appliance signs with, which mimamori
	// appliance key makes. Only the machine that polls needs it. Relative paths count from
	// the configuration file. Empty means that blocks are not signed.
	PrivateKeyFile string `yaml:"private_key_file"`
	// Syslog says where syslog is received and how it is told whose a line is. An address
	// alone, as in 0.0.0.0:514, means UDP there. Absent means that none is received.
	Syslog *Syslog `yaml:"syslog"`
	// Notifications says where SNMP traps and informs are received and from whom they
	// are taken. Absent means that none are.
	Notifications *Notifications `yaml:"notifications"`
}

// Device is a network device. Names are unique within the site.
type Device struct {
	// Name of the device; ids are made from it.
	Name string `yaml:"name"`
	// Address is an IP address or a host name.
	Address string `yaml:"address"`
	// Behind is the name of the device it is reached through, at the same site.
	// Empty means that it is reached directly.
	Behind string `yaml:"behind"`
	// NoPing leaves it out of the pings. Without SNMP too it is known by the syslog and
	// the notifications it sends alone: whether it is up is not measured.
	NoPing bool `yaml:"no_ping"`
	// SNMP is how its agent is asked. Absent means that it is not polled by SNMP.
	SNMP *SNMP `yaml:"snmp"`
}

// SNMP says how a device's agent is asked.
type SNMP struct {
	// Port of the agent. 0 means 161.
	Port uint16 `yaml:"port"`
	// Version of the protocol: 1, 2c or 3. Empty means 3 where there is a user, else 2c.
	Version string `yaml:"version"`
	// Community of versions 1 and 2c.
	Community string `yaml:"community"`
	// User of version 3.
	User *SNMPUser `yaml:"user"`
	// Profile is the device profile to use. Empty means the one that fits the
	// device's sysObjectID.
	Profile string `yaml:"profile"`
}

// SNMPUser is a user of SNMP v3 (RFC 3414) and what protects its messages. Without
// auth nothing does (noAuthNoPriv), without privacy they may be read (authNoPriv).
type SNMPUser struct {
	// Name of the user, the securityName.
	Name string `yaml:"name"`
	// Auth is the authentication protocol: MD5, SHA-1, SHA-224, SHA-256, SHA-384 or
	// SHA-512 (RFC 3414, RFC 7860). Empty means none.
	Auth string `yaml:"auth"`
	// AuthPassword has at least 8 characters.
	AuthPassword string `yaml:"auth_password"`
	// Privacy is the encryption: DES, AES-128 (RFC 3826), AES-192, AES-256, or
	// AES-192-C and AES-256-C, whose keys are extended as Cisco's devices do. Empty
	// means none.
	Privacy string `yaml:"privacy"`
	// PrivacyPassword has at least 8 characters.
	PrivacyPassword string `yaml:"privacy_password"`
	// Context is the contextName that is asked. Empty is the default context.
	Context string `yaml:"context"`
}

// Path is a voice path: from the appliance to a STAMP reflector and back.
type Path struct {
	// Name of the path; ids are made from it.
	Name string `yaml:"name"`
	// Target is the reflector's host:port. The port may be left out and is 862 then.
	Target string `yaml:"target"`
	// Codec whose stream is imitated, by the names voice probe takes too: g711, g729a+vad,
	// G.722. Empty means G.711.
	Codec string `yaml:"codec"`
	// AuthenticationKey is the key of STAMP's authenticated mode, which the reflector
	// has too: 16 to 64 octets as hexadecimal digits, or "base64:" and base64. Empty
	// means the unauthenticated mode.
	AuthenticationKey string `yaml:"authentication_key"`
}

// Station is an appliance's view of the inventory: itself and what it polls.
type Station struct {
	Customer, Site string
	CustomerID     sample.ID
	SiteID         sample.ID
	ApplianceID    sample.ID
	Appliance      Appliance
	Devices        []StationDevice
	Paths          []StationPath
	Contact        Contact
	Runbook        string
}

// StationDevice is a device with its id.
type StationDevice struct {
	ID       sample.ID
	BehindID sample.ID // 0 where it is reached directly
	Device
}

// StationPath is a voice path with its id.
type StationPath struct {
	ID sample.ID
	Path
}

// DefaultCodec is the codec of a path that names none.
const DefaultCodec = "G.711"

// Stations returns the view of every appliance, in the order of the configuration,
// with defaults filled in. The configuration must be valid.
func (c Config) Stations() []Station {
	var stations []Station
	for _, customer := range c.Customers {
		for _, site := range customer.Sites {
			station := Station{
				Customer: customer.Name, Site: site.Name,
				CustomerID:  sample.CustomerID(customer.Name),
				SiteID:      sample.SiteID(customer.Name, site.Name),
				ApplianceID: sample.ApplianceID(customer.Name, site.Name, site.Appliance.Name),
				Appliance:   site.Appliance.resolved(),
				Contact:     site.Contact,
				Runbook:     strings.TrimSpace(site.Runbook),
			}
			for _, device := range site.Devices {
				device.SNMP = device.SNMP.Resolved()
				resolved := StationDevice{ID: sample.DeviceID(customer.Name, site.Name, device.Name), Device: device}
				if device.Behind != "" {
					resolved.BehindID = sample.DeviceID(customer.Name, site.Name, device.Behind)
				}
				station.Devices = append(station.Devices, resolved)
			}
			for _, path := range site.Paths {
				if path.Codec == "" {
					path.Codec = DefaultCodec
				}
				if _, _, err := net.SplitHostPort(path.Target); err != nil {
					path.Target = net.JoinHostPort(path.Target, "862")
				}
				station.Paths = append(station.Paths, StationPath{ID: sample.PathID(customer.Name, site.Name, path.Name), Path: path})
			}
			stations = append(stations, station)
		}
	}
	return stations
}

// Problem is one thing wrong with the inventory, with the YAML path of the value.
type Problem struct {
	Path   string // as in $.customers[0].sites[1].name, below the inventory's key
	Reason string // what is wrong and what to do
}

func (p Problem) Error() string { return p.Path + ": " + p.Reason }

// Validate returns every problem of the inventory, joined; each is a Problem.
func (c Config) Validate() error {
	check := checker{}
	customers := names{}
	for i, customer := range c.Customers {
		at := fmt.Sprintf("$.customers[%d]", i)
		check.name(at, customer.Name, customers, "customer")
		sites := names{}
		for j, site := range customer.Sites {
			check.site(fmt.Sprintf("%s.sites[%d]", at, j), site, sites)
		}
	}
	return errors.Join(check.problems...)
}

type names map[string]bool

type checker struct{ problems []error }

func (c *checker) report(path, format string, arguments ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, arguments...)})
}

func (c *checker) name(at, name string, seen names, what string) {
	switch {
	case strings.TrimSpace(name) == "":
		c.report(at, "the %s has no name: add name:", what)
	case seen[name]:
		c.report(at+".name", "there are two %ss named %q: names must be unique here, rename one", what, name)
	}
	seen[name] = true
}

func (c *checker) site(at string, site Site, seen names) {
	c.name(at, site.Name, seen, "site")
	if strings.TrimSpace(site.Appliance.Name) == "" {
		c.report(at, "the site has no appliance: add appliance: with a name:")
	}
	for i, key := range site.Appliance.PublicKeys {
		if _, err := signature.ParsePublicKey(key); err != nil {
			c.report(fmt.Sprintf("%s.appliance.public_keys[%d]", at, i), "public_keys: %v", err)
		}
	}
	if site.Appliance.Syslog != nil {
		c.problems = append(c.problems, site.Appliance.Syslog.problems(at+".appliance.syslog")...)
	}
	if site.Appliance.Notifications != nil {
		c.problems = append(c.problems, site.Appliance.Notifications.Problems(at+".appliance.notifications")...)
	}
	c.contact(at, site)
	devices := names{}
	addresses := map[string]string{}
	for i, device := range site.Devices {
		here := fmt.Sprintf("%s.devices[%d]", at, i)
		c.name(here, device.Name, devices, "device")
		switch {
		case device.Address == "":
			c.report(here, "the device has no address: add address: with an IP address or host name")
		case !isHost(device.Address):
			c.report(here+".address", "%q is neither an IP address nor a host name", device.Address)
		case addresses[device.Address] != "":
			c.report(here+".address", "%s is the address of %q too: give each device its own", device.Address, addresses[device.Address])
		}
		addresses[device.Address] = device.Name
		if device.SNMP != nil {
			c.problems = append(c.problems, device.SNMP.Problems(here+".snmp")...)
		}
		if device.NoPing && device.SNMP == nil && !site.Appliance.receives() {
			c.report(here, "the device is neither pinged nor polled by SNMP, and nothing is received from it: remove no_ping:, add snmp:, or give the appliance syslog: or notifications:")
		}
	}
	c.behind(at, site.Devices, devices)
	paths := names{}
	for i, path := range site.Paths {
		here := fmt.Sprintf("%s.paths[%d]", at, i)
		c.name(here, path.Name, paths, "path")
		host := path.Target
		if split, port, err := net.SplitHostPort(path.Target); err == nil {
			host = split
			if _, err := net.LookupPort("udp", port); err != nil {
				c.report(here+".target", "%q is not a port", port)
			}
		}
		if !isHost(host) {
			c.report(here+".target", "%q is not a host or host:port", path.Target)
		}
	}
}

// behind checks that every way leads to a known device and never in a circle.
func (c *checker) behind(at string, devices []Device, known names) {
	next := map[string]string{}
	for _, device := range devices {
		next[device.Name] = device.Behind
	}
	for i, device := range devices {
		if device.Behind == "" {
			continue
		}
		here := fmt.Sprintf("%s.devices[%d].behind", at, i)
		if !known[device.Behind] {
			c.report(here, "there is no device %q at this site", device.Behind)
			continue
		}
		steps := 0
		for name := device.Behind; name != ""; name = next[name] {
			if steps++; name == device.Name || steps > len(devices) {
				c.report(here, "%q is behind itself: a way must end at a device that is behind nothing", device.Name)
				break
			}
		}
	}
}

func isHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "" || len(host) > 253 {
		return false
	}
	for _, label := range strings.Split(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
	}
	// Four numbers that are no address are a typing error, not a name.
	last := host[strings.LastIndex(host, ".")+1:]
	return strings.Trim(last, "0123456789") != ""
}
