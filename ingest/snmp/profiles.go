package snmp

import (
	"errors"
	"fmt"
	"strings"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/profile"
)

// loadProfiles returns the device profiles there are.
func (c Config) loadProfiles() (*profile.Set, error) {
	if c.Profiles == "" {
		return profile.Families()
	}
	return profile.Load(c.Profiles)
}

// profileProblems returns what is wrong with the profiles of a folder, one by one.
func profileProblems(folder string) []error {
	_, err := profile.Load(folder)
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// CheckProfiles returns the devices whose profile does not exist, joined; each is an
// inventory.Problem. It returns nil where the profiles themselves are wrong, which
// Validate says.
func (c Config) CheckProfiles(of inventory.Config) error {
	profiles, _ := c.loadProfiles()
	if profiles == nil {
		return nil
	}
	var problems []error
	for i, customer := range of.Customers {
		for j, site := range customer.Sites {
			for k, device := range site.Devices {
				if device.SNMP == nil {
					continue
				}
				if _, err := initialProfile(profiles, device.SNMP.Profile); err != nil {
					path := fmt.Sprintf("$.customers[%d].sites[%d].devices[%d].snmp.profile", i, j, k)
					problems = append(problems, inventory.Problem{Path: path, Reason: err.Error()})
				}
			}
		}
	}
	return errors.Join(problems...)
}

// CheckProfile returns what is wrong with the profiles, or that there is none of the
// name; an empty name asks for none.
func (c Config) CheckProfile(name string) error {
	profiles, err := c.loadProfiles()
	if err != nil {
		return err
	}
	_, err = initialProfile(profiles, name)
	return err
}

// initialProfile returns the profile the inventory names, or Generic where it names
// none.
func initialProfile(profiles *profile.Set, name string) (*profile.Profile, error) {
	if name == "" {
		name = profile.Generic
	}
	found, ok := profiles.Named(name)
	if !ok {
		return nil, fmt.Errorf("there is no device profile %q: use one of %s, or leave it out", name, strings.Join(profiles.Names(), ", "))
	}
	return found, nil
}

// chooseProfile gives a device the profile that what it says of itself calls for,
// where the inventory names none.
func (w *worker) chooseProfile(d *device) {
	if d.inventory.SNMP.Profile != "" {
		return
	}
	chosen := w.profiles.For(d.described.objectID, d.described.descr)
	if chosen == d.profile {
		return
	}
	w.log.Debug("a device has a profile", "device", d.inventory.Name, "sysObjectID", d.described.objectID, "profile", chosen.Name)
	d.profile = chosen
	d.health.forget()
	d.broken |= skipped(chosen)
	if limit := chosen.Repetitions(w.cfg.MaxRepetitions); limit != d.pace.limit {
		d.pace = newPace(limit)
	}
}

// skipped returns the columns of interfaces that a profile's agents are not asked for.
func skipped(by *profile.Profile) (skipped columnSet) {
	for c := range columnCount {
		if by.Skips(columnPrefix[c]) {
			skipped.add(c)
		}
	}
	return skipped
}
