package main

import (
	"slices"

	"mimamori/ingest/inventory"
)

// names answers what the service section asks of the inventory.
type names inventory.Config

// HasCustomer reports whether the inventory has a customer.
func (n names) HasCustomer(customer string) bool {
	return slices.ContainsFunc(n.Customers, func(c inventory.Customer) bool { return c.Name == customer })
}

// HasDevice reports whether a customer has a device at a site.
func (n names) HasDevice(customer, site, device string) bool {
	for _, c := range n.Customers {
		for _, s := range c.Sites {
			if c.Name == customer && s.Name == site {
				return slices.ContainsFunc(s.Devices, func(d inventory.Device) bool { return d.Name == device })
			}
		}
	}
	return false
}
