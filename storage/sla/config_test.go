package sla

import (
	"strings"
	"testing"

	"mimamori/storage/calendar"
)

func sound() Config {
	return Config{
		Calendars: map[string]calendar.Config{"office": {TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 09:00-18:00"}, Holidays: []string{"JP"}}},
		Contracts: []Contract{{Customer: "acme", Calendar: "office", TargetPct: 99.9}, {Customer: "zen", Calendar: AroundTheClock}},
		Groups: []Group{
			{Name: "internet", Customer: "acme", Kind: Parallel, Members: []Member{{Site: "tokyo", Device: "a"}, {Site: "tokyo", Device: "b"}}},
			{Name: "mail", Customer: "acme", Kind: KOfN, K: 2, Members: []Member{{Group: "internet"}, {Site: "osaka", Device: "c"}, {Site: "osaka", Device: "d"}}},
			{Name: "internet", Customer: "zen", Kind: Series, Members: []Member{{Site: "kyoto", Device: "a"}}},
		},
	}
}

// inventory knows customers, and of each its devices as "site/device".
type inventory map[string][]string

func (i inventory) HasCustomer(customer string) bool { return i[customer] != nil }

func (i inventory) HasDevice(customer, site, device string) bool {
	for _, known := range i[customer] {
		if known == site+"/"+device {
			return true
		}
	}
	return false
}

func TestASoundConfiguration(t *testing.T) {
	if err := sound().Validate(); err != nil {
		t.Error(err)
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if names := sound().CalendarNames(); len(names) != 2 || names[0] != AroundTheClock || names[1] != "office" {
		t.Errorf("calendars %q", names)
	}
}

func TestWhatIsWrongBeginsWithItsKey(t *testing.T) {
	for _, test := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Calendars[AroundTheClock] = c.Calendars["office"] }, "calendars: \"24x7\" cannot be"},
		{func(c *Config) { c.Calendars["shop"] = calendar.Config{Hours: []string{"24x7"}} }, "calendars: shop: time_zone"},
		{func(c *Config) { c.Contracts[1].Customer = "" }, "contracts[1]: the contract has no customer"},
		{func(c *Config) { c.Contracts[1].Customer = "acme" }, "contracts[1]: customer \"acme\" has two contracts"},
		{func(c *Config) { c.Contracts[0].Calendar = "shop" }, "contracts[0]: calendar: there is no calendar \"shop\""},
		{func(c *Config) { c.Contracts[0].TargetPct = 101 }, "contracts[0]: target_pct: is 101"},
		{func(c *Config) { c.Contracts[0].TargetPct = -1 }, "contracts[0]: target_pct: is -1"},
		{func(c *Config) { c.Groups[0].Name = "" }, "groups[0]: the group has no name"},
		{func(c *Config) { c.Groups[0].Customer = "" }, "groups[0]: the group has no customer"},
		{func(c *Config) { c.Groups[2].Customer = "acme" }, "groups[2]: name: customer \"acme\" has two groups"},
		{func(c *Config) { c.Groups[0].Kind = "any" }, "groups[0]: kind: is \"any\""},
		{func(c *Config) { c.Groups[0].Members = nil }, "groups[0]: the group has no members"},
		{func(c *Config) { c.Groups[1].K = 4 }, "groups[1]: k: is 4: use 1 to 3"},
		{func(c *Config) { c.Groups[1].K = 0 }, "groups[1]: k: is 0"},
		{func(c *Config) { c.Groups[0].K = 1 }, "groups[0]: k: is for kind k_of_n alone"},
		{func(c *Config) { c.Groups[0].Members[1] = c.Groups[0].Members[0] }, "groups[0]: members[1]: is there twice"},
		{func(c *Config) { c.Groups[0].Members[1] = Member{Site: "tokyo"} }, "groups[0]: members[1]: names no device"},
		{func(c *Config) { c.Groups[0].Members[1].Group = "mail" }, "groups[0]: members[1]: is a device and a group"},
		{func(c *Config) { c.Groups[1].Members[0].Group = "web" }, "groups[1]: members[0]: customer \"acme\" has no group \"web\""},
		{func(c *Config) { c.Groups[2].Members[0] = Member{Group: "mail"} }, "groups[2]: members[0]: customer \"zen\" has no group \"mail\""},
		{func(c *Config) { c.Groups[0].Members[0] = Member{Group: "mail"} }, "groups[0]: members[0]: group \"mail\" rests on \"internet\" in turn"},
		{func(c *Config) { c.Groups[0].Members[0] = Member{Group: "internet"} }, "groups[0]: members[0]: group \"internet\" rests on \"internet\""},
	} {
		config := sound()
		test.change(&config)
		if err := config.Validate(); err == nil || !strings.HasPrefix(err.Error(), test.want) && !strings.Contains(err.Error(), "\n"+test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func TestTheInventoryKnowsTheNames(t *testing.T) {
	known := inventory{"acme": {"tokyo/a", "tokyo/b", "osaka/c", "osaka/d"}, "zen": {"kyoto/a"}}
	if err := sound().Check(known); err != nil {
		t.Error(err)
	}
	config := sound()
	config.Contracts[1].Customer = "zem"
	config.Groups[1].Members[1].Site = "tokyo"
	config.Groups[2].Customer = "zem"
	err := config.Check(known)
	for _, want := range []string{"contracts[1]: customer: there is no customer \"zem\"", "groups[1]: members[1]: acme has no device \"c\" at a site \"tokyo\"", "groups[2]: customer: there is no customer \"zem\""} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
