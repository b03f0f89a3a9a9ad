package utilization

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"mimamori/storage"
)

// Config says which interfaces are WAN links, and what they can carry.
type Config struct {
	// WAN is a regular expression (RE2): an interface whose ifName or ifAlias it
	// matches, and that no rule matches, is a WAN link. Default `(?i)\bwan\d*\b`.
	WAN string `yaml:"wan"`
	// Rules say what an interface is; the first that matches holds. Default none.
	Rules []Rule `yaml:"rules"`
	// Links say it of one interface each, over what the rules say. Default none.
	Links []Link `yaml:"links"`
}

// Rule says what the interfaces are that pass all of its tests. A test that is left
// out is passed.
type Rule struct {
	// Rule is what the rule is called in reports. Default its place, such as rules[0].
	Rule string `yaml:"rule"`
	// Name is a regular expression (RE2) for ifName.
	Name string `yaml:"name"`
	// Alias is a regular expression for ifAlias.
	Alias string `yaml:"alias"`
	// Description is a regular expression for ifDescr.
	Description string `yaml:"description"`
	// Types are values of IANAifType, any of them: numbers, or names such as
	// ethernetCsmacd, ppp, tunnel, l2vlan.
	Types []string `yaml:"types"`
	// MinSpeed is the lowest speed, bit/s: 10000000, 10M, 1G. An interface of unknown
	// speed does not pass.
	MinSpeed string `yaml:"min_speed"`
	// MaxSpeed is the highest speed, written like min_speed.
	MaxSpeed string `yaml:"max_speed"`
	// Customer is a regular expression for the customer's name.
	Customer string `yaml:"customer"`
	// Site is a regular expression for the site's name.
	Site string `yaml:"site"`
	// Device is a regular expression for the device's name in the inventory.
	Device string `yaml:"device"`

	// Kind is wan, lan or ignored. Ignored links are kept and left out of reports.
	Kind string `yaml:"kind"`
	// Duplex is full or half. Default full.
	Duplex string `yaml:"duplex"`
	// Tx is the subrate (CIR) of what goes out, bit/s: 10000000, 10M, 1G. Default the
	// speed.
	Tx string `yaml:"tx"`
	// Rx is the subrate of what comes in, written like tx. Default the speed.
	Rx string `yaml:"rx"`
}

// Link says what one interface is. What it leaves out stays as the rules have it.
type Link struct {
	// Customer is the customer's name.
	Customer string `yaml:"customer"`
	// Site is the site's name.
	Site string `yaml:"site"`
	// Device is the device's name in the inventory.
	Device string `yaml:"device"`
	// Interface is the ifName, or the ifDescr where there is no ifName.
	Interface string `yaml:"interface"`
	// Kind is wan, lan or ignored.
	Kind string `yaml:"kind"`
	// Duplex is full or half.
	Duplex string `yaml:"duplex"`
	// Tx is the subrate (CIR) of what goes out, bit/s: 10000000, 10M, 1G.
	Tx string `yaml:"tx"`
	// Rx is the subrate of what comes in, written like tx.
	Rx string `yaml:"rx"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{WAN: `(?i)\bwan\d*\b`} }

// Validate says everything that is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if _, err := regexp.Compile(c.WAN); err != nil {
		problems = append(problems, fmt.Errorf("utilization: wan is not a regular expression (%w): write one as RE2 has them, or `^$` for no WAN links", err))
	}
	for i := range c.Rules {
		for _, err := range c.Rules[i].problems() {
			problems = append(problems, fmt.Errorf("utilization: rules[%d]: %w", i, err))
		}
	}
	seen := map[[4]string]int{}
	for i := range c.Links {
		link := &c.Links[i]
		for _, err := range link.problems() {
			problems = append(problems, fmt.Errorf("utilization: links[%d]: %w", i, err))
		}
		name := link.path()
		if first, again := seen[name]; again {
			problems = append(problems, fmt.Errorf("utilization: links[%d]: %s is in links[%d] already: keep one of them", i, strings.Join(name[:], " / "), first))
			continue
		}
		seen[name] = i
	}
	return errors.Join(problems...)
}

func (r *Rule) problems() []error {
	var problems []error
	for _, test := range []struct{ key, text string }{
		{"name", r.Name}, {"alias", r.Alias}, {"description", r.Description},
		{"customer", r.Customer}, {"site", r.Site}, {"device", r.Device},
	} {
		if _, err := regexp.Compile(test.text); err != nil {
			problems = append(problems, fmt.Errorf("%s is not a regular expression (%w): write one as RE2 has them", test.key, err))
		}
	}
	for _, name := range r.Types {
		if _, err := interfaceType(name); err != nil {
			problems = append(problems, fmt.Errorf("types has %w", err))
		}
	}
	low, err := rate("min_speed", r.MinSpeed)
	problems = appendError(problems, err)
	high, err := rate("max_speed", r.MaxSpeed)
	problems = appendError(problems, err)
	if low > 0 && high > 0 && low > high {
		problems = append(problems, fmt.Errorf("min_speed %s is above max_speed %s: exchange them", r.MinSpeed, r.MaxSpeed))
	}
	if r.Kind == "" {
		problems = append(problems, errors.New("kind is missing: use wan, lan or ignored"))
	}
	return append(problems, profileProblems(r.Kind, r.Duplex, r.Tx, r.Rx)...)
}

func (l *Link) problems() []error {
	var problems []error
	for i, key := range []string{"customer", "site", "device", "interface"} {
		if l.path()[i] == "" {
			problems = append(problems, fmt.Errorf("%s is missing: name the one interface that is meant", key))
		}
	}
	if l.Kind+l.Duplex+l.Tx+l.Rx == "" {
		problems = append(problems, errors.New("it says nothing of the interface: give kind, duplex, tx or rx"))
	}
	return append(problems, profileProblems(l.Kind, l.Duplex, l.Tx, l.Rx)...)
}

func (l *Link) path() [4]string { return [4]string{l.Customer, l.Site, l.Device, l.Interface} }

func profileProblems(kind, duplex, tx, rx string) []error {
	var problems []error
	if kind != "" {
		if _, err := storage.ParseLinkKind(kind); err != nil {
			problems = append(problems, fmt.Errorf("kind is %w", err))
		}
	}
	if duplex != "" && duplex != "full" && duplex != "half" {
		problems = append(problems, fmt.Errorf("duplex is %q: use full or half", duplex))
	}
	_, err := rate("tx", tx)
	problems = appendError(problems, err)
	_, err = rate("rx", rx)
	return appendError(problems, err)
}

func appendError(problems []error, err error) []error {
	if err == nil {
		return problems
	}
	return append(problems, err)
}
