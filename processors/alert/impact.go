package alert

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/storage"
)

// failures are the devices that are not up, with what each is counted under.
type failures struct {
	nodes    []storage.Node
	known    []time.Time       // until when each is known
	devices  map[subject]int   // the node of each
	roots    []subject         // of each node, itself where it is down by a cause of its own
	down     map[subject][]int // of each site that is down as a whole its nodes
	dark     []subject         // sites of which nothing is known
	impacts  map[subject]*Impact
	ways     []Way
	rootedAt map[subject]subject // of each site the first device that hides others there
}

func (m *moment) allFailures(ctx context.Context) (*failures, error) {
	return m.failures.get(func() (*failures, error) {
		nodes, err := m.troubled(ctx)
		if err != nil {
			return nil, err
		}
		appliances, err := m.allAppliances(ctx)
		if err != nil {
			return nil, err
		}
		f := &failures{nodes: nodes, ways: m.ways, devices: make(map[subject]int, len(nodes)), down: map[subject][]int{}, impacts: map[subject]*Impact{}, rootedAt: map[subject]subject{}}
		until := map[subject]time.Time{}
		for i := range appliances {
			a := &appliances[i]
			until[subject{a.Customer, a.Site, a.Name}] = reported(a, m.at)
		}
		for i := range nodes {
			f.devices[f.of(i)] = i
			known, ok := until[subject{nodes[i].Customer, nodes[i].Site, nodes[i].Appliance}]
			if !ok {
				known = m.at
			}
			f.known = append(f.known, known)
		}
		if err := f.wholeSites(ctx, m); err != nil {
			return nil, err
		}
		f.count()
		return f, nil
	})
}

func (f *failures) of(i int) subject {
	return subject{f.nodes[i].Customer, f.nodes[i].Site, "device/" + f.nodes[i].Device}
}

// isDown says whether a device is down by a cause of its own.
func (f *failures) isDown(device subject) bool {
	i, ok := f.devices[device]
	return ok && f.nodes[i].State == storage.StateDown && f.nodes[i].Cause != storage.CauseUnreachable
}

// wholeSites finds the sites of which at least one device is down and none is up, and those of which all are
// unknown.
func (f *failures) wholeSites(ctx context.Context, m *moment) error {
	sites := map[subject][]int{}
	suspects := false
	for i := range f.nodes {
		if node := &f.nodes[i]; node.State != storage.StateDegraded {
			site := subject{node.Customer, node.Site, ""}
			sites[site] = append(sites[site], i)
			suspects = true
		}
	}
	if !suspects {
		return nil
	}
	standings, err := m.standings(ctx)
	if err != nil {
		return err
	}
	for site, nodes := range sites {
		standing := standings[site]
		isDown := slices.ContainsFunc(nodes, func(i int) bool { return f.nodes[i].State == storage.StateDown })
		switch whole := standing != nil && len(nodes) >= standing.Devices; {
		case whole && isDown:
			f.down[site] = nodes
		case whole:
			f.dark = append(f.dark, site)
		}
	}
	return nil
}

// root returns what a device is counted under: itself where nothing else explains it.
func (f *failures) root(device subject) subject {
	walked := []subject{}
	at := device
	for {
		if met := slices.Index(walked, at); met >= 0 {
			// Ways that form a circle: the first by name of those in it stands for them all.
			return slices.MinFunc(walked[met:], subject.compare)
		}
		walked = append(walked, at)
		if above, ok := f.above(at); ok {
			at = above
			continue
		}
		if way, ok := f.wayOf(at.customer, at.site); ok {
			at = way
			continue
		}
		if site := (subject{at.customer, at.site, ""}); f.down[site] != nil {
			return subject{at.customer, at.site, "site/" + at.site}
		}
		return at
	}
}

