package main

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// checkCommand says what is wrong with a configuration.
type checkCommand struct {
	configFlag `embed:""`
	Appliance  []string `help:"Judge the file as the machine that runs this appliance would, by its name or as CUSTOMER/SITE; may be given several times. Default: as one machine that runs all, or where the file names the brokers each appliance as the one of its machine." placeholder:"NAME"`
}

// Run reads the configuration and says what it found in it.
func (c *checkCommand) Run(output stdout) error {
	config, warnings, err := loadToJudge(c.Config, c.Appliance)
	if err != nil {
		return usageError{err}
	}
	for _, warning := range warnings {
		if _, err := fmt.Fprintln(output, warning); err != nil {
			return err
		}
	}
	customers, sites, devices, paths := len(config.Ingest.Inventory.Customers), 0, 0, 0
	for _, station := range config.Ingest.Inventory.Stations() {
		sites, devices, paths = sites+1, devices+len(station.Devices), paths+len(station.Paths)
	}
	store, broker := "ClickHouse at "+config.Storage.ClickHouse.Address, fmt.Sprintf("Kafka at %v", config.Ingest.Bus.Brokers)
	if config.embeddedStore() {
		store = "the embedded store"
	}
	if config.embeddedBroker() {
		broker = "the embedded broker"
	}
	_, err = fmt.Fprintf(output, "%s is right: customers %d, sites %d, devices %d, voice paths %d; %s, %s\n",
		c.Config, customers, sites, devices, paths, broker, store)
	return err
}

// configCommand prints the effective configuration.
type configCommand struct {
	configFlag `embed:""`
}

// Run prints the configuration with the defaults filled in and the secrets hidden.
func (c *configCommand) Run(output stdout) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	hideSecrets(&config)
	return writeYAML(output, config)
}

func writeYAML(output stdout, config Config) error {
	text, err := yaml.Marshal(config)
	if err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	_, err = output.Write(text)
	return err
}
