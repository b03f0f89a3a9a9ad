// Package inventory says what there is to watch: customers, their sites, the
// appliance at each site, and the devices and voice paths the appliance polls.
//
// What lives here: the inventory's part of the configuration, its rules, and the
// view an appliance has of it (Station). What does not: how anything is polled. A
// new attribute of a device is a field here with its rule in Validate.
package inventory
