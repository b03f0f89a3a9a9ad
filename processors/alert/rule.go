package alert

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"mimamori/storage"
)

// Config is what raises alarms.
type Config struct {
	// Every is how often what changes at once is looked at, 500ms to 1m. Default 1s.
	Every time.Duration `yaml:"every"`
	// Stalled is for how long nothing may arrive from any appliance before the centre itself is
	// taken to have failed: one alarm CentreSilent is raised, and nothing else is raised or cleared until
	// something arrives. By how much, and for how long, the centre may be behind with reading what does arrive before
	// CentreBehind is raised. Default 1m.
	Stalled time.Duration `yaml:"stalled"`
	// Flapping is when an alarm that comes and goes is held.
	Flapping Flapping `yaml:"flapping"`
	// Ways say which sites are reached through a device of another site.
	Ways []Way `yaml:"ways"`
	// Rules are added to those that are on by themselves; one with the name of such a
	// rule takes its place, whole but for what it leaves out.
	Rules []Rule `yaml:"rules"`
}

// Flapping is when an alarm that comes and goes is held: it stays raised, says that it flaps, and clears
// when all was well for a time.
type Flapping struct {
	// Times an alarm is raised within Within before it is held. Default 3; 0 never holds one.
	Times int `yaml:"times"`
	// Within is the time in which it is raised so often. Default 1h.
	Within time.Duration `yaml:"within"`
	// Quiet is for how long all must be well until it clears. Default 15m.
	Quiet time.Duration `yaml:"quiet"`
}

// Way says that sites are reached through a device elsewhere: while that is down, what is down,
// silent or bad at these sites is counted under it.
type Way struct {
	// Through is the device.
	Through Place `yaml:"through"`
	// Sites are reached through it.
	Sites []SitePlace `yaml:"sites"`
}

// Place is a device.
type Place struct {
	// Customer whose it is.
	Customer string `yaml:"customer"`
	// Site where it is.
	Site string `yaml:"site"`
	// Device is its name.
	Device string `yaml:"device"`
}

// SitePlace is some sites of a customer.
type SitePlace struct {
	// Customer whose they are.
	Customer string `yaml:"customer"`
	// Site may have * and ?, as in branch-*. Default *, all sites of the customer.
	Site string `yaml:"site"`
}

// Rule says when an alarm is raised and when it clears.
type Rule struct {
	// Alert is the rule's name and the alarm's: the label alertname.
	Alert string `yaml:"alert"`
	// Kind is what it looks at: one of Kinds. Default: the name.
	Kind string `yaml:"kind"`
	// Off leaves the rule out.
	Off bool `yaml:"off"`
	// Severity is critical, major, minor or warning.
	Severity Severity `yaml:"severity"`
	// Raise and Clear are the thresholds: of VoiceQualityLow MOS, of LinkSaturated percent of the
	// capacity, of LinkErrors percent of the packets in error, of SyslogRate messages a minute of a device, of
	// HealthThreshold with a sensor the value in the unit of its kind. Between them all stays as it is.
	Raise float64 `yaml:"raise"`
	// Clear is where it clears again: see raise. Default of a sensor: raise.
	Clear float64 `yaml:"clear"`
	// For is for how long it must be so until the alarm is raised, by the time of the measurements.
	For time.Duration `yaml:"for"`
	// ClearFor is for how long it must be well until the alarm clears.
	ClearFor time.Duration `yaml:"clear_for"`
	// Lasts is, of what happens and is over, when the alarm clears by itself.
	Lasts time.Duration `yaml:"lasts"`
	// Customers whose: names with * and ?. Empty for all.
	Customers []string `yaml:"customers"`
	// Sites at which: names with * and ?. Empty for all.
	Sites []string `yaml:"sites"`
	// Devices are a group of devices: names with * and ?. Empty for all.
	Devices []string `yaml:"devices"`
	// Interfaces are, of LinkSaturated and LinkErrors, which: names with * and ?. Empty for all.
	Interfaces []string `yaml:"interfaces"`
	// Links are, of LinkSaturated and LinkErrors, wan, lan or all. Default wan.
	Links string `yaml:"links"`
	// Sensor is, of HealthThreshold, the kind of sensor whose value is held against raise and clear, such as
	// temperature; empty: what devices themselves call critical.
	Sensor string `yaml:"sensor"`
	// Lines are, of SyslogPattern, which.
	Lines LineFilter `yaml:"lines"`
	// Traps are, of TrapReceived, which.
	Traps TrapFilter `yaml:"traps"`
	// Summary is a template (text/template) of one line, with .Customer, .Site, .Entity, .Name, .Value, .What
	// and .Details.KEY. Empty: that of the kind.
	Summary string `yaml:"summary"`
	// Runbook is an address with what to do; empty: that of the site.
	Runbook string `yaml:"runbook"`

	kind    *kind
	summary *template.Template
	pattern *regexp.Regexp
}

