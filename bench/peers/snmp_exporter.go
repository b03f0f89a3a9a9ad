package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mimamori/bench/child"
)

const exporterName = "snmp_exporter"

// exporterBinaries are the names that snmp_exporter goes by: the project's, Debian's.
var exporterBinaries = []string{"snmp_exporter", "prometheus-snmp-exporter"}

// exporter is a running snmp_exporter, asked over HTTP as Prometheus does.
type exporter struct {
	version string
	command *exec.Cmd
	folder  string
	address string
	query   string // what is asked beside the target
	client  http.Client
	log     bytes.Buffer // once it has ended
}

// findExporter returns where the program is, or why it cannot be had.
func findExporter(path string) (string, error) {
	candidates := exporterBinaries
	if path != "" {
		candidates = []string{path}
	}
	for _, candidate := range candidates {
		if found, err := exec.LookPath(candidate); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("no program %s is found: install Debian's prometheus-snmp-exporter, or say --peer PATH", candidates[0])
}

var versionPattern = regexp.MustCompile(`version v?([0-9]+)\.([0-9]+)\.([0-9]+)`)

// exporterVersion asks a program for its version, and whether it keeps communities
// apart from modules as versions since 0.23 do.
func exporterVersion(ctx context.Context, binary string) (version string, apart bool, err error) {
	output, err := exec.CommandContext(ctx, binary, "--version").CombinedOutput()
	if err != nil {
		return "", false, fmt.Errorf("ask %s for its version: %w", binary, err)
	}
	parts := versionPattern.FindStringSubmatch(string(output))
	if parts == nil {
		return "unknown", true, nil // built from a checkout, so it is a late one
	}
	major, _ := strconv.Atoi(parts[1])
	minor, _ := strconv.Atoi(parts[2])
	return fmt.Sprintf("%s.%s.%s", parts[1], parts[2], parts[3]), major > 0 || minor >= 23, nil
}

// startExporter starts the program with a configuration that walks the interface
// tables, and waits until it answers.
func startExporter(ctx context.Context, path string) (*exporter, error) {
	binary, err := findExporter(path)
	if err != nil {
		return nil, err
	}
	version, apart, err := exporterVersion(ctx, binary)
	if err != nil {
		return nil, err
	}
	e := &exporter{version: version, query: "&module=interfaces"}
	if apart {
		e.query += "&auth=bench"
	}
	if e.folder, err = os.MkdirTemp("", "mimamori-bench"); err != nil {
		return nil, fmt.Errorf("configure snmp_exporter: %w", err)
	}
	config := filepath.Join(e.folder, "snmp.yml")
	if err := os.WriteFile(config, exporterConfig(apart), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("configure snmp_exporter: %w", err), e.stop())
	}
	if e.address, err = child.FreeAddress(); err != nil {
		return nil, errors.Join(err, e.stop())
	}
	// Prometheus would ask for compressed answers; without, the peer has less to do.
	e.client = http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableCompression: true, MaxIdleConnsPerHost: exporterConcurrency, MaxConnsPerHost: exporterConcurrency,
	}}
	e.command = exec.Command(binary, "--config.file="+config, "--web.listen-address="+e.address)
	e.command.Stdout, e.command.Stderr = &e.log, &e.log
	e.command.SysProcAttr = child.Leashed()
	if err := e.command.Start(); err != nil {
		e.command = nil
		return nil, errors.Join(fmt.Errorf("start snmp_exporter: %w", err), e.stop())
	}
	if err := e.awaitReady(ctx); err != nil {
		err = errors.Join(err, e.stop())
		return nil, fmt.Errorf("%w; it said: %s", err, lastLine(e.log.Bytes()))
	}
	return e, nil
}

func lastLine(log []byte) []byte {
	log = bytes.TrimSpace(log)
	return log[bytes.LastIndexByte(log, '\n')+1:]
}

func (e *exporter) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if err := e.ask(ctx, "/metrics"); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("snmp_exporter does not answer")
		case <-again.C:
		}
	}
}

func (e *exporter) ask(ctx context.Context, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.address+path, nil)
	if err != nil {
		return err
	}
	response, err := e.client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	err = errors.Join(err, response.Body.Close())
	if response.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("snmp_exporter answers %s", response.Status), err)
	}
	return err
}

// exporterConcurrency is how many devices are asked at once, as by the poller's
// default.
const exporterConcurrency = 64

// scrape asks for every target once an interval, evenly spread, for a while. Where the
// program cannot keep up it is asked as fast as it answers. It returns how many
// answers were right.
func (e *exporter) scrape(ctx context.Context, targets []netip.AddrPort, interval, period time.Duration) (right uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, period)
	defer cancel()
	var done atomic.Uint64
	var failure atomic.Pointer[error]
	queue := make(chan netip.AddrPort)
	var workers sync.WaitGroup
	for range min(exporterConcurrency, len(targets)) {
		workers.Go(func() {
			for target := range queue {
				err := e.ask(ctx, "/snmp?target="+url.QueryEscape(target.String())+e.query)
				if err == nil {
					done.Add(1)
				} else if ctx.Err() == nil {
					failure.Store(&err)
				}
			}
		})
	}
	pace := time.NewTicker(interval / time.Duration(len(targets)))
	defer pace.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		select {
		case <-ctx.Done():
		case <-pace.C:
			select {
			case queue <- targets[i%len(targets)]:
			case <-ctx.Done():
			}
		}
	}
	close(queue)
	workers.Wait()
	if failed := failure.Load(); failed != nil && done.Load() == 0 {
		return 0, *failed
	}
	return done.Load(), nil
}

