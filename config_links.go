package main

import (
	"errors"
	"fmt"

	"mimamori/ingest/sample"
)

// validateLinks finds links that name a device the inventory does not have: what is
// said of them would be said of nothing.
func (c Config) validateLinks() error {
	known := map[sample.ID]bool{}
	for _, station := range c.Ingest.Inventory.Stations() {
		for _, device := range station.Devices {
			known[device.ID] = true
		}
	}
	var problems []error
	for i, link := range c.Processors.Utilization.Links {
		named := link.Customer != "" && link.Site != "" && link.Device != ""
		if named && len(known) > 0 && !known[sample.DeviceID(link.Customer, link.Site, link.Device)] {
			problems = append(problems, fmt.Errorf("utilization: links[%d]: device %s / %s / %s is not in the inventory: correct the names, or remove the entry",
				i, link.Customer, link.Site, link.Device))
		}
	}
	return errors.Join(problems...)
}
