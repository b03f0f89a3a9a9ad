package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mimamori/ingest/snmp/replay"
)

// TestOperationsInTheVoiceReport polls a router with IP SLA jitter operations and asks
// for the voice of its paths.
func TestOperationsInTheVoiceReport(t *testing.T) {
	t.Parallel()
	file, err := os.Open("ingest/snmp/testdata/ios-ipsla.walk")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	walk, err := replay.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	router, err := replay.New(replay.Config{Walk: walk})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- router.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()

	agent := router.Addr().String()
	output, problems, code := call(t, "snmp", "poll", "--target", agent, "--community", "public", "--json")
	var polled struct {
		Operations []struct {
			Name, Target string
			Sent, Lost   *int
			Forward      *float64 `json:"forward_ms"`
			MOS          *float64 `json:"reported_mos"`
		}
	}
	if err := json.Unmarshal([]byte(output), &polled); err != nil || code != 0 || len(polled.Operations) != 3 {
		t.Fatalf("snmp poll: exit %d, %v\n%s%s", code, err, output, problems)
	}
	if one := polled.Operations[0]; one.Name != "tokyo-osaka" || one.Target != "192.0.2.10:16384" || *one.Sent != 1000 || *one.Lost != 9 || *one.Forward != 19 || *one.MOS != 4.06 {
		t.Errorf("snmp poll prints %s", output)
	}
	if timedOut := polled.Operations[1]; timedOut.Name != "192.0.2.20" || timedOut.Sent != nil || timedOut.MOS != nil {
		t.Errorf("snmp poll prints of the operation that timed out %+v", timedOut)
	}

	directory := t.TempDir()
	config := writeFile(t, filepath.Join(directory, "site.yaml"), fmt.Sprintf(`
data: store
http: {listen: "127.0.0.1:%d"}
ingest:
  inventory:
    customers:
      - name: Example Customer
        sites:
          - name: Head office
            appliance: {name: head-office-1}
            devices:
              - {name: edge-1, address: 127.0.0.1, no_ping: true, snmp: {port: %d, community: public}}
  snmp: {interval: 2s, health_interval: 2s}
`, freePort(t, "tcp"), router.Addr().Port()))
	running := start(t, "all", "--config", config)
	running.wait("msg=ready", 30*time.Second)

	type minute struct {
		Path, Source, Band, Codec string
		MOS                       *float64
		Reported                  *float64 `json:"reported_mos"`
		Sent, Lost, Late          int
		LossPct                   float64 `json:"loss_pct"`
		DelayMs                   float64 `json:"delay_ms"`
		OneWay                    bool    `json:"one_way"`
	}
	var rows map[string]minute
	until(t, 60*time.Second, func() (bool, string) {
		output, problems, code := call(t, "report", "voice", "--config", config, "--from", "1h", "--format", "json")
		var answer struct{ Rows []minute }
		if err := json.Unmarshal([]byte(output), &answer); err != nil || code != 0 {
			return false, fmt.Sprintf("exit %d, %v\n%s%s", code, err, output, problems)
		}
		rows = map[string]minute{}
		for _, row := range answer.Rows {
			rows[row.Path] = row
		}
		return len(rows) == 2 && len(answer.Rows) == 2, output
	})
	osaka := rows["edge-1 tokyo-osaka"]
	if osaka.Source != "IP SLA" || osaka.Codec != "G.711" || osaka.Sent != 1000 || osaka.Lost != 9 || osaka.Late != 1 || osaka.LossPct != 1 || !osaka.OneWay || osaka.DelayMs != 19+40+20 {
		t.Errorf("tokyo-osaka: %+v", osaka)
	}
	// calc mos rates the same measurements.
	output, problems, code = call(t, "calc", "mos", "--codec", "G.711", "--delay-ms", "19", "--jitter-buffer-ms", "40", "--packet-ms", "20", "--loss-pct", "1", "--json")
	var rated struct{ MOS float64 }
	if err := json.Unmarshal([]byte(output), &rated); err != nil || code != 0 {
		t.Fatalf("calc mos: exit %d, %v\n%s%s", code, err, output, problems)
	}
	if osaka.MOS == nil || math.Abs(*osaka.MOS-rated.MOS) > 1e-3 || osaka.Reported == nil || *osaka.Reported != 4.06 {
		t.Errorf("tokyo-osaka is rated %v, and %v by the router; calc mos says %v", osaka.MOS, osaka.Reported, rated.MOS)
	}
	if branch := rows["edge-1 branch"]; branch.MOS != nil || branch.Reported != nil || branch.Sent != 10 || branch.Source != "IP SLA" {
		t.Errorf("a path without a codec: %+v", branch)
	}
	if output, problems, code = call(t, "report", "voice", "--config", config, "--from", "1h", "--step", "1h", "--path", "edge-1 branch"); code != 0 {
		t.Errorf("by the hour: exit %d\n%s%s", code, output, problems)
	}
	running.stop()
}
