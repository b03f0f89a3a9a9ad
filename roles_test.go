package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// manyMachines is one file for the centre and for two appliances that listen alike, each
// on a machine of its own.
const manyMachines = `ingest:
  bus: {brokers: ["kafka.example.net:9092"]}
  inventory:
    customers:
      - name: A
        sites:
          - {name: Osaka, appliance: {name: osaka-1, syslog: "0.0.0.0:514"}, devices: [{name: d, address: 192.0.2.1}]}
          - {name: Kyoto, appliance: {name: kyoto-1, syslog: {tls: {listen: "0.0.0.0:6514", certificate_file: away.crt, key_file: away.key}}}}
      - name: B
        sites:
          - {name: Osaka, appliance: {name: x, syslog: "0.0.0.0:514"}}
          - {name: Nara, appliance: {name: x}}
storage: {clickhouse: {address: "clickhouse.example.net:9000"}}
`

func TestOneFileOfManyMachines(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), manyMachines)
	cases := []struct {
		name       string
		appliances []string
		says       string // empty: nothing is wrong
		clash      string // what loadToRun says beside, which runs all it is given
	}{
		{"each on a machine of its own", nil, "", "away.crt"},
		{"one by name", []string{"osaka-1"}, "", ""},
		{"one by place", []string{"B/Osaka"}, "", ""},
		{"two that are in each other's way", []string{"osaka-1", "B/Osaka"}, "cannot listen on 0.0.0.0:514", ""},
		{"one whose certificate is not here", []string{"A/Kyoto"}, "away.crt", ""},
		{"one that is not there", []string{"tokyo-1"}, `there is no appliance "tokyo-1": give its name or CUSTOMER/SITE, as in osaka-1, kyoto-1`, ""},
		{"one name of two", []string{"x"}, `2 appliances are called "x": give one as CUSTOMER/SITE, of B/Osaka, B/Nara`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			expect := func(command string, err error, says string) {
				t.Helper()
				if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
					t.Errorf("%s: got %v, want %q", command, err, says)
				}
			}
			_, _, err := loadToJudge(path, c.appliances)
			expect("check", err, c.says)
			_, _, err = loadToRun(path, c.appliances)
			expect("poll", err, c.says+c.clash)
		})
	}
	if _, problems, code := call(t, "poll", "--config", path, "--appliance", "tokyo-1"); code != exitUsage || !strings.Contains(problems, "tokyo-1") {
		t.Errorf("poll of an appliance that is not there: exit %d: %s", code, problems)
	}
}

func TestAChosenApplianceRunsAlone(t *testing.T) {
	config, err := loadConfig(writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), manyMachines))
	if err != nil {
		t.Fatal(err)
	}
	here, err := choose(config.Ingest.Inventory, []string{"osaka-1", "B/Nara"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, station := range stationsOf(config.Ingest.Inventory, here) {
		names = append(names, station.Customer+"/"+station.Site+"/"+station.Appliance.Name)
	}
	if want := []string{"A/Osaka/osaka-1", "B/Nara/x"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if left := len(config.Ingest.Inventory.Stations()); left != 4 {
		t.Errorf("the inventory has %d appliances left, want all 4", left)
	}
}

func TestRolesApartNeedServers(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), "data: d\n")
	for command, says := range map[string][]string{
		"process": {"ingest.bus.brokers is empty", "storage.clickhouse.address is empty"},
		"migrate": {"ingest.bus.brokers is empty", "storage.clickhouse.address is empty"},
		"alert":   {"storage.clickhouse.address is empty"},
		"store":   {"storage.clickhouse.address is empty"},
	} {
		_, problems, code := call(t, command, "--config", path)
		for _, words := range says {
			if code != exitUsage || !strings.Contains(problems, words) {
				t.Errorf("%s: exit %d, it says %q, want %q", command, code, problems, words)
			}
		}
	}
}

// TestReadySaysWhatIsWaitedFor holds that a role whose store is away runs, is not ready,
// names the part and why, and ends at once when it is told to.
func TestReadySaysWhatIsWaitedFor(t *testing.T) {
	config := defaultConfig()
	config.HTTP.Listen = "127.0.0.1:0"
	config.Storage.ClickHouse.Address = "127.0.0.1:1"
	config.Ingest.Bus.Brokers = []string{"127.0.0.1:1"}
	a := newApplication(config, slog.New(slog.DiscardHandler))
	parts, err := a.assemble(processRole)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	parts[0].ready = func(ready func(context.Context) error) func(context.Context) error {
		return func(ctx context.Context) error { defer close(served); return ready(ctx) }
	}(parts[0].ready)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx, parts, nil) }()
	<-served
	until(t, 10*time.Second, func() (bool, string) {
		code, text := fetch(t, "http://"+a.address+"/ready")
		return code == http.StatusServiceUnavailable && strings.Contains(text, "store is starting: ") && strings.Contains(text, "connection refused") &&
			strings.Contains(text, "bus has not been started yet"), text
	})
	expectStatus(t, "http://"+a.address+"/healthz", http.StatusOK)
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end while it waits")
	}
}

// fetch asks an address and returns what it says; 0 where it does not answer.
func fetch(t *testing.T, address string) (code int, text string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(body)
}
