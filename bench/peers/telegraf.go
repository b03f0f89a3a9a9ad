package peers

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"mimamori/bench/child"
)

const telegrafName = "telegraf"

// telegraf is a running Telegraf, which polls by itself. Between its turns it is stopped as by the key Ctrl-Z, so that
// what it takes to start and to read its configuration is not counted.
type telegraf struct {
	version string
	command *exec.Cmd
	folder  string
	output  written      // where it writes to a file
	log     bytes.Buffer // once it has ended
}

// findTelegraf returns where the program is: at the path that was said, where commands are, or where make telegraf leaves it.
func findTelegraf(path string) (string, error) {
	candidates := []string{telegrafName, filepath.Join(".cache", "bin", telegrafName)}
	if path != "" {
		candidates = []string{path}
	}
	for _, candidate := range candidates {
		if found, err := exec.LookPath(candidate); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("no program %s is found: run make telegraf, install it, or say --telegraf PATH", candidates[0])
}

// telegrafVersion is that which a release says of itself; of one built by go install that of its module.
func telegrafVersion(ctx context.Context, binary string) (string, error) {
	output, err := exec.CommandContext(ctx, binary, "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", binary, err)
	}
	if words := strings.Fields(string(output)); len(words) > 1 && strings.Contains(words[1], ".") && !strings.HasPrefix(words[1], "unknown") {
		return words[1], nil
	}
	if built, err := buildinfo.ReadFile(binary); err == nil && built.Main.Version != "" {
		return strings.TrimPrefix(built.Main.Version, "v"), nil
	}
	return "unknown", nil
}

// hasInput says what to do where the program was built without an input.
func hasInput(ctx context.Context, binary, plugin string) error {
	output, err := exec.CommandContext(ctx, binary, "plugins", "inputs").Output()
	if err != nil {
		return fmt.Errorf("ask %s for its inputs: %w", binary, err)
	}
	if fields := strings.Fields(string(output)); !slices.Contains(fields, plugin) && !slices.Contains(fields, "inputs."+plugin) {
		return fmt.Errorf("%s was built without inputs.%s: run make telegraf again, install a release, or say --telegraf PATH", binary, plugin)
	}
	return nil
}

// telegrafOrder says what the program does.
type telegrafOrder struct {
	plugin   string // the input, by its name
	inputs   string // its configuration, in the program's own language
	interval time.Duration
	// flush is how often it writes what makes no batch; 0 for the interval.
	flush time.Duration
	// toFile has it write to a file, in InfluxDB's line protocol; else nowhere, which takes it the least.
	toFile bool
}

// startTelegraf starts the program and stops it until its first turn.
func startTelegraf(ctx context.Context, path string, order telegrafOrder) (*telegraf, error) {
	binary, err := findTelegraf(path)
	if err != nil {
		return nil, err
	}
	t := &telegraf{}
	if t.version, err = telegrafVersion(ctx, binary); err != nil {
		return nil, err
	}
	if err := hasInput(ctx, binary, order.plugin); err != nil {
		return nil, err
	}
	if t.folder, err = os.MkdirTemp("", "mimamori-bench"); err != nil {
		return nil, fmt.Errorf("configure telegraf: %w", err)
	}
	config := filepath.Join(t.folder, "telegraf.conf")
	if order.toFile {
		t.output.path = filepath.Join(t.folder, "metrics")
	}
	if err := os.WriteFile(config, []byte(telegrafConfig(order, t.output.path)), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("configure telegraf: %w", err), t.stop())
	}
	t.command = exec.Command(binary, "--config", config, "--quiet")
	t.command.Stdout, t.command.Stderr = &t.log, &t.log
	t.command.SysProcAttr = child.Leashed()
	if err := t.command.Start(); err != nil {
		t.command = nil
		return nil, errors.Join(fmt.Errorf("start telegraf: %w", err), t.stop())
	}
	return t, t.signal(syscall.SIGSTOP)
}

// run lets the program do its work for a while.
func (t *telegraf) run(ctx context.Context, period time.Duration) error {
	if err := t.proceed(); err != nil {
		return err
	}
	_ = pause(ctx, period) // whoever measures sees that it was cut short
	return t.halt()
}

// halt has the program stand still, proceed lets it go on.
func (t *telegraf) halt() error    { return t.signal(syscall.SIGSTOP) }
func (t *telegraf) proceed() error { return t.signal(syscall.SIGCONT) }

// pause waits; an error when the context ended first.
func pause(ctx context.Context, period time.Duration) error {
	over := time.NewTimer(period)
	defer over.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-over.C:
		return nil
	}
}

func (t *telegraf) signal(what syscall.Signal) error {
	if err := t.command.Process.Signal(what); err != nil {
		return fmt.Errorf("telegraf has ended, and said: %s: %w", lastLine(t.log.Bytes()), err)
	}
	return nil
}

// stop ends the program.
func (t *telegraf) stop() error {
	if t.command != nil {
		_ = t.command.Process.Kill() // it keeps nothing
		_ = t.command.Wait()
	}
	if err := os.RemoveAll(t.folder); err != nil {
		return fmt.Errorf("clear what telegraf was configured by: %w", err)
	}
	return nil
}

// telegrafConfig begins each round at once, and has it write in large batches: to a file where one is named.
func telegrafConfig(order telegrafOrder, file string) string {
	output := "[[outputs.discard]]\n"
	if file != "" {
		output = fmt.Sprintf("[[outputs.file]]\n  files = [%q]\n  data_format = \"influx\"\n", file)
	}
	return fmt.Sprintf("[agent]\n  interval = %q\n  round_interval = false\n  flush_interval = %q\n  metric_batch_size = 10000\n  metric_buffer_limit = 1000000\n  omit_hostname = true\n%s%s",
		order.interval, cmp.Or(order.flush, order.interval), output, order.inputs)
}

// telegrafSNMP asks for the same objects as exporterConfig does, of all devices at once, each table by its columns, and names
// each interface by ifName. One section for all devices is what its documentation has for devices that are alike.
func telegrafSNMP(targets []netip.AddrPort) string {
	var file strings.Builder
	agents := make([]string, len(targets))
	for i, target := range targets {
		agents[i] = fmt.Sprintf("%q", "udp://"+target.String())
	}
	fmt.Fprintf(&file, "[[inputs.snmp]]\n  agents = [%s]\n  version = 2\n  community = %q\n  max_repetitions = 25\n  timeout = \"1s\"\n  retries = 1\n", strings.Join(agents, ", "), snmpCommunity)
	fmt.Fprintf(&file, "  [[inputs.snmp.field]]\n    name = \"sysUpTime\"\n    oid = \".1.3.6.1.2.1.1.3.0\"\n")
	fmt.Fprintf(&file, "  [[inputs.snmp.table]]\n    name = \"interface\"\n    [[inputs.snmp.table.field]]\n      name = \"ifName\"\n      oid = \".1.3.6.1.2.1.31.1.1.1.1\"\n      is_tag = true\n")
	for _, metric := range exporterMetrics {
		fmt.Fprintf(&file, "    [[inputs.snmp.table.field]]\n      name = %q\n      oid = %q\n", metric.name, "."+metric.oid)
	}
	return file.String()
}