// LineFilter selects lines of the log.
type LineFilter struct {
	// Severity is the least grave that counts, by name or number (RFC 5424); empty for all.
	Severity string `yaml:"severity"`
	// Mnemonic is whole or the part behind the severity, with an asterisk at either end.
	Mnemonic string `yaml:"mnemonic"`
	// Pattern is a regular expression (RE2) found in the message.
	Pattern string `yaml:"pattern"`
}

// TrapFilter selects SNMP notifications.
type TrapFilter struct {
	// Severity is the least grave that counts, of those whose severity is known; empty for all.
	Severity string `yaml:"severity"`
	// Names are names of the MIB or OIDs, of which one must be that of the notification.
	Names []string `yaml:"names"`
}

// DefaultConfig has a rule of each kind on, with its defaults.
func DefaultConfig() Config {
	return Config{Every: time.Second, Stalled: time.Minute, Flapping: Flapping{Times: 3, Within: time.Hour, Quiet: 15 * time.Minute}}
}

// Validate says what is wrong.
func (c Config) Validate() error {
	var problems []error
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Errorf(format, arguments...)) }
	if c.Every < 500*time.Millisecond || c.Every > time.Minute {
		report("every is %s: set it between 500ms and 1m", c.Every)
	}
	if c.Stalled < 30*time.Second {
		report("stalled is %s: heartbeats are up to 30s apart, set it to 30s or more", c.Stalled)
	}
	if f := c.Flapping; f.Times < 0 || f.Times == 1 || f.Times > 0 && (f.Within <= 0 || f.Quiet <= 0) {
		report("flapping: times is %d, within %s and quiet %s: set times to 0 or at least 2, the others above 0", f.Times, f.Within, f.Quiet)
	}
	for i, way := range c.Ways {
		if way.Through.Customer == "" || way.Through.Site == "" || way.Through.Device == "" || len(way.Sites) == 0 {
			report("ways[%d]: name customer, site and device in through, and at least one of sites", i)
		}
		for j, site := range way.Sites {
			if _, err := path.Match(site.Site, ""); err != nil || site.Customer == "" {
				report("ways[%d].sites[%d]: name a customer, and a site whose brackets close", i, j)
			}
		}
	}
	_, err := c.rules()
	return errors.Join(append(problems, err)...)
}

// rules returns the rules in force: the defaults, those in their place, and the others.
func (c Config) rules() ([]*Rule, error) {
	var all []*Rule
	var problems []error
	named := map[string]int{}
	for i := range kinds {
		rule := kinds[i].defaults
		rule.Alert, rule.Kind, rule.kind = kinds[i].name, kinds[i].name, &kinds[i]
		named[rule.Alert] = len(all)
		all = append(all, &rule)
	}
	own := map[string]bool{}
	for i, given := range c.Rules {
		where := fmt.Sprintf("rules[%d]", i)
		if given.Alert == "" {
			problems = append(problems, fmt.Errorf("%s has no name: write alert: and a name", where))
			continue
		}
		if own[given.Alert] {
			problems = append(problems, fmt.Errorf("%s: there are two rules %s", where, given.Alert))
			continue
		}
		own[given.Alert] = true
		rule := &given
		if err := rule.prepare(); err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", where, given.Alert, err))
			continue
		}
		if at, ok := named[rule.Alert]; ok {
			all[at] = rule
			continue
		}
		all = append(all, rule)
	}
	return slices.DeleteFunc(all, func(rule *Rule) bool { return rule.Off }), errors.Join(problems...)
}

