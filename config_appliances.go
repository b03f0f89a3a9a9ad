package main

import (
	"fmt"
	"slices"
	"strings"

	"mimamori/ingest/inventory"
)

// choice is which appliances of a configuration run on this machine.
type choice struct {
	sites map[[2]int]bool // by the indexes of customer and site; nil means all
	apart bool            // each runs on a machine of its own, and this is none of them
}

func (c choice) runs(customer, site int) bool {
	return c.sites == nil || c.sites[[2]int{customer, site}]
}

// meet says whether two listeners are on one machine.
func (c choice) meet(one, other inventory.Listener) bool {
	return !c.apart || one.Customer < 0 || other.Customer < 0 || one.Customer == other.Customer && one.Site == other.Site
}

// choose finds appliances by their names, or as CUSTOMER/SITE. Without any it chooses all.
func choose(config inventory.Config, wanted []string) (choice, error) {
	if len(wanted) == 0 {
		return choice{}, nil
	}
	chosen := map[[2]int]bool{}
	for _, name := range wanted {
		var found []string
		for i, customer := range config.Customers {
			for j, site := range customer.Sites {
				if place := customer.Name + "/" + site.Name; name == place || name == site.Appliance.Name {
					found = append(found, place)
					chosen[[2]int{i, j}] = true
				}
			}
		}
		switch {
		case len(found) == 0:
			return choice{}, fmt.Errorf("there is no appliance %q: give its name or CUSTOMER/SITE, as in %s", name, strings.Join(someAppliances(config), ", "))
		case len(found) > 1:
			return choice{}, fmt.Errorf("%d appliances are called %q: give one as CUSTOMER/SITE, of %s", len(found), name, strings.Join(found, ", "))
		}
	}
	return choice{sites: chosen}, nil
}

// someAppliances names a few appliances.
func someAppliances(config inventory.Config) []string {
	var names []string
	for _, customer := range config.Customers {
		for _, site := range customer.Sites {
			if len(names) == 5 {
				return append(names, "...")
			}
			names = append(names, site.Appliance.Name)
		}
	}
	return names
}

// stationsOf returns the chosen appliances with what they poll.
func stationsOf(config inventory.Config, here choice) []inventory.Station {
	chosen := inventory.Config{}
	for i, customer := range config.Customers {
		sites := customer.Sites
		customer.Sites = nil
		for j, site := range sites {
			if here.runs(i, j) {
				customer.Sites = append(slices.Clip(customer.Sites), site)
			}
		}
		chosen.Customers = append(chosen.Customers, customer)
	}
	return chosen.Stations()
}
