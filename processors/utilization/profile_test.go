package utilization

import (
	"context"
	"strings"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

var (
	aoba     = sample.CustomerID("Aoba")
	sendai   = sample.SiteID("Aoba", "Sendai")
	edge     = sample.DeviceID("Aoba", "Sendai", "edge-1")
	registry = storage.Registry{
		Customers: []storage.Customer{{ID: aoba, Name: "Aoba"}},
		Sites:     []storage.Site{{ID: sendai, Customer: aoba, Name: "Sendai"}},
		Devices:   []storage.Device{{ID: edge, Name: "edge-1"}},
	}
)

// port is what an agent says of an interface of edge-1.
type port struct {
	name, alias, description string
	kind                     uint32
	speed                    uint64
}

// identities are the ports, each in a message of its own from the offset on.
func identities(offset int64, ports ...port) *storage.Batch {
	rows := &sample.InterfaceIdentities{}
	table := &storage.Table{Rows: rows}
	for i, p := range ports {
		table.Customer = append(table.Customer, aoba)
		table.Site = append(table.Site, sendai)
		table.Offset = append(table.Offset, offset+int64(i))
		table.SlotMs = append(table.SlotMs, 1000*(offset+int64(i)))
		rows.Device = append(rows.Device, edge)
		rows.Interface = append(rows.Interface, sample.InterfaceID(edge, p.name))
		rows.Name = append(rows.Name, p.name)
		rows.Alias = append(rows.Alias, p.alias)
		rows.Description = append(rows.Description, p.description)
		rows.IfType = append(rows.IfType, p.kind)
		rows.SpeedBps = append(rows.SpeedBps, p.speed)
	}
	return &storage.Batch{Tables: map[sample.Kind]*storage.Table{sample.KindInterfaceIdentities: table}}
}

func profileOf(t *testing.T, cfg Config, p port) storage.LinkProfile {
	t.Helper()
	var derived storage.Derived
	if err := New(rulesOf(t, cfg)).Process(context.Background(), identities(9, p), &derived); err != nil {
		t.Fatal(err)
	}
	return derived.Links[0].LinkProfile
}

func TestEachTestOfARule(t *testing.T) {
	matching := port{name: "Gi0/0", alias: "to the carrier", description: "GigabitEthernet0/0", kind: 6, speed: 1e9}
	for name, test := range map[string]struct {
		rule Rule
		want bool
	}{
		"no test":               {Rule{}, true},
		"name":                  {Rule{Name: "^Gi"}, true},
		"another name":          {Rule{Name: "^Te"}, false},
		"alias":                 {Rule{Alias: "(?i)CARRIER"}, true},
		"another alias":         {Rule{Alias: "lan"}, false},
		"description":           {Rule{Description: "^Gigabit"}, true},
		"another description":   {Rule{Description: "^Ten"}, false},
		"type by name":          {Rule{Types: []string{"ppp", "ethernetCsmacd"}}, true},
		"type by number":        {Rule{Types: []string{"6"}}, true},
		"another type":          {Rule{Types: []string{"tunnel", "135"}}, false},
		"lowest speed":          {Rule{MinSpeed: "1G"}, true},
		"slower than that":      {Rule{MinSpeed: "1.1G"}, false},
		"highest speed":         {Rule{MaxSpeed: "1000000000"}, true},
		"faster than that":      {Rule{MaxSpeed: "100M"}, false},
		"customer":              {Rule{Customer: "^Aoba$"}, true},
		"another customer":      {Rule{Customer: "Zen"}, false},
		"site":                  {Rule{Site: "^Sen"}, true},
		"another site":          {Rule{Site: "Osaka"}, false},
		"device":                {Rule{Device: "^edge-"}, true},
		"another device":        {Rule{Device: "^sw-"}, false},
		"all but one of many":   {Rule{Name: "^Gi", Types: []string{"6"}, Device: "^sw-"}, false},
		"all of many":           {Rule{Name: "^Gi", Types: []string{"6"}, Device: "^edge-", MinSpeed: "1M", MaxSpeed: "1T"}, true},
		"a name that is longer": {Rule{Name: "^Gi0/0$"}, true},
	} {
		test.rule.Kind, test.rule.Rule = "wan", "it"
		got := profileOf(t, Config{WAN: "^$", Rules: []Rule{test.rule}}, matching)
		if (got.Kind == storage.LinkWAN) != test.want || (got.Rule == "it") != test.want {
			t.Errorf("%s: %+v, want a match: %t", name, got, test.want)
		}
	}
	// Of a speed nobody knows nothing can be said.
	unknown := matching
	unknown.speed = 0
	for _, rule := range []Rule{{Kind: "wan", MinSpeed: "1k"}, {Kind: "wan", MaxSpeed: "1T"}} {
		if got := profileOf(t, Config{Rules: []Rule{rule}, WAN: "^$"}, unknown); got.Kind != storage.LinkLAN {
			t.Errorf("%+v took an interface of unknown speed: %+v", rule, got)
		}
	}
}

func TestTheFirstRuleHoldsAndALinkOverridesIt(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Rules = []Rule{
		{Alias: "backup", Kind: "ignored"},
		{Rule: "radio", Alias: "radio", Kind: "wan", Duplex: "half", Tx: "10M", Rx: "1.5M"},
		{Alias: "radio", Kind: "lan"},
		{Alias: "wan to nowhere", Kind: "lan"},
	}
	cfg.Links = []Link{
		{Customer: "Aoba", Site: "Sendai", Device: "edge-1", Interface: "Gi0/7", Tx: "50M", Duplex: "full"},
		{Customer: "Aoba", Site: "Sendai", Device: "edge-1", Interface: "Gi0/8", Kind: "wan"},
		{Customer: "Aoba", Site: "Sendai", Device: "edge-2", Interface: "Gi0/9", Kind: "wan"},
	}
	for p, want := range map[port]storage.LinkProfile{
		{name: "Gi0/1", alias: "backup radio"}:   {Kind: storage.LinkIgnored, Rule: "rules[0]"},
		{name: "Gi0/2", alias: "radio"}:          {Kind: storage.LinkWAN, HalfDuplex: true, TxBps: 10e6, RxBps: 1.5e6, Rule: "radio"},
		{name: "Gi0/3", alias: "wan to nowhere"}: {Kind: storage.LinkLAN, Rule: "rules[3]"},
		{name: "Gi0/4", alias: "WAN to Tokyo"}:   {Kind: storage.LinkWAN, Rule: "wan"},
		{name: "Gi0/5", alias: "desks"}:          {},
		{name: "Gi0/7", alias: "radio"}:          {Kind: storage.LinkWAN, TxBps: 50e6, RxBps: 1.5e6, Rule: "radio, links[0]"},
		{name: "Gi0/8", alias: "desks"}:          {Kind: storage.LinkWAN, Rule: "links[1]"},
		{name: "Gi0/9", alias: "desks"}:          {}, // of another device
	} {
		if got := profileOf(t, cfg, p); got != want {
			t.Errorf("%+v: %+v, want %+v", p, got, want)
		}
	}
}

// stored is a store with the identities of a batch.
type stored struct{ batch *storage.Batch }

func (s stored) Raw(_ context.Context, query storage.RawQuery) (*storage.Batch, error) {
	if query.Partition != 3 || query.Before != 50 || query.After != -1 {
		panic("asked for something else")
	}
	return s.batch, nil
}

func TestChangedRulesTakeHoldOfKnownInterfaces(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Rules = []Rule{{Alias: "radio", Kind: "wan", Duplex: "half"}}
	figure := New(rulesOf(t, cfg))
	known := identities(10, port{name: "Gi0/1", alias: "radio"}, port{name: "Gi0/2", alias: "radio"}, port{name: "Gi0/1", alias: "desks"})
	links, err := figure.Restore(context.Background(), stored{known}, 3, 50)
	if err != nil || len(links) != 2 {
		t.Fatalf("%+v, error %v, want one link for each of two interfaces", links, err)
	}
	for _, made := range links {
		want := storage.LinkProfile{}
		if made.Interface == sample.InterfaceID(edge, "Gi0/2") {
			want = storage.LinkProfile{Kind: storage.LinkWAN, HalfDuplex: true, Rule: "rules[0]"}
		}
		if made.LinkProfile != want || made.Offset != 49 {
			t.Errorf("%+v, want %+v with offset 49", made, want)
		}
	}
	// What is half-duplex is known from the first row on.
	if !figure.isHalf(aoba, sample.InterfaceID(edge, "Gi0/2")) || figure.isHalf(aoba, sample.InterfaceID(edge, "Gi0/1")) || figure.isHalf(aoba+1, sample.InterfaceID(edge, "Gi0/2")) {
		t.Error("the duplex of known interfaces was not restored")
	}
	if other := rulesOf(t, DefaultConfig()); other.Revision() == figure.rules.Revision() || other.Revision() != rulesOf(t, DefaultConfig()).Revision() {
		t.Error("a revision does not tell configurations apart")
	}
}

// An identity that is older than what is known, or is sent again, changes nothing,
// whether it is met live or restored.
func TestAnOlderIdentityChangesNothing(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Rules = []Rule{{Alias: "radio", Kind: "wan", Duplex: "half"}}
	batch := identities(10, port{name: "Gi0/1", alias: "radio"}, port{name: "Gi0/1", alias: "desks"}, port{name: "Gi0/1", alias: "desks"})
	batch.Table(sample.KindInterfaceIdentities).SlotMs = []int64{5000, 4000, 5000}
	of := sample.InterfaceID(edge, "Gi0/1")

	live := New(rulesOf(t, cfg))
	var derived storage.Derived
	if err := live.Process(context.Background(), batch, &derived); err != nil {
		t.Fatal(err)
	}
	if len(derived.Links) != 1 || !derived.Links[0].HalfDuplex || derived.Links[0].Offset != 10 || !live.isHalf(aoba, of) {
		t.Errorf("live: %+v", derived.Links)
	}
	restored := New(rulesOf(t, cfg))
	links, err := restored.Restore(context.Background(), stored{batch}, 3, 50)
	if err != nil || len(links) != 1 || !links[0].HalfDuplex || !restored.isHalf(aoba, of) {
		t.Errorf("restored: %+v, error %v", links, err)
	}
	// What is newer than that holds again, and what was restored is known to be as old.
	derived.Links = nil
	next := identities(60, port{name: "Gi0/1", alias: "radio"}, port{name: "Gi0/1", alias: "desks"})
	next.Table(sample.KindInterfaceIdentities).SlotMs = []int64{4999, 6000}
	if err := restored.Process(context.Background(), next, &derived); err != nil {
		t.Fatal(err)
	}
	if len(derived.Links) != 1 || derived.Links[0].Offset != 61 || restored.isHalf(aoba, of) {
		t.Errorf("later: %+v", derived.Links)
	}
}

func TestHalfDuplexCarriesItsSpeedOnce(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Rules = []Rule{{Alias: "radio", Kind: "wan", Duplex: "half", Tx: "1M", Rx: "1M"}}
	const second = 1e8 / 8 // octets a second at 100 Mbit/s
	for duplex, alias := range map[string]string{"half": "radio", "full": "fibre"} {
		batch := batchOf(line{interval: 10_000, speed: 1e8, width: 64, in: 6 * second, out: 6 * second},
			line{interval: 10_000, speed: 1e8, width: 64, in: 5 * second, out: 5 * second})
		rows := batch.Table(sample.KindInterfaces).Rows.(*sample.Interfaces)
		names := identities(9, port{name: "Gi0/1", alias: alias})
		for i := range rows.Interface {
			rows.Interface[i] = sample.InterfaceID(edge, "Gi0/1")
			batch.Table(sample.KindInterfaces).Customer[i] = aoba
		}
		batch.Tables[sample.KindInterfaceIdentities] = names.Table(sample.KindInterfaceIdentities)
		var derived storage.Derived
		if err := New(rulesOf(t, cfg)).Process(context.Background(), batch, &derived); err != nil {
			t.Fatal(err)
		}
		// 120 Mbit/s in all; a subrate of 1 Mbit/s changes nothing of what is plausible.
		want := storage.GapNone
		if duplex == "half" {
			want = storage.GapImplausible
		}
		if got := derived.Utilization.Gap; got[0] != want || got[1] != storage.GapNone {
			t.Errorf("%s duplex: gaps %q, want %q and none", duplex, got, want)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	whole := Link{Customer: "Aoba", Site: "Sendai", Device: "edge-1", Interface: "Gi0/0", Kind: "wan"}
	for want, spoil := range map[string]func(*Config){
		"wan is not a regular expression":                   func(c *Config) { c.WAN = "(" },
		"rules[0]: name is not a regular expression":        func(c *Config) { c.Rules[0].Name = "[" },
		"rules[1]: site is not a regular expression":        func(c *Config) { c.Rules[1].Site = "*" },
		`rules[0]: types has "ethernet", which is no type`:  func(c *Config) { c.Rules[0].Types = []string{"ethernet"} },
		"is written ethernetCsmacd (6)":                     func(c *Config) { c.Rules[0].Types = []string{"ethernetcsmacd"} },
		`rules[0]: types has "0"`:                           func(c *Config) { c.Rules[0].Types = []string{"0"} },
		`rules[0]: min_speed is "fast"`:                     func(c *Config) { c.Rules[0].MinSpeed = "fast" },
		"rules[0]: min_speed 1G is above max_speed 10M":     func(c *Config) { c.Rules[0].MinSpeed, c.Rules[0].MaxSpeed = "1G", "10M" },
		"rules[1]: kind is missing":                         func(c *Config) { c.Rules[1].Kind = "" },
		`rules[0]: kind is "uplink"`:                        func(c *Config) { c.Rules[0].Kind = "uplink" },
		`rules[0]: duplex is "auto": use full or half`:      func(c *Config) { c.Rules[0].Duplex = "auto" },
		`rules[0]: tx is "0": write bits a second above 0`:  func(c *Config) { c.Rules[0].Tx = "0" },
		`rules[0]: rx is "-10M"`:                            func(c *Config) { c.Rules[0].Rx = "-10M" },
		`links[0]: rx is "10Mbps"`:                          func(c *Config) { c.Links[0].Rx = "10Mbps" },
		"links[0]: device is missing":                       func(c *Config) { c.Links[0].Device = "" },
		"links[0]: it says nothing":                         func(c *Config) { c.Links[0].Kind = "" },
		"links[1]: Aoba / Sendai / edge-1 / Gi0/0 is in li": func(c *Config) { c.Links = append(c.Links, whole) },
	} {
		cfg := DefaultConfig()
		cfg.Rules = []Rule{{Kind: "wan", Types: []string{"ppp"}, Tx: "64k"}, {Kind: "lan"}}
		cfg.Links = []Link{whole}
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "utilization: ") {
			t.Errorf("got %v, want it to say %q", err, want)
		}
		if _, err := NewRules(cfg, registry); err == nil {
			t.Errorf("rules were made although %q", want)
		}
	}
}

func TestRates(t *testing.T) {
	for text, want := range map[string]uint64{"": 0, "64k": 64_000, "100K": 100_000, "1.5M": 1_500_000, "10G": 1e10, "1T": 1e12, "9600": 9600, " 10M ": 1e7} {
		if got, err := rate("tx", text); err != nil || got != want {
			t.Errorf("%q: %d, error %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "0.4", "-1", "M", "1MM", "ten", "NaN", "inf", "1e99", "10 Mbit", "1P"} {
		if got, err := rate("tx", text); err == nil {
			t.Errorf("%q was taken for %d bit/s", text, got)
		}
	}
}
