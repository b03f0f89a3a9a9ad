package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mimamori/ingest/bus"
	"mimamori/ingest/inventory"
	"mimamori/storage/api"
)

// exposures are what a configuration leaves open to others than it may mean to, each a
// Problem. It runs, and is warned of.
func (c Config) exposures() []error {
	var found []error
	warn := func(path, format string, arguments ...any) {
		found = append(found, inventory.Problem{Path: path, Reason: fmt.Sprintf(format, arguments...)})
	}
	if listen := c.HTTP.Listen; listen != "" && !loopback(listen) {
		warn("$.http.listen", "http.listen is %s: whoever reaches that address reads /metrics, which names customers and sites, and what is sent is not encrypted, the tokens of the HTTP API and of the alarms included; listen on 127.0.0.1, or behind a proxy with TLS", listen)
	}
	if store := c.Storage.ClickHouse; store.Address != "" && !loopback(store.Address) && store.TLS == nil {
		warn("$.storage.clickhouse.address", "storage.clickhouse.tls is not set: passwords and figures go in clear to %s; set it, or let only a network of your own lie between", store.Address)
	}
	for i, token := range c.API.Tokens {
		if slices.Contains(token.May, api.MayAcknowledge) && !slices.Contains(token.Customers, api.EveryCustomer) {
			warn(fmt.Sprintf("$.api.tokens[%d].may", i), "the token %s sees some customers alone and may acknowledge: whoever holds it stops the escalation of their alarms, and is told who sees to them; leave acknowledge out unless that is meant", token.Name)
		}
	}
	for _, secret := range c.keyFiles() {
		if err := readableByOthers(secret.file); err != nil {
			warn(secret.path, "%v", err)
		}
	}
	for i, customer := range c.Ingest.Inventory.Customers {
		for j, site := range customer.Sites {
			if hears := site.Appliance.Notifications; hears != nil && len(hears.Communities) == 0 && !loopback(hears.Listen) {
				warn(fmt.Sprintf("%s.customers[%d].sites[%d].appliance.notifications", inventoryPath, i, j),
					"notifications of versions 1 and 2c are taken with any community, whoever sends them: list communities, which need not be those of polling")
			}
		}
	}
	away := c.away()
	if away == "" {
		return found
	}
	if c.Ingest.Bus.TLS == nil {
		warn("$.ingest.bus.brokers", "ingest.bus.tls is not set: what is measured goes in clear to %s; set it, or let only a network of your own lie between", away)
	}
	signing := c.signing()
	if signing.neither > 0 {
		warn(inventoryPath, "%d of %d appliances sign nothing: whoever may write to the topics at %s may write in their name; see mimamori appliance key and docs/security.md", signing.neither, signing.all, away)
	}
	if signing.known > 0 && len(c.Processors.PublicKeys) == 0 {
		warn("$.processors", "processors.public_keys is not set: whoever may write to the topics at %s may write the centre's ticks, and so make appliances seem silent; see docs/security.md", away)
	}
	return found
}

// unverified is what a centre with this configuration leaves open beyond its exposures:
// appliances that sign what nobody verifies, which is right in the file of their own site.
func (c Config) unverified() []error {
	away, signing := c.away(), c.signing()
	if away == "" || signing.unknown == 0 {
		return nil
	}
	return []error{inventory.Problem{Path: inventoryPath, Reason: fmt.Sprintf(
		"%d of %d appliances sign and have no public_keys: a centre with this file verifies nothing of theirs, and whoever may write to the topics at %s may write in their name; add public_keys to them at the centre, as docs/security.md says",
		signing.unknown, signing.all, away)}}
}

// signing is how many appliances sign what they send, as far as the configuration says.
type signing struct {
	all     int
	known   int // have public keys, so that a centre verifies
	unknown int // have a private key alone
	neither int
}

func (c Config) signing() (counted signing) {
	for _, station := range c.Ingest.Inventory.Stations() {
		counted.all++
		switch appliance := station.Appliance; {
		case len(appliance.PublicKeys) > 0:
			counted.known++
		case appliance.PrivateKeyFile != "":
			counted.unknown++
		default:
			counted.neither++
		}
	}
	return counted
}

// keyFile is the file of a private key, and where the configuration names it.
type keyFile struct{ path, file string }

// keyFiles are all of them, whoever uses them.
func (c Config) keyFiles() (all []keyFile) {
	add := func(path, file string) {
		if file != "" {
			all = append(all, keyFile{path, file})
		}
	}
	add("$.processors.private_key_file", c.Processors.PrivateKeyFile)
	if encrypted := c.Ingest.Bus.TLS; encrypted != nil {
		add("$.ingest.bus.tls.key_file", encrypted.KeyFile)
	}
	if encrypted := c.Storage.ClickHouse.TLS; encrypted != nil {
		add("$.storage.clickhouse.tls.key_file", encrypted.KeyFile)
	}
	for i, customer := range c.Ingest.Inventory.Customers {
		for j, site := range customer.Sites {
			at := fmt.Sprintf("%s.customers[%d].sites[%d].appliance", inventoryPath, i, j)
			add(at+".private_key_file", site.Appliance.PrivateKeyFile)
			if receives := site.Appliance.Syslog; receives != nil && receives.TLS != nil {
				add(at+".syslog.tls.key_file", receives.TLS.KeyFile)
			}
		}
	}
	return all
}

// away is a broker that is not on this machine, empty for none.
func (c Config) away() string {
	if away := beyond(c.Ingest.Bus.Brokers); away != "" {
		return away
	}
	for _, station := range c.Ingest.Inventory.Stations() {
		if uplink := station.Appliance.Uplink; uplink != "" {
			if away := beyond([]string{uplink}); away != "" {
				return away
			}
		}
	}
	return ""
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

// warnOfExposures logs them and what reading the configuration found, as a role starts.
func (a *application) warnOfExposures() {
	for _, doubt := range a.config.doubts {
		a.logger.Warn(doubt.Error())
	}
	a.warnOf(a.config.exposures())
}

func (a *application) warnOf(problems []error) {
	for _, err := range problems {
		if found := (inventory.Problem{}); errors.As(err, &found) {
			a.logger.Warn(found.Reason)
		}
	}
}
