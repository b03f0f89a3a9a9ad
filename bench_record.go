package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"mimamori/bench/record"
)

// benchRecord runs benchmarks one after the other at their default size and keeps what they
// measure.
type benchRecord struct {
	Into  string   `help:"Folder the results are kept in." default:"bench/results"`
	Names []string `arg:"" optional:"" help:"Benchmarks to run, with what else they are to be told after a colon, as in uplink:--hours=1. Left out: all."`
}

// Run runs the benchmarks. One that fails leaves its earlier result as it is, and the others
// are run all the same.
func (b *benchRecord) Run(ctx context.Context, logger *slog.Logger) error {
	all := benchmarks()
	var chosen [][]string
	for _, text := range b.Names {
		name, more, _ := strings.Cut(text, ":")
		if !slices.Contains(all, name) {
			return usageError{fmt.Errorf("there is no bench %s that prints JSON: use %s", name, strings.Join(all, ", "))}
		}
		chosen = append(chosen, append([]string{name}, strings.Fields(more)...))
	}
	if len(chosen) == 0 {
		for _, name := range all {
			chosen = append(chosen, []string{name})
		}
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	machine := record.ThisMachine()
	var problems []error
	for _, one := range chosen {
		logger.Info("bench", "name", one[0])
		var paces record.Paces
		paces.Before, err = record.PaceNow()
		problems = append(problems, err)
		began, before := time.Now(), record.ProcessorTimeNow()
		printed, failure := printed(ctx, binary, one)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		took, stolen := time.Since(began), record.ProcessorTimeNow().StolenSince(before)
		paces.After, err = record.PaceNow()
		problems = append(problems, err)
		if failure != nil {
			problems = append(problems, fmt.Errorf("bench %s: %w", one[0], failure))
		}
		if len(printed) == 0 {
			continue
		}
		result := record.Result{Name: one[0], JSON: printed, Machine: machine, Version: version, Date: began, Took: took, Stolen: stolen, Pace: paces}
		if err := record.Save(b.Into, result); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(append(problems, record.Page(b.Into, all))...)
}

// printed is what a benchmark prints. One that misses its mark prints its figures and fails.
func printed(ctx context.Context, binary string, arguments []string) ([]byte, error) {
	command := exec.CommandContext(ctx, binary, append([]string{"bench", arguments[0], "--json"}, arguments[1:]...)...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 20 * time.Second
	err := command.Run()
	return output.Bytes(), err
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
