// Command compare says which figures of benchmarks that count have become better or worse: make bench-compare runs it.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"mimamori/bench/record"
)

func main() {
	base := flag.String("base", "", "folder of the results before")
	now := flag.String("now", "bench/results", "folder of the results now")
	called := flag.String("called", "", "what the results before are called")
	benchstat := flag.String("benchstat", "benchstat", "path of benchstat")
	flag.Parse()
	if *base == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: compare -base FOLDER [-now FOLDER] [-called NAME] [-benchstat PATH]")
		os.Exit(2)
	}
	if err := compare(*base, *now, *called, *benchstat); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compare(base, now, called, benchstat string) error {
	comparison, err := record.Compare(base, now)
	if err != nil {
		return err
	}
	if _, err := fmt.Printf("Results in %s beside those of %s; make bench-compare BASE=REVISION takes another commit.\n", now, called); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	if err := comparison.WriteMachines(os.Stdout); err != nil {
		return err
	}
	tables := ""
	if comparison.Changed() {
		if tables, err = run(benchstat, comparison); err != nil {
			return err
		}
	}
	return comparison.WriteChanges(os.Stdout, tables)
}

// run has benchstat compare the figures that changed.
func run(benchstat string, comparison *record.Comparison) (tables string, err error) {
	folder, err := os.MkdirTemp("", "mimamori-compare-")
	if err != nil {
		return "", fmt.Errorf("make a folder for benchstat: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	before, after := comparison.Files()
	for name, text := range map[string]string{"before": before, "now": after} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return "", fmt.Errorf("write figures for benchstat: %w", err)
		}
	}
	command := exec.Command(benchstat, "-table", record.KeyChange, "before="+filepath.Join(folder, "before"), "now="+filepath.Join(folder, "now"))
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("run benchstat: %w: %s", err, problems.Bytes())
	}
	return string(output), nil
}
