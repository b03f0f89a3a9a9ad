package ticket

import (
	"strings"
	"testing"
	"time"

	"mimamori/storage/calendar"
)

func TestTheDefaultsAreRight(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongBeginsWithItsKey(t *testing.T) {
	for _, test := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.PhoneCalls = []Severity{S1, "S0"} }, `phone_calls[1]: there is no severity "S0": use one of ["S1" "S2" "S3" "S4"]`},
		{func(c *Config) { c.Plans["gold"] = Plan{FirstResponse: Targets{"5m", "5m", "often", "5m"}} }, `plans: gold: first_response: S3: "often" is no target: write a time such as 15m or 24h, or next business day`},
		{func(c *Config) { c.Plans["gold"] = Plan{FirstResponse: Targets{S1: "5m", S2: "5m", S3: "5m"}} }, "plans: gold: first_response: S4 has no target"},
		{func(c *Config) {
			c.Plans["gold"] = Plan{FirstResponse: Targets{"5m", "5m", "5m", "5m"}, Update: Targets{S2: "1001h"}}
		}, "plans: gold: update: S2: is 1001h: use 1m to 1000h0m0s"},
		{func(c *Config) { c.Plans["gold"] = Plan{FirstResponse: Targets{"5s", "5m", "5m", "5m"}} }, "plans: gold: first_response: S1: is 5s"},
		{func(c *Config) { c.Plans[""] = c.Plans["basic"] }, "plans: a plan has no name"},
		{func(c *Config) { c.Desks[""] = c.Desks["japan"] }, "desks: a desk has no name"},
		{func(c *Config) { c.Desks["own"] = Desk{} }, "desks: own: calendar: time_zone: no time zone"},
		{func(c *Config) { c.Desks["own"] = Desk{} }, "desks: own: calendar: hours: there are none"},
		{func(c *Config) {
			c.Desks["own"] = Desk{Calendar: calendar.Config{TimeZone: "UTC", Hours: []string{"Mon 09:00-09:59"}}}
		}, "desks: own: calendar: hours are 59m0s a week: use at least 1h0m0s"},
		{func(c *Config) { c.DefaultPlan = "gold" }, `default_plan: there is no plan "gold": use one of ["basic" "enhanced" "premium"]`},
		{func(c *Config) { c.DefaultDesk = "" }, `default_desk: there is no desk ""`},
		{func(c *Config) { c.Customers = []Customer{{Plan: "premium"}} }, "customers[0]: has no customer"},
		{func(c *Config) { c.Customers = []Customer{{Customer: "acme"}, {Customer: "acme"}} }, `customers[1]: customer: "acme" is there twice`},
		{func(c *Config) { c.Customers = []Customer{{Customer: "acme", Plan: "gold"}} }, `customers[0]: plan: there is no plan "gold"`},
		{func(c *Config) { c.Customers = []Customer{{Customer: "acme", Desk: "moon"}} }, `customers[0]: desk: there is no desk "moon"`},
		{func(c *Config) { c.OutOfHours.Severities = []Severity{"all"} }, `out_of_hours: severities[0]: there is no severity "all"`},
		{func(c *Config) { c.OutOfHours.Desk = "" }, `out_of_hours: desk: there is no desk ""`},
		{func(c *Config) { c.UpdateHours = "office" }, `update_hours: is "office": use elapsed or business`},
		{func(c *Config) { c.Escalation.S2.Hours = "" }, `escalation: S2: hours: is "": use elapsed or business`},
		{func(c *Config) { c.Escalation.S2.Steps = []Step{{"", 0}} }, "escalation: S2: steps[0]: names nobody"},
		{func(c *Config) { c.Escalation.S2.Steps = []Step{{"analyst", -time.Minute}} }, "escalation: S2: steps[0]: after: is -1m0s"},
		{func(c *Config) { c.Escalation.S2.Steps = []Step{{"analyst", time.Hour}, {"VP", time.Hour}} }, "escalation: S2: steps[1]: after: is 1h0m0s, and the step before is at 1h0m0s"},
	} {
		config := DefaultConfig()
		test.change(&config)
		err := config.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), test.want) && !strings.Contains(err.Error(), "\n"+test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
		if _, err := New(config); err == nil {
			t.Errorf("%s: rules were made of it", test.want)
		}
	}
}

func TestADeskThatNothingGoesToNeedsNoName(t *testing.T) {
	config := DefaultConfig()
	config.OutOfHours = OutOfHours{}
	if err := config.Validate(); err != nil {
		t.Error(err)
	}
}

type inventory map[string]bool

func (i inventory) HasCustomer(customer string) bool { return i[customer] }

func TestTheInventoryKnowsTheCustomers(t *testing.T) {
	config := DefaultConfig()
	config.Customers = []Customer{{Customer: "acme"}, {Customer: "zem"}}
	err := config.Check(inventory{"acme": true})
	if err == nil || err.Error() != `customers[1]: customer: there is no customer "zem" in the inventory` {
		t.Errorf("got %v", err)
	}
}

func TestWhatWasAgreedWithWhom(t *testing.T) {
	config := DefaultConfig()
	config.Customers = []Customer{{Customer: "acme", Plan: "premium"}, {Customer: "zen", Desk: "global"}}
	rules, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	for customer, want := range map[string]string{"acme": "premium japan", "zen": "basic global", "other": "basic japan"} {
		if plan, desk := rules.Agreed(customer); plan+" "+desk != want {
			t.Errorf("%s: got %s %s, want %s", customer, plan, desk, want)
		}
	}
	if rules.Language("japan") != "ja" || rules.Text(S3) == "" {
		t.Errorf("the desk speaks %q, S3 is %q", rules.Language("japan"), rules.Text(S3))
	}
}
