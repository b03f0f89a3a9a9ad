package snmp

import "maps"

// namesakes are the interfaces that share a name, on a device whose interfaces are read
// over several polls: not before all of them were read is it known what tells each apart.
type namesakes struct {
	passes  int                          // complete ones since the first two were met
	present map[uint32][textCount]string // what the present pass has of them, by ifIndex
	past    map[uint32][textCount]string // what the one before had
}

// distinguishPaged does for a page of the tables what distinguish does for all of them.
// Rows are left out until a whole pass has shown all that bear their name.
func (d *device) distinguishPaged(rows []row) (ask bool) {
	asked := d.asksNames()
	for i := range rows {
		r := &rows[i]
		r.repeated = false
		if r.state == nil {
			continue
		}
		known := d.shared[r.state.name]
		if known == nil {
			if r.state.duplicate != d.pass.number {
				continue
			}
			known = &namesakes{present: map[uint32][textCount]string{}}
			if d.shared == nil {
				d.shared = map[string]*namesakes{}
			}
			d.shared[r.state.name] = known
		}
		r.repeated = true
		known.add(r)
		shared := r.state
		shared.known = false // whose counters these were nobody knows
		r.state = nil
		if !asked {
			known.passes, ask = 0, true
		}
		if known.passes < 2 {
			continue
		}
		r.state = d.interfaceOf(r.labelUnless(shared.name, func(t text, own []byte) bool {
			return known.others(r.index, t, string(own))
		}))
		r.state.base = shared.name
	}
	return ask
}

// ownTexts returns copies of what tells a row apart.
func (r *row) ownTexts() (texts [textCount]string) {
	for t := range textCount {
		texts[t] = string(trimText(t, r.texts[t]))
	}
	return texts
}

// mostNamesakes is how many are told apart by their texts; more have their ifIndex.
const mostNamesakes = 1000

// add keeps what tells a row apart, as long as that is of use.
func (n *namesakes) add(r *row) {
	if n.present[r.index] = [textCount]string{}; len(n.present) <= mostNamesakes {
		n.present[r.index] = r.ownTexts()
	}
}

// others says whether another interface of the name has the same text.
func (n *namesakes) others(index uint32, t text, own string) bool {
	if max(len(n.past), len(n.present)) > mostNamesakes {
		return true
	}
	for _, known := range []map[uint32][textCount]string{n.present, n.past} {
		for other, texts := range known {
			if other != index && texts[t] == own {
				return true
			}
		}
	}
	return false
}

// turnNamesakes takes what the pass that ends has shown for all there are. Where no pass
// comes to its end and others bear the names each time, it begins anew at some point.
func (d *device) turnNamesakes(complete bool) {
	kept := 0
	for name, known := range d.shared {
		if !complete {
			if known.past == nil {
				known.past = map[uint32][textCount]string{}
			}
			maps.Copy(known.past, known.present)
			kept += len(known.past)
			continue
		}
		known.passes++
		known.past, known.present = known.present, map[uint32][textCount]string{}
		if known.passes > 1 && len(known.past) < 2 {
			delete(d.shared, name)
		}
	}
	if kept > maxInterfaces {
		d.shared = nil
	}
}