// above returns the device that another is behind, where that explains it.
func (f *failures) above(device subject) (subject, bool) {
	i, ok := f.devices[device]
	if !ok {
		return subject{}, false
	}
	node := &f.nodes[i]
	behind := subject{node.Customer, node.Site, "device/" + node.Behind}
	above, known := f.devices[behind]
	return behind, known && node.Behind != "" && node.State == storage.StateDown && node.Cause == storage.CauseUnreachable && f.nodes[above].State == storage.StateDown
}

// wayOf returns the device elsewhere that a site is reached through, where that is down, be it for what it is
// behind itself.
func (f *failures) wayOf(customer, site string) (subject, bool) {
	for _, way := range f.ways {
		through := subject{way.Through.Customer, way.Through.Site, "device/" + way.Through.Device}
		at, known := f.devices[through]
		if through.customer == customer && through.site == site || !known || f.nodes[at].State != storage.StateDown {
			continue
		}
		for _, reached := range way.Sites {
			if reached.covers(customer, site) {
				return through, true
			}
		}
	}
	return subject{}, false
}

// covers says whether a site is one of those.
func (p SitePlace) covers(customer, site string) bool {
	return p.Customer == customer && matches([]string{cmp.Or(p.Site, "*")}, site)
}

// namedDevices is how many of the devices that a failure affects are named.
const namedDevices = 10

// count finds the root of each device and counts it there.
func (f *failures) count() {
	sites := map[subject]map[subject]bool{}
	for i := range f.nodes {
		own := f.of(i)
		root := f.root(own)
		f.roots = append(f.roots, root)
		if root == own || f.nodes[i].State == storage.StateDegraded {
			continue
		}
		impact := f.impacts[root]
		if impact == nil {
			impact, sites[root] = &Impact{Customers: map[string]int{}}, map[subject]bool{}
			f.impacts[root] = impact
		}
		impact.Devices++
		impact.Customers[own.customer]++
		if len(impact.Names) < namedDevices {
			impact.Names = append(impact.Names, f.nodes[i].Device)
		}
		if place := (subject{own.customer, own.site, ""}); (own.site != root.site || own.customer != root.customer) && !sites[root][place] {
			sites[root][place] = true
			impact.Sites++
		}
		if place := (subject{own.customer, own.site, ""}); strings.HasPrefix(root.entity, "device/") {
			if _, ok := f.rootedAt[place]; !ok {
				f.rootedAt[place] = root
			}
		}
	}
}

// impact returns what is counted under something.
func (f *failures) impact(root subject) Impact {
	if impact := f.impacts[root]; impact != nil {
		return *impact
	}
	return Impact{}
}

// hiding returns what explains trouble at a site beside its devices: the site being down, or
// a device that hides others there.
func (f *failures) hiding(customer, site string) subject {
	place := subject{customer, site, ""}
	if way, ok := f.wayOf(customer, site); ok {
		return f.root(way)
	}
	if f.down[place] != nil {
		return subject{customer, site, "site/" + site}
	}
	return f.rootedAt[place]
}

// seen returns as of when a device is as its node says: one that is down is down as of its last lost round of
// pings, for the next may have been answered and be on its way.
func (f *failures) seen(i int) time.Time {
	node := &f.nodes[i]
	if lost := node.Unanswered; node.State == storage.StateDown && !lost.IsZero() && lost.Before(f.known[i]) {
		return lost
	}
	return f.known[i]
}

