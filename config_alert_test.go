package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mimamori/processors/alert"
)

// TestBrokenTickets holds that each mistake under alert.tickets is told with its line.
func TestBrokenTickets(t *testing.T) {
	for _, test := range []struct{ text, says string }{
		{"alert:\n  tickets:\n    plan: gold\n", `:3: unknown key "plan"`},
		{"alert:\n  tickets:\n    default_plan: gold\n", `:3: default_plan: there is no plan "gold": use one of ["basic" "enhanced" "premium"]`},
		{"alert:\n  tickets:\n    plans:\n      gold:\n        first_response:\n          S1: 5m\n          S2: soon\n          S3: 1h\n          S4: 1h\n", `:7: plans: gold: first_response: S2: "soon" is no target`},
		{"alert:\n  tickets:\n    plans:\n      gold:\n        first_response: {S1: 5m, S2: 5m, S3: 1h}\n", ":5: plans: gold: first_response: S4 has no target"},
		{"alert:\n  tickets:\n    plans:\n      gold:\n        first_response: {S1: 5m, S5: 5m}\n", `:5: unknown key "S5"`},
		{"alert:\n  tickets:\n    plans:\n      gold: 5m\n", ":4: a string stands where a"},
		{"alert:\n  tickets:\n    desks:\n      osaka:\n        calendar:\n          time_zone: Asia/Osaka\n          hours: ['Mon-Fri 09:00-17:00']\n", `:6: desks: osaka: calendar: time_zone: "Asia/Osaka" is not a time zone`},
		{"alert:\n  tickets:\n    desks:\n      osaka:\n        calender: {}\n", `:5: unknown key "calender"`},
		{"alert:\n  tickets:\n    customers:\n      - {customer: A}\n      - {customer: B, plan: gold}\n", `:5: customers[1]: plan: there is no plan "gold"`},
		{"alert:\n  tickets:\n    customers:\n      - {customer: A}\n", `:4: customers[0]: customer: there is no customer "A" in the inventory`},
		{"alert:\n  tickets:\n    phone_calls: [S1, S7]\n", `:3: phone_calls[1]: there is no severity "S7"`},
		{"alert:\n  tickets:\n    out_of_hours:\n      desk: moon\n", `:4: out_of_hours: desk: there is no desk "moon": use one of ["global" "japan"]`},
		{"alert:\n  tickets:\n    update_hours: office\n", `:3: update_hours: is "office"`},
		{"alert:\n  tickets:\n    escalation:\n      S2:\n        steps:\n          - {to: analyst}\n          - {to: VP, after: 0s}\n", ":7: escalation: S2: steps[1]: after: is 0s"},
		{"alert:\n  tickets:\n    escalation:\n      S2:\n        steps:\n          - {to: analyst, after: 30}\n", `:6: "30" is no duration`},
	} {
		path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), test.text)
		if _, err := loadConfig(path); err == nil || !strings.Contains(err.Error(), path+test.says) {
			t.Errorf("got %v, want %q of\n%s", err, test.says, test.text)
		}
	}
}

// TestOwnPlansStandBesideTheOthers holds that a plan or a desk of the file leaves the
// others, and that what it does not say of a chain stays.
func TestOwnPlansStandBesideTheOthers(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), `
alert:
  tickets:
    plans:
      premium: {first_response: {S1: 10m, S2: 10m, S3: 20m, S4: next business day}}
      gold: {first_response: {S1: 5m, S2: 5m, S3: 1h, S4: 1h}}
    desks:
      japan: {calendar: {time_zone: Asia/Tokyo, hours: ["Mon-Fri 10:00-12:00,13:00-17:00"], holidays: [JP], closed_days: [2026-12-29]}}
    escalation: {S1: {hours: business}}
    out_of_hours: {severities: []}
`)
	config, err := loadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	tickets, usual := config.Alert.Tickets, defaultConfig().Alert.Tickets
	if got := tickets.Plans.String(); got != "basic, enhanced, gold, premium" {
		t.Errorf("plans %s", got)
	}
	if got := tickets.Plans["premium"]; got.FirstResponse.S3 != "20m" || got.Update.S1 != "" {
		t.Errorf("premium is %+v, want it as the file says alone", got)
	}
	if got := tickets.Desks.String(); got != "global, japan" || !slices.Equal(tickets.Desks["japan"].Calendar.ClosedDays, []string{"2026-12-29"}) {
		t.Errorf("desks %s: %+v", got, tickets.Desks["japan"])
	}
	if got := tickets.Escalation.S1; got.Hours != "business" || !slices.Equal(got.Steps, usual.Escalation.S1.Steps) {
		t.Errorf("the chain of S1 is %+v", got)
	}
	if len(tickets.OutOfHours.Severities) != 0 || tickets.OutOfHours.Desk != "global" {
		t.Errorf("out of hours: %+v", tickets.OutOfHours)
	}
	if usual.Plans["premium"].Update.S1 != "24h" || usual.Plans.String() != "basic, enhanced, premium" {
		t.Errorf("the file changed the defaults: %v", usual.Plans)
	}
}

// TestRulesOfTheFile holds that what a rule says of lines and notifications is all that it means, and that a threshold
// which is missing is told.
func TestRulesOfTheFile(t *testing.T) {
	load := func(rule string) (alert.Rule, error) {
		config, err := loadConfig(writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), "alert:\n  rules:\n    - "+rule+"\n"))
		if err != nil {
			return alert.Rule{}, err
		}
		return config.Alert.Raising.Rules[0], config.Alert.Raising.Validate()
	}
	for text, fits := range map[string]func(alert.Rule) bool{
		"{alert: PowerLost, kind: SyslogPattern, lines: {pattern: power}}":    func(r alert.Rule) bool { return r.Lines == alert.LineFilter{Pattern: "power"} },
		"{alert: SyslogPattern, severity: major}":                             func(r alert.Rule) bool { return r.Lines.Severity == "critical" },
		"{alert: Links, kind: TrapReceived, traps: {names: [linkDown]}}":      func(r alert.Rule) bool { return r.Traps.Severity == "" && len(r.Traps.Names) == 1 },
		"{alert: Hot, kind: HealthThreshold, sensor: temperature, raise: 60}": func(r alert.Rule) bool { return r.Raise == 60 && r.Clear == 60 },
		"{alert: LinkSaturated, clear: 80}":                                   func(r alert.Rule) bool { return r.Raise == 95 && r.Clear == 80 },
	} {
		if rule, err := load(text); err != nil || !fits(rule) {
			t.Errorf("%s is %+v, error %v", text, rule, err)
		}
	}
	for text, says := range map[string]string{
		"{alert: Hot, kind: HealthThreshold, sensor: temperature}": "sensor temperature has no threshold",
		"{alert: CentreSilent, kind: DeviceDown}":                  "the centre's own failure",
	} {
		if _, err := load(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
