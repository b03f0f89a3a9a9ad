package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// sessionSeconds is the session time-out of the consumer group: the least that Apache
// Kafka grants.
const sessionSeconds = 6

// settings are what differs from one part's configuration file to the other.
type settings struct {
	name     string // of the part
	broker   string // as in ingest.bus.brokers
	store    string // host:port
	http     string // host:port; empty for none
	password string // of the store
}

// writeConfig writes a part's configuration file, which is JSON and so YAML too, and
// returns its path.
func writeConfig(directory string, s settings) (string, error) {
	type object = map[string]any
	var customers []object
	for i, p := range places {
		if i == 0 || places[i-1].customer != p.customer {
			customers = append(customers, object{"name": p.customer, "sites": []object{}})
		}
		last := customers[len(customers)-1]
		last["sites"] = append(last["sites"].([]object), object{"name": p.site, "appliance": object{"name": p.appliance}})
	}
	content, err := json.MarshalIndent(object{
		"data": filepath.Join(directory, s.name),
		"http": object{"listen": s.http},
		"ingest": object{
			"bus": object{
				"brokers":         []string{s.broker},
				"session_timeout": fmt.Sprintf("%ds", sessionSeconds), "heartbeat_interval": "1500ms", "rebalance_timeout": "10s",
			},
			"inventory": object{"customers": customers},
			"linger":    "500ms", "routine_linger": "500ms", "heartbeat_interval": "1s",
			"spool": object{"backlog_after": "5s", "backlog_rate": 500},
		},
		"processors": object{
			"tick_interval": "1s", "batch_linger": "300ms", "batch_rows": 20_000, "retry_longest": "2s",
			"availability": object{"heartbeat_interval": "1s"},
		},
		"storage": object{
			"clickhouse": object{
				"address": s.store, "protocol": "http", "password": s.password, "dial_timeout": "2s", "insert_timeout": "20s", "query_timeout": "15s",
			},
		},
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the configuration of %s: %w", s.name, err)
	}
	path := configFile(directory, s.name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return "", fmt.Errorf("write the configuration of %s: %w", s.name, err)
	}
	return path, nil
}

func configFile(directory, name string) string { return filepath.Join(directory, name+".yaml") }

// writeFeeding writes what a poller is to say and returns the path.
func writeFeeding(directory string, f Feeding) (string, error) {
	content, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("write what poller %d says: %w", f.Site, err)
	}
	path := filepath.Join(directory, fmt.Sprintf("feeding-%d.json", f.Site+1))
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return "", fmt.Errorf("write what poller %d says: %w", f.Site, err)
	}
	return path, nil
}

// ReadFeeding reads what a poller is to say.
func ReadFeeding(path string) (Feeding, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Feeding{}, fmt.Errorf("read what to say: %w", err)
	}
	var f Feeding
	if err := json.Unmarshal(content, &f); err != nil {
		return Feeding{}, fmt.Errorf("read what to say from %s: %w", path, err)
	}
	if f.Site < 0 || f.Site >= sitesCount {
		return Feeding{}, fmt.Errorf("read what to say from %s: there is no site %d", path, f.Site)
	}
	return f, f.Validate()
}

// Appliance is the name of the appliance that says it, as in the configuration.
func (f Feeding) Appliance() string { return places[f.Site].appliance }
