package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"mimamori/bench/fleet"
	"mimamori/processors/voice"
)

// benchAlarms measures how long it takes from a pulled cable to the mail about it.
type benchAlarms struct {
	Devices int           `help:"Number of simulated devices." default:"100"`
	Pulls   int           `help:"How many of them are unplugged, each at a random moment of a minute." default:"40"`
	Seed    uint64        `help:"Everything random about the fleet follows from it." default:"1"`
	For     time.Duration `help:"Give up what has not arrived so long after the start." default:"5m"`
	JSON    bool          `name:"json" help:"Print one JSON object."`
	Hurried bool          `hidden:"" help:"Pull within some seconds, and watch as closely as the demo does: for tests."`
}

// alarmFigures is what a run of benchAlarms measured. Times are seconds.
type alarmFigures struct {
	Devices int     `json:"devices"`
	Pulls   int     `json:"pulls"`
	Alarms  int     `json:"alarms"`
	Mails   int     `json:"mails"`
	False   int     `json:"false_alarms"`           // of devices that were not unplugged
	Behind  int     `json:"centre_behind"`          // alarms of the centre's own lag
	Missing string  `json:"mail_missing,omitempty"` // why no mail was waited for
	Ping    float64 `json:"ping_interval_s"`
	// From a pulled cable to the first round that was lost.
	Noticed quantiles `json:"cable_to_lost_round_s"`
	// From there to the alarm, by the time of the measurements.
	Raised quantiles `json:"lost_round_to_alarm_s"`
	// From the round that made it an alarm to a receiver that has it: a webhook.
	HandedOver quantiles `json:"alarm_to_webhook_s"`
	// Mailed is nil where no mail was waited for.
	Mailed *quantiles `json:"cable_to_mail_s,omitempty"`
	ending
}

// quantiles are how some times are spread.
type quantiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	Max float64 `json:"max"`
}

func quantilesOf(times []time.Duration) quantiles {
	if len(times) == 0 {
		return quantiles{}
	}
	seconds := make([]float64, len(times))
	for i, one := range times {
		seconds[i] = one.Seconds()
	}
	return quantiles{voice.Quantile(seconds, 0.5), voice.Quantile(seconds, 0.95), voice.Quantile(seconds, 1)}
}

// Validate says what is wrong and what to do about it.
func (b *benchAlarms) Validate() error {
	var problems []error
	if err := devicesWithin(b.Devices, fleet.MostDevices); err != nil {
		problems = append(problems, err)
	}
	if b.Pulls < 1 || b.Pulls > b.Devices {
		problems = append(problems, fmt.Errorf("--pulls is %d: use 1 to as many as there are devices that nothing is behind", b.Pulls))
	}
	return errors.Join(problems...)
}

// devicesWithin says what is wrong with the size of a fleet that is watched by the whole pipeline.
func devicesWithin(devices, most int) error {
	if least := fleet.DefaultConfig().FewestDevices(); devices < least || devices > most {
		return fmt.Errorf("--devices is %d: use %d to %d", devices, least, most)
	}
	return nil
}

// Run measures and prints the figures.
func (b *benchAlarms) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if err := b.Validate(); err != nil {
		return usageError{err}
	}
	config := fleet.DefaultConfig()
	config.Devices, config.Pulls, config.Seed, config.Lasting, config.Hurried = b.Devices, b.Pulls, b.Seed, true, b.Hurried
	if b.Hurried {
		config.ScriptStart = hurriedStart
	}
	figures := &alarmFigures{Devices: b.Devices, Pulls: b.Pulls}
	told := &toldAlarms{mails: map[string]time.Time{}}
	mail, err := startMailServer(ctx, told)
	if err != nil {
		figures.Missing = err.Error()
	} else {
		defer mail.stop()
	}
	truth, ended, err := told.watch(ctx, config, logger, b.For, func(layout *demoLayout) string {
		figures.Ping = layout.poll.Ingest.ICMP.Interval.Seconds()
		if mail == nil {
			return ""
		}
		return fmt.Sprintf("    email_configs: [{to: noc@example.com, from: mimamori@example.com, smarthost: %q, require_tls: false, headers: {Subject: %q}}]\n",
			mail.address, mailMark+`{{ .CommonLabels.site }} {{ .CommonLabels.entity }}`)
	}, func() bool { return len(told.webhooks) >= b.Pulls && (mail == nil || len(told.mails) >= b.Pulls) })
	if err != nil {
		return err
	}
	told.hold(truth, figures)
	return tellMeasured(output, b.JSON, figures, ended)
}

