package utilization

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Rules say what an interface is: WAN or LAN, its duplex and its subrates. They are
// safe for concurrent use.
type Rules struct {
	wan       *regexp.Regexp
	rules     []rule
	overrides map[link]override
	names     map[sample.ID]string // of customers, sites and devices
	revision  string
}

// link is an interface of a customer: what a block says of an id holds for its own
// customer alone.
type link struct{ customer, port sample.ID }

type rule struct {
	name, alias, description, customer, site, device *regexp.Regexp // nil passes
	types                                            []uint32
	minSpeed, maxSpeed                               uint64
	profile                                          storage.LinkProfile
}

type override struct {
	kind, duplex string
	tx, rx       uint64
	rule         string
}

// NewRules returns the rules of a configuration. The registry names what they test by
// name.
func NewRules(cfg Config, registry storage.Registry) (*Rules, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := &Rules{wan: regexp.MustCompile(cfg.WAN), overrides: map[link]override{}, names: map[sample.ID]string{}}
	for i := range cfg.Rules {
		r.rules = append(r.rules, newRule(&cfg.Rules[i], fmt.Sprintf("rules[%d]", i)))
	}
	for i := range cfg.Links {
		from := &cfg.Links[i]
		key := link{sample.CustomerID(from.Customer),
			sample.InterfaceID(sample.DeviceID(from.Customer, from.Site, from.Device), from.Interface)}
		said := override{kind: from.Kind, duplex: from.Duplex, rule: fmt.Sprintf("links[%d]", i)}
		said.tx, _ = rate("tx", from.Tx) // Validate has read it
		said.rx, _ = rate("rx", from.Rx)
		r.overrides[key] = said
	}
	for _, customer := range registry.Customers {
		r.names[customer.ID] = customer.Name
	}
	for _, site := range registry.Sites {
		r.names[site.ID] = site.Name
	}
	for _, device := range registry.Devices {
		r.names[device.ID] = device.Name
	}
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%#v", cfg)
	r.revision = fmt.Sprintf("rules-%016x", hash.Sum64())
	return r, nil
}

func newRule(from *Rule, place string) rule {
	to := rule{
		name: test(from.Name), alias: test(from.Alias), description: test(from.Description),
		customer: test(from.Customer), site: test(from.Site), device: test(from.Device),
	}
	for _, name := range from.Types {
		number, _ := interfaceType(name) // Validate has read it, as all below
		to.types = append(to.types, number)
	}
	to.minSpeed, _ = rate("min_speed", from.MinSpeed)
	to.maxSpeed, _ = rate("max_speed", from.MaxSpeed)
	to.profile.Kind, _ = storage.ParseLinkKind(from.Kind)
	to.profile.HalfDuplex = from.Duplex == "half"
	to.profile.TxBps, _ = rate("tx", from.Tx)
	to.profile.RxBps, _ = rate("rx", from.Rx)
	if to.profile.Rule = from.Rule; to.profile.Rule == "" {
		to.profile.Rule = place
	}
	return to
}

func test(expression string) *regexp.Regexp {
	if expression == "" {
		return nil
	}
	return regexp.MustCompile(expression)
}

// Revision names the rules: another configuration has another.
func (r *Rules) Revision() string { return r.revision }

// profile says what the interface of row i of a table of identities is.
func (r *Rules) profile(table *storage.Table, rows *sample.InterfaceIdentities, i int) storage.LinkProfile {
	answer := r.general(table, rows, i)
	said, ok := r.overrides[link{table.Customer[i], rows.Interface[i]}]
	if !ok {
		return answer
	}
	if said.kind != "" {
		answer.Kind, _ = storage.ParseLinkKind(said.kind)
	}
	if said.duplex != "" {
		answer.HalfDuplex = said.duplex == "half"
	}
	if said.tx > 0 {
		answer.TxBps = said.tx
	}
	if said.rx > 0 {
		answer.RxBps = said.rx
	}
	if answer.Rule != "" {
		answer.Rule += ", "
	}
	answer.Rule += said.rule
	return answer
}

func (r *Rules) general(table *storage.Table, rows *sample.InterfaceIdentities, i int) storage.LinkProfile {
	for k := range r.rules {
		if r.matches(&r.rules[k], table, rows, i) {
			return r.rules[k].profile
		}
	}
	if r.wan.MatchString(rows.Name[i]) || r.wan.MatchString(rows.Alias[i]) {
		return storage.LinkProfile{Kind: storage.LinkWAN, Rule: "wan"}
	}
	return storage.LinkProfile{}
}

func (r *Rules) matches(rule *rule, table *storage.Table, rows *sample.InterfaceIdentities, i int) bool {
	speed := rows.SpeedBps[i]
	switch {
	case len(rule.types) > 0 && !slices.Contains(rule.types, rows.IfType[i]),
		rule.minSpeed > 0 && speed < rule.minSpeed,
		rule.maxSpeed > 0 && (speed == 0 || speed > rule.maxSpeed):
		return false
	}
	return passes(rule.name, rows.Name[i]) && passes(rule.alias, rows.Alias[i]) && passes(rule.description, rows.Description[i]) &&
		passes(rule.customer, r.names[table.Customer[i]]) && passes(rule.site, r.names[table.Site[i]]) &&
		passes(rule.device, r.names[rows.Device[i]])
}

func passes(expression *regexp.Regexp, text string) bool {
	return expression == nil || expression.MatchString(text)
}
