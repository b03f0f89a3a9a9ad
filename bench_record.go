package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"mimamori/bench/peers"
	"mimamori/bench/pipeline"
	"mimamori/bench/record"
	"mimamori/ingest/bus/apache"
)

// benchRecord runs benchmarks one after the other at their default size and keeps what they
// measure.
type benchRecord struct {
	Into  string   `help:"Folder the results are kept in." default:"bench/results"`
	Page  bool     `help:"Measure nothing: write the page anew of what is kept."`
	Names []string `arg:"" optional:"" help:"Results to measure, with what else their benchmarks are to be told after a colon, as in uplink:--hours=1. Left out: all."`
}

// recording is a result that is kept, and the command that measures it.
type recording struct {
	name      string
	arguments []string // after bench; the first is the name of the sub-command
}

// furtherRecordings are results beside those of the sub-commands as they are by default; each comes after that of its sub-command.
var furtherRecordings = []recording{
	{"pipeline-kafka", []string{"pipeline", "--broker", pipeline.KafkaBroker}},
	// What Telegraf takes part in, too: as many addresses as it is made for, and lines of the standard that it reads.
	{"ping-few", []string{"ping", "--targets=50", "--for=30s"}},
	{"syslog-rfc5424", []string{"syslog", "--lines=rfc5424", "--transport=udp", "--messages=300000"}},
}

// needsKafka says whether Apache Kafka must be here.
func (r recording) needsKafka() bool {
	return slices.ContainsFunc(r.arguments, func(argument string) bool {
		return argument == pipeline.KafkaBroker || strings.HasSuffix(argument, "="+pipeline.KafkaBroker)
	})
}

// recordings are all that can be kept, in the order of the sub-commands' help.
func recordings() (all []recording) {
	for _, name := range benchmarks() {
		all = append(all, recording{name, []string{name}})
		for _, more := range furtherRecordings {
			if more.arguments[0] == name {
				all = append(all, more)
			}
		}
	}
	return all
}

func namesOf(all []recording) (names []string) {
	for _, one := range all {
		names = append(names, one.name)
	}
	return names
}

// recordingsOf returns the results that are asked for, all of them where none is.
func recordingsOf(texts []string) (chosen []recording, err error) {
	all := recordings()
	if len(texts) == 0 {
		return all, nil
	}
	for _, text := range texts {
		name, more, _ := strings.Cut(text, ":")
		at := slices.IndexFunc(all, func(one recording) bool { return one.name == name })
		if at < 0 {
			return nil, usageError{fmt.Errorf("there is no bench %s that prints JSON: use %s", name, strings.Join(namesOf(all), ", "))}
		}
		chosen = append(chosen, recording{name, slices.Concat(all[at].arguments, strings.Fields(more))})
	}
	return chosen, nil
}

// lackKafka says what to do where something needs Apache Kafka and it is not here: before the first benchmark, not after half
// an hour of others.
func lackKafka(chosen []recording) error {
	needing := slices.IndexFunc(chosen, recording.needsKafka)
	if needing < 0 {
		return nil
	}
	_, err := apache.Find()
	if err == nil {
		return nil
	}
	err = fmt.Errorf("bench %s: %w", chosen[needing].name, err)
	if others := slices.DeleteFunc(slices.Clone(chosen), recording.needsKafka); len(others) > 0 {
		return fmt.Errorf("%w, or measure what does without it: make bench ARGS='%s'", err, strings.Join(namesOf(others), " "))
	}
	return err
}

// Run runs the benchmarks. One that fails without figures leaves its earlier result as it is, figures of one that fails are
// kept with what failed, and the others are run all the same.
func (b *benchRecord) Run(ctx context.Context, logger *slog.Logger) error {
	if b.Page {
		return record.Page(b.Into, namesOf(recordings()))
	}
	chosen, err := recordingsOf(b.Names)
	if err != nil {
		return err
	}
	if err := lackKafka(chosen); err != nil {
		return err
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	for _, absence := range absences(ctx, chosen) {
		logger.Warn("left out", "bench", absence.bench, "program", absence.Program, "why", absence.Why)
	}
	machine := record.ThisMachine()
	var problems []error
	for _, one := range chosen {
		logger.Info("bench", "name", one.name)
		var paces record.Paces
		paces.Before, err = record.PaceNow()
		problems = append(problems, err)
		began, before := time.Now(), record.ProcessorTimeNow()
		printed, failed, failure := printed(ctx, binary, one.arguments)
		if ctx.Err() != nil {
			return unfinished{ctx.Err()}
		}
		took, stolen := time.Since(began), record.ProcessorTimeNow().StolenSince(before)
		paces.After, err = record.PaceNow()
		problems = append(problems, err)
		if failure != nil {
			problems = append(problems, fmt.Errorf("bench %s: %w", one.name, failure))
		}
		if len(printed) == 0 {
			continue
		}
		result := &record.Result{
			Name: one.name, Command: strings.Join(append([]string{"mimamori", "bench"}, one.arguments...), " "), JSON: printed, Machine: machine, Version: version, Date: began, Took: took, Stolen: &stolen, Pace: paces.Together(), Failed: failed,
		}
		if err := record.Save(b.Into, result); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(append(problems, record.Page(b.Into, namesOf(recordings())))...)
}

// absence is a program that is left out of a benchmark.
type absence struct {
	bench string
	peers.Absent
}

// absences are all programs that will be left out, each with the reason.
func absences(ctx context.Context, chosen []recording) (all []absence) {
	for _, one := range chosen {
		for _, absent := range peers.LookFor(ctx, one.arguments[0], one.arguments[1:]) {
			all = append(all, absence{one.name, absent})
		}
		if one.arguments[0] == "alarms" {
			if err := lackMailServer(ctx); err != nil {
				all = append(all, absence{one.name, peers.Absent{Program: "aiosmtpd", Why: err}})
			}
		}
	}
	return all
}

// printed is what a benchmark prints, and what it says failed where it did; it may have figures all the same.
func printed(ctx context.Context, binary string, arguments []string) (content []byte, failed string, failure error) {
	command := exec.CommandContext(ctx, binary, append([]string{"bench", arguments[0], "--json"}, arguments[1:]...)...)
	var output, problems bytes.Buffer
	command.Stdout, command.Stderr = &output, io.MultiWriter(os.Stderr, &problems)
	// A group of its own: Ctrl-C at a terminal reaches this process alone, which ends the benchmark.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 20 * time.Second
	if failure = command.Run(); failure != nil {
		failed = cmp.Or(lastWord(problems.String()), failure.Error())
	}
	return output.Bytes(), failed, failure
}

// lastWord is what this program says when it fails, of all that a process wrote to standard error.
func lastWord(written string) string {
	const name = "\nmimamori: "
	written = "\n" + written
	at := strings.LastIndex(written, name)
	if at < 0 {
		return ""
	}
	return strings.TrimSpace(written[at+len(name):])
}

// benchmarks are the sub-commands that measure and print JSON, in the order of their help.
func benchmarks() []string {
	var names []string
	commands := reflect.TypeFor[benchCommand]()
	for i := range commands.NumField() {
		field := commands.Field(i)
		if _, hidden := field.Tag.Lookup("hidden"); hidden {
			continue
		}
		if _, prints := field.Type.FieldByName("JSON"); !prints {
			continue
		}
		name := field.Tag.Get("name")
		if name == "" {
			name = strings.ToLower(field.Name)
		}
		names = append(names, name)
	}
	return names
}
