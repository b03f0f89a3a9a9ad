package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestBenchInterrupted interrupts benchmarks that run everything in this process: there are no figures, and they fail.
func TestBenchInterrupted(t *testing.T) {
	t.Parallel()
	needEngine(t)
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	bench := startCommand(t, exec.Command(path, "bench", "latency", "--devices", "200", "--alarms", "4", "--json"))
	bench.wait("of 200 devices fail", time.Minute)
	bench.stop()
	if code := bench.command.ProcessState.ExitCode(); code != exitFailed || strings.Contains(bench.output.String(), "alert_p99_ms") {
		t.Errorf("exit code %d\n%s", code, bench.output)
	}
}

// TestBenchRecordInterrupted: Ctrl-C at a terminal signals a whole group. The benchmark is in none of it: it is told once, by who
// started it.
func TestBenchRecordInterrupted(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "bench", "record", "--into", t.TempDir(), "uplink")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	record := startCommand(t, command)
	record.wait("3 hours with", time.Minute)
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-record.done:
	case <-time.After(20 * time.Second):
		t.Fatalf("it goes on:\n%s", record.output)
	}
	said := record.output.String()
	if code := command.ProcessState.ExitCode(); code != exitFailed || strings.Count(said, "signal=interrupt") != 1 || strings.Count(said, "signal=terminated") != 1 {
		t.Errorf("exit code %d\n%s", code, said)
	}
}

// say has a webhook tell of a device.
func (t *toldAlarms) say(site, entity string, at time.Time) {
	t.webhooks = append(t.webhooks, toldAlarm{At: at, Labels: map[string]string{"site": site, "entity": entity, "alertname": "DeviceDown"}})
}

// TestLatencyCountsWhatIsMissing: an alarm that does not come has taken longer than all that came.
func TestLatencyCountsWhatIsMissing(t *testing.T) {
	now := time.Now()
	published := map[string]time.Time{}
	var told toldAlarms
	for i := range 20 {
		entity := fmt.Sprint("device/", i)
		published["here "+entity] = now
		if i > 0 {
			told.say("here", entity, now.Add(time.Duration(100+i)*time.Millisecond))
		}
	}
	figures := told.latency(published)
	if figures.Failed != 20 || figures.Told != 19 || figures.Missing != 1 || figures.Least != 101 || figures.P50 != 110 || figures.P99 != 30_000 || figures.Most != 30_000 || figures.Within {
		t.Errorf("%+v", figures)
	}
	if err := figures.wrong(); err == nil || !strings.Contains(err.Error(), "of 20 devices that failed 1 were not told") {
		t.Errorf("it says %v", err)
	}
	told.say("here", "device/0", now.Add(time.Second))
	if figures := told.latency(published); figures.Missing != 0 || figures.P99 != 1000 || !figures.Within || figures.wrong() != nil {
		t.Errorf("%+v, %v", figures, figures.wrong())
	}
	told.say("there", "device/1", now)
	if figures := told.latency(published); figures.False != 1 || figures.wrong() == nil {
		t.Errorf("%+v", figures)
	}
	if figures := new(toldAlarms).latency(published); figures.Least != 30_000 || figures.P50 != 30_000 || figures.Within {
		t.Errorf("nothing was told: %+v", figures)
	}
}

// TestWhatWasToldFails: what was not told of what happened, or was told of what did not, fails a benchmark. Its figures are printed.
func TestWhatWasToldFails(t *testing.T) {
	storm := func(change func(*stormFigures)) endedFigures {
		figures := &stormFigures{Pages: 1, Told: 6.8, Stayed: 3, Raised: 3}
		change(figures)
		return figures
	}
	for name, figures := range map[string]endedFigures{
		"3 of 40 pulled cables raised no alarm":       &alarmFigures{Pulls: 40, Alarms: 37, Mails: 40},
		"of 1 of 40 pulled cables no mail came":       &alarmFigures{Pulls: 40, Alarms: 40, Mails: 39},
		"1 alarm told of devices that were not":       &alarmFigures{Pulls: 40, Alarms: 40, False: 1, Missing: "no mail"},
		"there were 2 notifications":                  storm(func(f *stormFigures) { f.Pages = 2 }),
		"nothing was told of the router":              storm(func(f *stormFigures) { f.Told = 0 }),
		"of 3 devices that stayed down 1 were":        storm(func(f *stormFigures) { f.Raised = 2 }),
		"1 alarm told without a reason: [\"A of b\"]": storm(func(f *stormFigures) { f.Others = []string{"A of b"} }),
	} {
		var output bytes.Buffer
		err := tellMeasured(&output, true, figures, nil)
		if !errors.As(err, &unfinished{}) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: it fails with %v", name, err)
		}
		var printed struct{ Failure string }
		if err := json.Unmarshal(output.Bytes(), &printed); err != nil || !strings.Contains(printed.Failure, name) {
			t.Errorf("%s: printed was %q", name, output.String())
		}
	}
	for _, figures := range []endedFigures{storm(func(*stormFigures) {}), &alarmFigures{Pulls: 40, Alarms: 40, Missing: "no mail"}, &alarmFigures{Pulls: 40, Alarms: 40, Mails: 40}} {
		if err := figures.wrong(); err != nil {
			t.Errorf("all is true, and it fails with %v", err)
		}
	}
}

// TestAlarmsWithoutAMailServer: without one the figure is not there, and the reason is.
func TestAlarmsWithoutAMailServer(t *testing.T) {
	t.Setenv("PYTHONHOME", t.TempDir()) // where it finds no module
	if _, err := startMailServer(t.Context(), &toldAlarms{}); err == nil || !strings.Contains(err.Error(), "install Debian's python3-aiosmtpd") {
		t.Errorf("without aiosmtpd: %v", err)
	}
	var output bytes.Buffer
	figures := &alarmFigures{Pulls: 1, Alarms: 1, Missing: "it is not there"}
	if err := tellMeasured(&output, true, figures, nil); err != nil || strings.Contains(output.String(), "cable_to_mail_s") || !strings.Contains(output.String(), `"mail_missing":"it is not there"`) {
		t.Errorf("%v: %s", err, output.String())
	}
	output.Reset()
	if err := tellMeasured(&output, false, figures, nil); err != nil || strings.Contains(output.String(), "cable to mail") || !strings.Contains(output.String(), "no mail: it is not there") {
		t.Errorf("%v: %s", err, output.String())
	}
}

// TestTwoSignalsAtOnceAreOneWish: who ends a program by the clock, or at a terminal under another program, sends two.
func TestTwoSignalsAtOnceAreOneWish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals, ended := make(chan os.Signal), make(chan struct{})
		go func() {
			awaitAnother(signals)
			close(ended)
		}()
		signals <- os.Interrupt
		<-time.After(oneWish - time.Millisecond)
		signals <- os.Interrupt
		synctest.Wait()
		select {
		case <-ended:
			t.Fatal("a signal at once ends it")
		case <-time.After(time.Millisecond):
		}
		signals <- os.Interrupt
		<-ended
	})
}
