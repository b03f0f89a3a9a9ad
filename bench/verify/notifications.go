package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"mimamori/bench/fleet"
)

// notifications checks that every trap a device sent is in the store once, under its
// name and as what it was; one check for each device that sent or is said to have sent
// any. Traps of the last moments may have come after the listeners stopped.
func (c *comparison) notifications(ctx context.Context) ([]Check, error) {
	query := c.query()
	query.To = c.truth.End.Add(time.Minute)
	received, err := c.store.Notifications(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("ask for the notifications: %w", err)
	}
	type key struct{ device, token, name, port string }
	stored := map[key]int{}
	nobodys := map[string]int{} // by device, those that no device sent
	for i := range received {
		one := &received[i]
		name := entity(one.Customer, one.Site, one.Device)
		found := ""
		if match := token.FindStringSubmatch(one.Variables); match != nil {
			found = match[1]
		}
		stored[key{name, found, one.What, one.Name}]++
		nobodys[name]++
	}
	var checks []Check
	check := func(name string, traps []fleet.TrapSent) {
		sent, missing, repeated := 0, 0, 0
		for _, trap := range traps {
			times := stored[key{name, trap.Token, trap.Name, trap.Interface}]
			nobodys[name] -= times
			if times > 1 {
				repeated++
			}
			if trap.Sent.After(c.to) {
				continue
			}
			sent++
			if times == 0 {
				missing++
			}
		}
		if len(traps) == 0 && nobodys[name] == 0 {
			return
		}
		checks = append(checks, Check{
			Name: "notifications", Entity: name, Expected: fmt.Sprintf("%d traps, each once", sent),
			Found: fmt.Sprintf("%d missing, %d more than once, %d nobody sent", missing, repeated, nobodys[name]),
			OK:    missing == 0 && repeated == 0 && nobodys[name] == 0,
		})
	}
	for i := range c.truth.Devices {
		device := &c.truth.Devices[i]
		check(entity(device.Customer, device.Site, device.Name), device.Traps)
		delete(nobodys, entity(device.Customer, device.Site, device.Name))
	}
	for _, name := range slices.Sorted(maps.Keys(nobodys)) {
		check(name, nil)
	}
	return checks, nil
}
