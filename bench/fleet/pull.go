package fleet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// pullWithin is in how much time the devices are unplugged: a whole number of the intervals that they may be
// pinged at, so that each moment between two rounds is as likely as any other.
const pullWithin = time.Minute

// pulls unplugs devices that nothing is behind.
func (p *Plan) pulls(random *rand.Rand) ([]Incident, error) {
	var all []Incident
	for s := range p.Sites {
		site := &p.Sites[s]
		for d := range site.Devices {
			if site.Devices[d].role > roleAccess {
				all = append(all, Incident{Kind: DeviceOutage, Customer: site.Customer, Site: site.Name, Entity: site.Devices[d].Name, site: s, device: d})
			}
		}
	}
	if p.Config.Pulls > len(all) {
		return nil, fmt.Errorf("unplug %d devices: only %d of %d have nothing behind them", p.Config.Pulls, len(all), p.Config.Devices)
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:p.Config.Pulls]
	for i := range all {
		all[i].From = p.Config.ScriptStart + time.Duration(random.Int64N(int64(p.Config.inItsTime(pullWithin))))
		all[i].To = all[i].From + time.Hour
	}
	slices.SortFunc(all, func(a, b Incident) int { return int(a.From - b.From) })
	return all, nil
}