// stop ends the program.
func (e *exporter) stop() error {
	if e.command != nil {
		_ = e.command.Process.Kill() // it keeps nothing
		_ = e.command.Wait()
	}
	e.client.CloseIdleConnections()
	if err := os.RemoveAll(e.folder); err != nil {
		return fmt.Errorf("clear what snmp_exporter was configured by: %w", err)
	}
	return nil
}

// exporterMetrics are the objects of the interface tables, as they are named there.
var exporterMetrics = []struct{ name, oid, kind string }{
	{"ifType", "1.3.6.1.2.1.2.2.1.3", "gauge"},
	{"ifMtu", "1.3.6.1.2.1.2.2.1.4", "gauge"},
	{"ifSpeed", "1.3.6.1.2.1.2.2.1.5", "gauge"},
	{"ifAdminStatus", "1.3.6.1.2.1.2.2.1.7", "gauge"},
	{"ifOperStatus", "1.3.6.1.2.1.2.2.1.8", "gauge"},
	{"ifLastChange", "1.3.6.1.2.1.2.2.1.9", "gauge"},
	{"ifInOctets", "1.3.6.1.2.1.2.2.1.10", "counter"},
	{"ifInUcastPkts", "1.3.6.1.2.1.2.2.1.11", "counter"},
	{"ifInNUcastPkts", "1.3.6.1.2.1.2.2.1.12", "counter"},
	{"ifInDiscards", "1.3.6.1.2.1.2.2.1.13", "counter"},
	{"ifInErrors", "1.3.6.1.2.1.2.2.1.14", "counter"},
	{"ifOutOctets", "1.3.6.1.2.1.2.2.1.16", "counter"},
	{"ifOutUcastPkts", "1.3.6.1.2.1.2.2.1.17", "counter"},
	{"ifOutNUcastPkts", "1.3.6.1.2.1.2.2.1.18", "counter"},
	{"ifOutDiscards", "1.3.6.1.2.1.2.2.1.19", "counter"},
	{"ifOutErrors", "1.3.6.1.2.1.2.2.1.20", "counter"},
	{"ifInMulticastPkts", "1.3.6.1.2.1.31.1.1.1.2", "counter"},
	{"ifInBroadcastPkts", "1.3.6.1.2.1.31.1.1.1.3", "counter"},
	{"ifOutMulticastPkts", "1.3.6.1.2.1.31.1.1.1.4", "counter"},
	{"ifOutBroadcastPkts", "1.3.6.1.2.1.31.1.1.1.5", "counter"},
	{"ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", "counter"},
	{"ifHCInUcastPkts", "1.3.6.1.2.1.31.1.1.1.7", "counter"},
	{"ifHCInMulticastPkts", "1.3.6.1.2.1.31.1.1.1.8", "counter"},
	{"ifHCInBroadcastPkts", "1.3.6.1.2.1.31.1.1.1.9", "counter"},
	{"ifHCOutOctets", "1.3.6.1.2.1.31.1.1.1.10", "counter"},
	{"ifHCOutUcastPkts", "1.3.6.1.2.1.31.1.1.1.11", "counter"},
	{"ifHCOutMulticastPkts", "1.3.6.1.2.1.31.1.1.1.12", "counter"},
	{"ifHCOutBroadcastPkts", "1.3.6.1.2.1.31.1.1.1.13", "counter"},
	{"ifHighSpeed", "1.3.6.1.2.1.31.1.1.1.15", "gauge"},
	{"ifPromiscuousMode", "1.3.6.1.2.1.31.1.1.1.16", "gauge"},
	{"ifConnectorPresent", "1.3.6.1.2.1.31.1.1.1.17", "gauge"},
	{"ifCounterDiscontinuityTime", "1.3.6.1.2.1.31.1.1.1.19", "gauge"},
}

// exporterConfig walks both tables whole, which takes the fewest requests, and names
// each interface by ifName.
func exporterConfig(apart bool) []byte {
	var file bytes.Buffer
	line := func(depth int, format string, arguments ...any) {
		fmt.Fprintf(&file, "%*s"+format+"\n", append([]any{2 * depth, ""}, arguments...)...)
	}
	depth := 0
	if apart {
		line(0, "auths:")
		line(1, "bench: {community: %s, version: 2}", snmpCommunity)
		line(0, "modules:")
		depth = 1
	}
	line(depth, "interfaces:")
	depth++
	if !apart {
		line(depth, "version: 2")
		line(depth, "auth: {community: %s}", snmpCommunity)
	}
	line(depth, "max_repetitions: 25")
	line(depth, "walk: [1.3.6.1.2.1.2.2, 1.3.6.1.2.1.31.1.1]")
	line(depth, "get: [1.3.6.1.2.1.1.3.0]")
	line(depth, "metrics:")
	line(depth, "- {name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: sysUpTime}")
	for _, metric := range exporterMetrics {
		line(depth, "- name: %s", metric.name)
		line(depth+1, "oid: %s", metric.oid)
		line(depth+1, "type: %s", metric.kind)
		line(depth+1, "help: %s", metric.name)
		line(depth+1, "indexes: [{labelname: ifIndex, type: gauge}]")
		line(depth+1, "lookups: [{labels: [ifIndex], labelname: ifName, oid: 1.3.6.1.2.1.31.1.1.1.1, type: DisplayString}]")
	}
	return file.Bytes()
}
