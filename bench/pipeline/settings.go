package pipeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"mimamori/bench/child"
	"mimamori/bench/load"
)

// sessionTimeout is how long processors may stand still while a backlog is published.
const sessionTimeout = "120s"

// writeSettings writes the configuration file of the processors, which is JSON and so
// YAML too, and returns its path. Whatever it does not say has its default.
func (p *plant) writeSettings(fleet *load.Fleet) (string, error) {
	type object = map[string]any
	var customers []object
	places := fleet.Places()
	for i, place := range places {
		if i == 0 || places[i-1].Customer != place.Customer {
			customers = append(customers, object{"name": place.Customer, "sites": []object{}})
		}
		last := customers[len(customers)-1]
		last["sites"] = append(last["sites"].([]object), object{"name": place.Site, "appliance": object{"name": place.Appliance}})
	}
	listen, err := child.FreeAddress()
	if err != nil {
		return "", err
	}
	p.http = listen
	text, err := json.Marshal(object{
		"data": filepath.Join(p.directory, "processors"),
		"http": object{"listen": listen},
		"ingest": object{
			"bus":       object{"brokers": p.brokers, "session_timeout": sessionTimeout, "partitions": object{"telemetry": p.partitions}},
			"inventory": object{"customers": customers},
		},
		// The end of a backlog is not to wait for rows that do not come.
		"processors": object{"batch_linger": "100ms", "batch_rows": p.batchRows},
		"storage": object{"clickhouse": object{
			"address": p.endpoint.Address, "protocol": "http", "username": "default", "password": p.endpoint.Token, "database": p.endpoint.Database,
		}},
	})
	path := filepath.Join(p.directory, "processors.yaml")
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("write the configuration of the processors: %w", err)
	}
	return path, nil
}
