package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"mimamori/ingest/signature"
)

// makeKeys gives the centre and every appliance a key, so that the demo's blocks and ticks
// are signed and asked for, as those of a real network should be. The private keys are in
// a folder beside the data; those of the appliances the pollers alone know.
func (l *demoLayout) makeKeys() error {
	folder := filepath.Join(l.directory, "keys")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of the demo's keys: %w", err)
	}
	pair := func(name string) (file string, public []string, err error) {
		file = filepath.Join(folder, name+".key")
		key, err := signature.NewFile(file)
		return file, []string{signature.FormatPublicKey(key)}, err
	}
	var err error
	centre := &l.centre.Processors
	if centre.PrivateKeyFile, centre.PublicKeys, err = pair("centre"); err != nil {
		return err
	}
	l.poll.Processors = *centre
	polled := slices.Clone(l.centre.Ingest.Inventory.Customers)
	for i := range polled {
		sites := slices.Clone(polled[i].Sites)
		for j := range sites {
			appliance := &sites[j].Appliance
			if appliance.PrivateKeyFile, appliance.PublicKeys, err = pair(appliance.Name); err != nil {
				return err
			}
			l.centre.Ingest.Inventory.Customers[i].Sites[j].Appliance.PublicKeys = appliance.PublicKeys
		}
		polled[i].Sites = sites
	}
	l.poll.Ingest.Inventory.Customers = polled
	return nil
}