// hold holds what was told against what was unplugged.
func (t *toldAlarms) hold(truth *fleet.Truth, figures *alarmFigures) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	pulled := map[string]time.Time{}
	for _, incident := range truth.Incidents {
		pulled[incident.Site+" device/"+incident.Entity] = incident.From
	}
	var noticed, raised, handed, mailed []time.Duration
	for i := range t.webhooks {
		one := &t.webhooks[i]
		if from, ok := pulled[one.key()]; ok {
			noticed, raised, handed = append(noticed, one.since().Sub(from)), append(raised, one.StartsAt.Sub(one.since())), append(handed, one.At.Sub(one.StartsAt))
		} else if one.Labels["alertname"] == centreBehind {
			figures.Behind++
		} else {
			figures.False++
		}
	}
	for key, at := range t.mails {
		if from, ok := pulled[key]; ok {
			mailed = append(mailed, at.Sub(from))
		}
	}
	figures.Alarms, figures.Mails = len(noticed), len(mailed)
	figures.Noticed, figures.Raised, figures.HandedOver = quantilesOf(noticed), quantilesOf(raised), quantilesOf(handed)
	if figures.Missing == "" {
		all := quantilesOf(mailed)
		figures.Mailed = &all
	}
}

// wrong says what was not told of the pulled cables, and what was told of others.
func (f *alarmFigures) wrong() error {
	var problems []error
	if f.Alarms < f.Pulls {
		problems = append(problems, fmt.Errorf("%d of %d pulled cables raised no alarm in time", f.Pulls-f.Alarms, f.Pulls))
	}
	if f.Missing == "" && f.Mails < f.Pulls {
		problems = append(problems, fmt.Errorf("of %d of %d pulled cables no mail came in time", f.Pulls-f.Mails, f.Pulls))
	}
	if f.False > 0 {
		problems = append(problems, fmt.Errorf("%s told of devices that were not unplugged", countOf(f.False, "alarm")))
	}
	return errors.Join(problems...)
}

func (f *alarmFigures) print(output io.Writer) error {
	text := fmt.Sprintf("%d of %d devices unplugged at random moments, pinged each %gs; %d alarms of others\n%-38s %7s %7s %7s\n", f.Pulls, f.Devices, f.Ping, f.False, "SECONDS", "P50", "P95", "MOST")
	type line struct {
		name  string
		times quantiles
	}
	lines := []line{{"pulled cable to first lost round", f.Noticed}, {"first lost round to alarm", f.Raised}, {"round that made it one to webhook", f.HandedOver}}
	if f.Mailed != nil {
		lines = append(lines, line{fmt.Sprintf("pulled cable to mail (%d)", f.Mails), *f.Mailed})
	}
	for _, line := range lines {
		text += fmt.Sprintf("%-38s %7.1f %7.1f %7.1f\n", line.name, line.times.P50, line.times.P95, line.times.Max)
	}
	if f.Missing != "" {
		text += "no mail: " + f.Missing + "\n"
	}
	_, err := io.WriteString(output, text)
	return err
}

// mailServer is Debian's aiosmtpd, which prints each mail as it takes it.
type mailServer struct {
	address string
	stop    func()
}

// mailMark begins the subject of the bench's mails.
const mailMark = "pulled "

// python runs aiosmtpd: the system's, which Debian's packages are for.
const python = "/usr/bin/python3"

// lackMailServer says what to do where there is none.
func lackMailServer(ctx context.Context) error {
	if err := exec.CommandContext(ctx, python, "-c", "import aiosmtpd").Run(); err != nil {
		return fmt.Errorf("%s has no aiosmtpd: install Debian's python3-aiosmtpd", python)
	}
	return nil
}

func startMailServer(ctx context.Context, told *toldAlarms) (*mailServer, error) {
	if err := lackMailServer(ctx); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a port for a mail server: %w", err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, fmt.Errorf("find a port for a mail server: %w", err)
	}
	command := exec.CommandContext(ctx, python, "-u", "-m", "aiosmtpd", "-n", "-l", address, "-c", "aiosmtpd.handlers.Debugging", "stdout")
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start aiosmtpd (Debian package python3-aiosmtpd): %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		told.read(output)
	}()
	server := &mailServer{address, func() {
		_ = command.Process.Kill()
		<-ended
		_ = command.Wait()
	}}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	answers := func() bool {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	}
	if err := poll(ctx, 50*time.Millisecond, answers); err != nil {
		server.stop()
		return nil, fmt.Errorf("aiosmtpd does not answer (Debian package python3-aiosmtpd): %w", err)
	}
	return server, nil
}

// read takes mails as the server prints them.
func (t *toldAlarms) read(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		key, ok := strings.CutPrefix(lines.Text(), "Subject: "+mailMark)
		if !ok {
			continue
		}
		t.mutex.Lock()
		if _, known := t.mails[key]; !known {
			t.mails[key] = time.Now()
		}
		t.mutex.Unlock()
	}
}
