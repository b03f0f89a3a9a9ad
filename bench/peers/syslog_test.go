package peers

import (
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/ingest/syslog"
)

// syslogProcessMark makes the test's own program one of the processes.
const syslogProcessMark = "MIMAMORI_TEST_SYSLOG_PROCESS"

func TestSyslogProcess(t *testing.T) {
	logger := slog.New(slog.DiscardHandler)
	var err error
	switch last := os.Args[len(os.Args)-1]; {
	case os.Getenv(syslogProcessMark) == "":
		t.Skip("only as a process that TestMeasureSyslog starts")
	case last == "broker":
		err = RunSyslogBroker(t.Context(), os.Stdin, os.Stdout, logger)
	case last == "receiver":
		err = RunSyslogReceiver(t.Context(), os.Stdin, os.Stdout, logger)
	case last == "sender":
		err = RunSyslogSender(t.Context(), os.Stdin, os.Stdout)
	}
	if err != nil {
		t.Fatal(err)
	}
	os.Exit(0) // standard output is for the answers alone
}

// TestMeasureSyslog measures for as short as can be, by real processes on real sockets.
func TestMeasureSyslog(t *testing.T) {
	if _, _, err := findRsyslog(t.Context(), ""); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing: ", err)
		}
		t.Skip("missing: ", err)
	}
	t.Setenv(syslogProcessMark, "1")
	process := func(name string) []string { return []string{"-test.run=^TestSyslogProcess$", name} }
	figures, err := MeasureSyslog(t.Context(), SyslogConfig{
		Binary: os.Args[0], Broker: process("broker"), Receiver: process("receiver"), Sender: process("sender"),
		Messages: 20_000, Rate: 5000, Rounds: 1, Lines: SyslogMixed, Transports: []string{SyslogUDP, SyslogTCP},
	})
	if err != nil {
		t.Fatal(err)
	}
	if figures.BytesPerMessage < 90 || figures.BytesPerMessage > 160 || figures.UDP == nil || figures.TCP == nil {
		t.Fatalf("%+v", figures)
	}
	if worse := min(figures.UDP.MessagesPerCPUSecond, figures.TCP.MessagesPerCPUSecond); figures.MessagesPerCPUSecond != worse {
		t.Errorf("the figure is %g, the worse transport's %g", figures.MessagesPerCPUSecond, worse)
	}
	for _, by := range []*SyslogByTransport{figures.UDP, figures.TCP} {
		if by.Steady == nil || by.Steady.MessagesPerSecond != 5000 || by.Steady.Ratio == 0 {
			t.Fatalf("%+v", by)
		}
		for _, rate := range []*SyslogRate{&by.SyslogRate, by.Peer.SyslogRate, &by.Steady.SyslogRate, by.Steady.Peer.SyslogRate} {
			if rate == nil || rate.Lost != 0 || rate.MessagesPerCPUSecond <= 0 || rate.Min != rate.Max {
				t.Errorf("%+v of %+v", rate, by)
			}
		}
		if published := by.PublishedBytesPerMessage; published < 5 || published > 80 {
			t.Errorf("%g bytes are published of a message of %g", published, figures.BytesPerMessage)
		}
	}
	if figures.UDP.Telegraf.Missing != errTelegrafMixed.Error() || figures.TCP.Telegraf.SyslogRate != nil {
		t.Errorf("Telegraf was sent lines that it does not read: %+v", figures.UDP.Telegraf)
	}
	text, err := json.Marshal(figures)
	if err != nil || !strings.Contains(string(text), `"messages_per_cpu_s":`) || !strings.Contains(string(text), `"peer":{"name":"rsyslog","version":"`) || figures.Ratio == 0 {
		t.Errorf("%s, %v", text, err)
	}
}

// TestMeasureSyslogOfServers sends lines of RFC 5424 alone, to Telegraf too where it is found.
func TestMeasureSyslogOfServers(t *testing.T) {
	t.Setenv(syslogProcessMark, "1")
	process := func(name string) []string { return []string{"-test.run=^TestSyslogProcess$", name} }
	figures, err := MeasureSyslog(t.Context(), SyslogConfig{
		Binary: os.Args[0], Broker: process("broker"), Receiver: process("receiver"), Sender: process("sender"),
		Messages: 10_000, Rounds: 1, Lines: SyslogRFC5424, Transports: []string{SyslogUDP},
	})
	if err != nil {
		t.Fatal(err)
	}
	if figures.UDP.MessagesPerCPUSecond <= 0 || figures.UDP.Lost != 0 {
		t.Errorf("%+v", figures.UDP)
	}
	switch telegraf := figures.UDP.Telegraf; {
	case telegraf.SyslogRate == nil && telegraf.Missing == "":
		t.Errorf("it is missing without a reason: %+v", telegraf)
	case telegraf.SyslogRate != nil && (telegraf.MessagesPerCPUSecond <= 0 || telegraf.Lost != 0 || figures.UDP.TelegrafRatio <= 0):
		t.Errorf("%+v", telegraf)
	}
}

func TestServersAloneSendRFC5424(t *testing.T) {
	order := senderOrder{Lines: SyslogRFC5424}
	random, now := rand.New(rand.NewPCG(1, 2)), time.Now()
	for device := range syslogDevices {
		if line := syslog.Parse(syslogLine(random, order.device(device), 1, now), syslog.Receipt{At: now}); line.Format != sample.SyslogRFC5424 {
			t.Fatalf("device %d sends %s", device, line.Message)
		}
	}
}

// TestSyslogLines: what is sent is of all forms, and nothing of it is odd.
func TestSyslogLines(t *testing.T) {
	random, now := rand.New(rand.NewPCG(1, 2)), time.Now()
	forms := map[sample.SyslogFormat]int{}
	bytes := 0
	const lines = 10_000
	for i := range lines {
		text := syslogLine(random, i%syslogDevices, i, now)
		line := syslog.Parse(text, syslog.Receipt{At: now})
		if line.Complaint != "" || line.StampedMs == 0 || line.Message == "" {
			t.Fatalf("%s: %+v", text, line)
		}
		forms[line.Format]++
		bytes += len(text)
	}
	for _, form := range []sample.SyslogFormat{sample.SyslogCisco, sample.SyslogRFC3164, sample.SyslogRFC5424} {
		if forms[form] < lines/10 {
			t.Errorf("%d lines of form %d", forms[form], form)
		}
	}
	t.Logf("%v, %d bytes each", forms, bytes/lines)
}

func TestSyslogConfigValidates(t *testing.T) {
	for name, config := range map[string]SyslogConfig{
		"--messages": {Messages: 1, Rounds: 1, Lines: SyslogMixed},
		"--rate":     {Messages: 10_000, Rate: -1, Rounds: 1, Lines: SyslogMixed},
		"--rounds":   {Messages: 10_000, Rounds: 0, Lines: SyslogMixed},
		"--lines":    {Messages: 10_000, Rounds: 1, Lines: "some"},
	} {
		if err := config.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%+v: %v", config, err)
		}
	}
}

func TestAMissingRsyslogIsSaid(t *testing.T) {
	if _, _, err := findRsyslog(t.Context(), "/nowhere/rsyslogd"); err == nil || !strings.Contains(err.Error(), "install Debian's rsyslog") {
		t.Errorf("%v", err)
	}
}