// readSites has the sites that are down as a whole.
func readSites(ctx context.Context, m *moment, _ *Rule) ([]Reading, error) {
	f, err := m.allFailures(ctx)
	if err != nil {
		return nil, err
	}
	var readings []Reading
	for _, site := range f.dark {
		readings = append(readings, Reading{Customer: site.customer, Site: site.site, Entity: "site/" + site.site, At: m.at, level: unknown})
	}
	for site, nodes := range f.down {
		entity := subject{site.customer, site.site, "site/" + site.site}
		maintained, err := m.maintained(ctx, site.customer, site.site, "")
		if err != nil {
			return nil, err
		}
		reading := Reading{Customer: site.customer, Site: site.site, Entity: entity.entity, Name: site.site, At: m.at, Maintenance: maintained, Impact: f.impact(entity),
			Details: map[string]string{"devices": fmt.Sprint(len(nodes))}}
		var roots []string
		var lost time.Time // when one of them was seen down last
		for _, i := range nodes {
			node := &f.nodes[i]
			if node.State == storage.StateDown && (reading.Since.IsZero() || node.Since.After(reading.Since)) {
				reading.Since = node.Since // of the last to go down: only then it was the whole site
			}
			if f.known[i].Before(reading.At) {
				reading.At = f.known[i]
			}
			if seen := f.seen(i); node.State == storage.StateDown && seen.After(lost) {
				lost = seen
			}
			if f.isDown(f.of(i)) && len(roots) < namedDevices {
				roots = append(roots, node.Device)
			}
		}
		if lost.Before(reading.At) {
			reading.At = lost
		}
		if reading.At, err = m.wayKnown(ctx, reading.At, site.customer, site.site); err != nil {
			return nil, err
		}
		reading.Details["roots"] = strings.Join(roots, ", ")
		if way, ok := f.wayOf(site.customer, site.site); ok {
			reading.Under = f.root(way)
		}
		readings = append(readings, reading)
	}
	return readings, nil
}

// readDevices has the devices that are down.
func readDevices(ctx context.Context, m *moment, _ *Rule) ([]Reading, error) {
	f, err := m.allFailures(ctx)
	if err != nil {
		return nil, err
	}
	readings := make([]Reading, 0, len(f.nodes))
	for i := range f.nodes {
		node := &f.nodes[i]
		own := f.of(i)
		reading := Reading{Customer: node.Customer, Site: node.Site, Entity: own.entity, Name: node.Device, device: node.Device, At: f.seen(i), Since: node.Since, Maintenance: node.Maintenance,
			Impact: f.impact(own), Details: map[string]string{"cause": node.Cause.String(), "address": node.Address, "model": node.Model, "behind": node.Behind}}
		switch node.State {
		case storage.StateDown:
			if f.roots[i] != own {
				reading.Under = f.roots[i]
			}
			if reading.At, err = m.wayKnown(ctx, reading.At, node.Customer, node.Site); err != nil {
				return nil, err
			}
		case storage.StateUnknown:
			reading.level = unknown
		default:
			continue // degraded counts as up
		}
		readings = append(readings, reading)
	}
	return readings, nil
}

// readAppliances has the appliances that stopped reporting, as of when any was heard, and as of when what they
// send was read: where nothing arrives from any, or it is not read yet, it is not they that failed.
func readAppliances(ctx context.Context, m *moment, _ *Rule) ([]Reading, error) {
	f, err := m.allFailures(ctx)
	if err != nil {
		return nil, err
	}
	appliances, err := m.allAppliances(ctx)
	if err != nil {
		return nil, err
	}
	newest, _, err := m.newest(ctx)
	if err != nil {
		return nil, err
	}
	var readings []Reading
	for i := range appliances {
		a := &appliances[i]
		if !a.Silent {
			continue
		}
		level := bad
		if a.LastHeartbeat.IsZero() {
			level = unknown // it never reported, which is a blind spot, or is silent for so long that nobody remembers
		}
		at := newest
		if read := m.readOf(a); read.Before(at) {
			at = read
		}
		if at, err = m.wayKnown(ctx, at, a.Customer, a.Site); err != nil {
			return nil, err
		}
		maintained, err := m.maintained(ctx, a.Customer, a.Site, "")
		if err != nil {
			return nil, err
		}
		readings = append(readings, Reading{Customer: a.Customer, Site: a.Site, Entity: "appliance/" + a.Name, Name: a.Name, level: level, At: at, Since: a.SilentSince,
			Under: f.hiding(a.Customer, a.Site), Maintenance: maintained, Impact: Impact{Devices: a.Devices}, Details: map[string]string{"devices": fmt.Sprint(a.Devices), "version": a.Version}})
	}
	return readings, nil
}