// UnmarshalYAML reads a rule over the defaults of its kind.
func (r *Rule) UnmarshalYAML(unmarshal func(any) error) error {
	var said map[string]any
	if err := unmarshal(&said); err != nil {
		return err
	}
	name, _ := said["kind"].(string)
	if name == "" {
		name, _ = said["alert"].(string)
	}
	*r = Rule{}
	if kind := kindOf(name); kind != nil { // an unknown kind is told of by Validate, which knows the line
		*r = kind.defaults
	}
	r.Kind = name
	if _, ok := said["lines"]; ok { // what it says is all that it means
		r.Lines = LineFilter{}
	}
	if _, ok := said["traps"]; ok {
		r.Traps = TrapFilter{}
	}
	type fields Rule // without this method
	if err := unmarshal((*fields)(r)); err != nil {
		return err
	}
	if _, ok := said["clear"]; !ok && r.Sensor != "" {
		r.Clear = r.Raise
	}
	return nil
}

// prepare finds what the rule names, and says what is wrong with it.
func (r *Rule) prepare() error {
	var problems []error
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Errorf(format, arguments...)) }
	if r.kind = kindOf(r.Kind); r.kind == nil {
		return fmt.Errorf("kind %q is not known: use %s", r.Kind, strings.Join(Kinds(), ", "))
	}
	if r.Alert == centreSilent || r.Alert == centreBehind {
		report("this is the name of the alarm of the centre's own failure: use another")
	}
	if err := r.Severity.validate(); err != nil {
		problems = append(problems, err)
	}
	if r.For < 0 || r.ClearFor < 0 || r.Lasts < 0 {
		report("for, clear_for and lasts cannot be negative")
	}
	if r.kind.event() && r.Lasts == 0 {
		report("lasts is 0: say when the alarm clears, such as 30m")
	}
	if r.Sensor != "" && r.Raise == 0 {
		report("sensor %s has no threshold: say above what to raise", r.Sensor)
	}
	limits := r.kind.limits || r.Sensor != ""
	if over := r.Clear - r.Raise; limits && (r.kind.falling && over < 0 || !r.kind.falling && over > 0) {
		report("raise is %g and clear %g: it would clear where it is raised", r.Raise, r.Clear)
	}
	if !slices.Contains([]string{"", "wan", "lan", "all"}, r.Links) {
		report("links is %q: use wan, lan or all", r.Links)
	}
	if r.Sensor != "" && sensorKind(r.Sensor) == 0 {
		report("sensor %q is not known: use one of %s", r.Sensor, strings.Join(sensorKinds(), ", "))
	}
	for _, severity := range []string{r.Lines.Severity, r.Traps.Severity} {
		if _, err := storage.ParseSeverity(severity); severity != "" && err != nil {
			report("severity %q %w", severity, err)
		}
	}
	if err := (storage.LogFilter{Mnemonic: r.Lines.Mnemonic}).Validate(); err != nil {
		problems = append(problems, err)
	}
	var err error
	if r.pattern, err = regexp.Compile(r.Lines.Pattern); err != nil {
		report("pattern %q is no regular expression: %w", r.Lines.Pattern, err)
	}
	for _, names := range [][]string{r.Customers, r.Sites, r.Devices, r.Interfaces} {
		for _, name := range names {
			if _, err := path.Match(name, ""); err != nil {
				report("%q is no name with * and ?: a bracket is not closed", name)
			}
		}
	}
	if r.Summary != "" {
		if r.summary, err = parseSummary(r.Summary); err != nil {
			report("summary: %w", err)
		}
	}
	return errors.Join(problems...)
}

// covers says whether the rule is meant for something: device is empty where it is of none.
func (r *Rule) covers(customer, site, device string) bool {
	return matches(r.Customers, customer) && matches(r.Sites, site) && matches(r.Devices, device)
}

// matches says whether a name is one of the patterns; without patterns every name is.
func matches(patterns []string, name string) bool {
	if len(patterns) == 0 {
		return true
	}
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		found, err := path.Match(slashless(pattern), slashless(name))
		return err == nil && found
	})
}

// slashless keeps path.Match from holding the slash in the name of an interface for one of a path.
func slashless(name string) string { return strings.ReplaceAll(name, "/", "\x01") }
