package main

import (
	"errors"
	"fmt"
	"strings"

	"mimamori/ingest/bus"
	"mimamori/ingest/inventory"
)

// exposures are what a configuration leaves open to others than it may mean to, each a
// Problem. It runs, and is warned of.
func (c Config) exposures() []error {
	var found []error
	warn := func(path, format string, arguments ...any) {
		found = append(found, inventory.Problem{Path: path, Reason: fmt.Sprintf(format, arguments...)})
	}
	if listen := c.HTTP.Listen; listen != "" && !loopback(listen) {
		warn("$.http.listen", "http.listen is %s: whoever reaches that address reads /metrics, which names customers and sites, and what is sent is not encrypted; listen on 127.0.0.1, or behind a proxy with TLS", listen)
	}
	if store := c.Storage.ClickHouse; store.Address != "" && !loopback(store.Address) && store.TLS == nil {
		warn("$.storage.clickhouse.address", "storage.clickhouse.tls is not set: passwords and figures go in clear to %s; set it, or let only a network of your own lie between", store.Address)
	}
	if path := c.Processors.PrivateKeyFile; path != "" {
		if err := readableByOthers(path); err != nil {
			warn("$.processors.private_key_file", "%v", err)
		}
	}
	away := beyond(c.Ingest.Bus.Brokers)
	unsigned, known, all := 0, 0, 0
	for i, customer := range c.Ingest.Inventory.Customers {
		for j, site := range customer.Sites {
			appliance := site.Appliance
			if path := appliance.PrivateKeyFile; path != "" {
				if err := readableByOthers(path); err != nil {
					warn(fmt.Sprintf("%s.customers[%d].sites[%d].appliance.private_key_file", inventoryPath, i, j), "%v", err)
				}
			}
			if appliance.Uplink != "" && away == "" {
				away = beyond([]string{appliance.Uplink})
			}
			all++
			if len(appliance.PublicKeys) > 0 {
				known++
			} else if appliance.PrivateKeyFile == "" {
				unsigned++
			}
		}
	}
	if away == "" {
		return found
	}
	if c.Ingest.Bus.TLS == nil {
		warn("$.ingest.bus.brokers", "ingest.bus.tls is not set: what is measured goes in clear to %s; set it, or let only a network of your own lie between", away)
	}
	if unsigned > 0 {
		warn(inventoryPath, "%d of %d appliances sign nothing: whoever may write to the topics at %s may write in their name; see mimamori appliance key and docs/security.md", unsigned, all, away)
	}
	if known > 0 && len(c.Processors.PublicKeys) == 0 {
		warn("$.processors", "processors.public_keys is not set: whoever may write to the topics at %s may write the centre's ticks, and so make appliances seem silent; see docs/security.md", away)
	}
	return found
}

// beyond returns the first broker that is not on this machine, empty for none.
func beyond(brokers []string) string {
	for _, broker := range brokers {
		if !strings.HasPrefix(broker, bus.SocketPrefix) && !loopback(broker) {
			return broker
		}
	}
	return ""
}

// warnOfExposures logs them, as a role that serves starts.
func (a *application) warnOfExposures() {
	for _, err := range a.config.exposures() {
		if found := (inventory.Problem{}); errors.As(err, &found) {
			a.logger.Warn(found.Reason)
		}
	}
}
