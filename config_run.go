package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/syslog"
)

// loadToRun reads a configuration as loadConfig does, and finds as well what would keep
// this machine from running these appliances of it, or all where none is named: listeners
// in each other's way, certificates of no use. A warning is of what runs and does not do
// what was meant.
func loadToRun(path string, appliances []string) (config Config, warnings []error, err error) {
	return loadFor(path, func(config Config) (choice, error) { return choose(config.Ingest.Inventory, appliances) })
}

// loadToJudge is loadToRun for who only wants to know. A file that names the brokers may
// be that of many machines: without any name, each of its appliances is taken for the one
// of a machine of its own, whose certificates are not here.
func loadToJudge(path string, appliances []string) (config Config, warnings []error, err error) {
	return loadFor(path, func(config Config) (choice, error) {
		here, err := choose(config.Ingest.Inventory, appliances)
		here.apart = len(appliances) == 0 && !config.embeddedBroker() && len(config.Ingest.Inventory.Stations()) > 1
		return here, err
	})
}

func loadFor(path string, choose func(Config) (choice, error)) (config Config, warnings []error, err error) {
	config, file, err := readConfig(path)
	if err != nil {
		return Config{}, nil, err
	}
	here, err := choose(config)
	if err != nil {
		return Config{}, nil, err
	}
	problems, doubts := config.checkCertificates(here, time.Now())
	if here.apart {
		problems, doubts = nil, nil
	}
	rooms := append(config.rooms(), roomErrors{"$", config.checkListeners(here)}, roomErrors{inventoryPath, problems})
	if err := errors.Join(locateAll(path, file, rooms)...); err != nil {
		return Config{}, nil, err
	}
	open := config.exposures()
	if here.sites == nil { // it may be the centre
		open = append(open, config.unverified()...)
	}
	for _, doubt := range config.doubts {
		doubt.reason = "warning: " + doubt.reason
		warnings = append(warnings, doubt)
	}
	return config, append(warnings, locateAll(path, file, []roomErrors{{inventoryPath, doubts}, {"$", errors.Join(below("$", "warning: ", open)...)}})...), nil
}

// inventoryPath is the inventory's place in the file.
const inventoryPath = "$.ingest.inventory"

// checkCertificates reads the files of the TLS listeners that are here.
func (c Config) checkCertificates(here choice, now time.Time) (problems, warnings error) {
	var wrong, doubtful []error
	for i, customer := range c.Ingest.Inventory.Customers {
		for j, site := range customer.Sites {
			receives := site.Appliance.Syslog
			if !here.runs(i, j) || receives == nil || receives.TLS == nil || receives.TLS.CertificateFile == "" || receives.TLS.KeyFile == "" {
				continue // a file that is not named is the inventory's to report
			}
			at := fmt.Sprintf("$.customers[%d].sites[%d].appliance.syslog.tls", i, j)
			found, doubts := syslog.CheckFiles(*receives.TLS, now)
			wrong, doubtful = append(wrong, below(at, "", found)...), append(doubtful, below(at, "warning: ", doubts)...)
		}
	}
	return errors.Join(wrong...), errors.Join(doubtful...)
}

// below puts the paths of problems below another, and a word before what they say.
func below(at, word string, problems []error) []error {
	for i, err := range problems {
		if found := (inventory.Problem{}); errors.As(err, &found) {
			found.Path, found.Reason = at+strings.TrimPrefix(found.Path, "$"), word+found.Reason
			problems[i] = found
		}
	}
	return problems
}

// listeners are the addresses that this configuration has this machine listen on.
func (c Config) listeners(here choice) []inventory.Listener {
	var all []inventory.Listener
	if listen := c.HTTP.Listen; listen != "" {
		all = append(all, inventory.Listener{Path: "$.http.listen", Transport: "tcp", Address: listen, What: "http", Customer: -1})
	}
	if listen := c.Ingest.Voice.Reflector.Listen; listen != "" {
		all = append(all, inventory.Listener{Path: "$.ingest.voice.reflector.listen", Transport: "udp", Address: listen, What: "the voice reflector", Customer: -1})
	}
	for _, listener := range c.Ingest.Inventory.Listeners() {
		if !here.runs(listener.Customer, listener.Site) {
			continue
		}
		listener.Path = inventoryPath + strings.TrimPrefix(listener.Path, "$")
		all = append(all, listener)
	}
	return all
}

// checkListeners says which listeners are in the way of another: the system refuses the
// second of them. What only a look-up of a host name would tell is not said.
func (c Config) checkListeners(here choice) error {
	type port struct {
		transport string
		number    uint16
	}
	type taken struct {
		inventory.Listener
		address netip.Addr
	}
	var problems []error
	listening := map[port][]taken{}
	for _, later := range c.listeners(here) {
		socket, err := socketAddress(later.Address)
		if err != nil || socket.Port() == 0 {
			continue
		}
		at := port{later.Transport, socket.Port()}
		for _, earlier := range listening[at] {
			if here.meet(earlier.Listener, later) && overlap(earlier.address, socket.Addr()) {
				problems = append(problems, inventory.Problem{Path: later.Path, Reason: fmt.Sprintf(
					"%s cannot listen on %s (%s): %s listens on %s; give each an address or port of its own",
					later.What, later.Address, strings.ToUpper(later.Transport), earlier.What, earlier.Address)})
				break
			}
		}
		listening[at] = append(listening[at], taken{later, socket.Addr()})
	}
	return errors.Join(problems...)
}

// overlap says whether two sockets cannot have these addresses at one port. An unspecified
// address is that of every interface, of IPv4 and of IPv6.
func overlap(one, other netip.Addr) bool {
	return one == other || one.IsUnspecified() || other.IsUnspecified()
}

func socketAddress(listen string) (netip.AddrPort, error) {
	switch {
	case strings.HasPrefix(listen, ":"):
		listen = "[::]" + listen
	case strings.HasPrefix(listen, "localhost:"):
		listen = "127.0.0.1" + strings.TrimPrefix(listen, "localhost")
	}
	address, err := netip.ParseAddrPort(listen)
	return netip.AddrPortFrom(address.Addr().Unmap(), address.Port()), err
}
