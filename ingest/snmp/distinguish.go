package snmp

import (
	"bytes"
	"fmt"
	"slices"
)

// distinguish gives rows that bear one name the state of an interface each. It goes by
// what a reboot that renumbers interfaces leaves as it is; rows that have nothing of
// their own but an ifIndex go by that. Where this poll did not ask for what tells them
// apart, they are left out and it returns that more must be asked.
func (w *worker) distinguish(d *device, rows []row) (ask bool) {
	var groups map[*interfaceState][]*row
	for i := range rows {
		r := &rows[i]
		if r.repeated = r.state != nil && r.state.duplicate == d.pass.number; !r.repeated {
			continue
		}
		if groups == nil {
			groups = map[*interfaceState][]*row{}
		}
		groups[r.state] = append(groups[r.state], r)
	}
	if groups == nil {
		return false
	}
	asked := d.asksNames()
	for i := range rows {
		r := &rows[i]
		if !r.repeated {
			continue
		}
		group := groups[r.state]
		shared := r.state
		shared.known = false // whose counters these were nobody knows
		if !asked {
			r.state = nil
			continue
		}
		r.state = d.interfaceOf(r.label(shared.name, group))
		r.state.base = shared.name
	}
	return !asked
}

// asksNames says whether everything is asked that tells interfaces apart.
func (d *device) asksNames() bool {
	return !slices.ContainsFunc(namingColumns, func(c column) bool { return !slices.Contains(d.columns, c) })
}

// label names a row that shares its name with others of a group: by the first of
// ifDescr, ifAlias and ifPhysAddress that none of the others has, else by ifIndex.
func (r *row) label(name string, group []*row) []byte {
	return r.labelUnless(name, func(t text, own []byte) bool {
		return slices.ContainsFunc(group, func(other *row) bool { return other != r && bytes.Equal(trimText(t, other.texts[t]), own) })
	})
}

func (r *row) labelUnless(name string, shares func(t text, own []byte) bool) []byte {
	for _, t := range []text{textDescr, textAlias, textPhysAddress} {
		own := trimText(t, r.texts[t])
		if len(own) == 0 || shares(t, own) {
			continue
		}
		if t == textPhysAddress {
			return fmt.Appendf(nil, "%s (%s)", name, physAddress(own))
		}
		return fmt.Appendf(nil, "%s (%s)", name, readable(own))
	}
	return fmt.Appendf(nil, "%s #%d", name, r.index)
}

// trimText removes padding from texts; an address has none.
func trimText(t text, value []byte) []byte {
	if t == textPhysAddress {
		return value
	}
	return trim(value)
}

// namedLike says whether both rows say of themselves that they are the same interface.
func (r *row) namedLike(other *row) bool {
	for t := range textCount {
		if !bytes.Equal(trimText(t, r.texts[t]), trimText(t, other.texts[t])) {
			return false
		}
	}
	return true
}
