package verify

import (
	"context"
	"fmt"
	"regexp"
	"time"
)

var token = regexp.MustCompile(`\bid=([0-9a-f]+)`)

// syslog checks that every line a device sent is in the store once, under its name and
// counted as often as it says, one check a device. Lines of the last moments may have come after the
// receivers stopped.
func (c *comparison) syslog(ctx context.Context) ([]Check, error) {
	query := c.query()
	query.To = c.truth.End.Add(time.Minute)
	lines, err := c.store.Syslog(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("ask for the syslog lines: %w", err)
	}
	stored := map[string]map[string]int{} // device, token, times
	counted := map[string]int{}           // token, occurrences
	for i := range lines {
		name := entity(lines[i].Customer, lines[i].Site, lines[i].Device)
		if stored[name] == nil {
			stored[name] = map[string]int{}
		}
		for _, match := range token.FindAllStringSubmatch(lines[i].Message+" "+lines[i].Raw, 1) {
			stored[name][match[1]]++
			counted[match[1]] = int(lines[i].Occurrences)
		}
	}
	var checks []Check
	away := c.away()
	for i := range c.truth.Devices {
		device := &c.truth.Devices[i]
		name := entity(device.Customer, device.Site, device.Name)
		until := c.to
		if since, is := away[entity(device.Customer, device.Site)]; is {
			until = since.Add(-lingering) // what came later is kept at the appliance
		}
		sent, missing, repeated, miscounted := 0, 0, 0, 0
		for _, line := range device.Syslog {
			times := stored[name][line.Token]
			delete(stored[name], line.Token)
			if times > 1 {
				repeated++
			}
			if line.Sent.After(until) {
				continue
			}
			sent++
			if times == 0 {
				missing++
			} else if counted[line.Token] != line.Occurrences {
				miscounted++
			}
		}
		checks = append(checks, Check{
			Name: "syslog", Entity: name, Expected: fmt.Sprintf("%d lines, each once", sent),
			Found: fmt.Sprintf("%d missing, %d more than once, %d counted otherwise than they say, %d nobody sent", missing, repeated, miscounted, len(stored[name])),
			OK:    missing == 0 && repeated == 0 && miscounted == 0 && len(stored[name]) == 0,
		})
	}
	return checks, nil
}
