package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"mimamori/bench/answers"
	"mimamori/storage/report"
)

//go:embed docs/queries.md
var questionsInSQL string

// benchQuery measures how soon the store answers what pages ask.
type benchQuery struct {
	Devices int    `help:"Devices of the fleet, with 4 interfaces each." default:"10000"`
	Rounds  int    `help:"How often each question is asked." default:"40"`
	Cold    int    `help:"How often each is asked before that with its files forgotten by the kernel." default:"3"`
	Cache   string `help:"Folder that the fleets' histories are kept in; some 400 MB for 10,000 devices. Left out: mimamori/bench in the user's cache folder." placeholder:"FOLDER"`
	Only    string `help:"Only questions whose page or figure has this in it, as in 'site: outages'. One that is in none is told all names." placeholder:"TEXT"`
	JSON    bool   `name:"json" help:"Print one JSON object."`
}

// Run measures and prints the figures.
func (b *benchQuery) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	command, err := engineCommand()
	if err != nil {
		return err
	}
	if b.Cache == "" {
		folder, err := os.UserCacheDir()
		if err != nil {
			return usageError{fmt.Errorf("find a folder to keep histories in: %w; name one with --cache", err)}
		}
		b.Cache = filepath.Join(folder, "mimamori", "bench")
	}
	inquiries, err := answers.Inquiries(questionsInSQL)
	if err != nil {
		return fmt.Errorf("read docs/queries.md as it was built in: %w", err)
	}
	config := answers.Config{Engine: command, Cache: b.Cache, Devices: b.Devices, Rounds: b.Rounds, Cold: b.Cold, Only: b.Only, Inquiries: inquiries,
		Progress: tellSteps(logger)}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	figures, err := answers.Measure(ctx, config)
	if err != nil {
		return unfinished{err}
	}
	return printFigures(output, b.JSON, figures, printAnswers)
}

// printAnswers prints the figures for people.
func printAnswers(output io.Writer, figures answers.Figures) error {
	ms := func(value float64) string { return strconv.FormatFloat(value, 'f', 1, 64) }
	lines := [][]string{{"PAGE", "FIGURE", "ROWS", "P50 MS", "P95 MS", "FIRST P50", "COLD P50", "COLD P95", "CPU MS"}}
	for _, answer := range slices.Concat(figures.Answers, figures.Analyst) {
		lines = append(lines, []string{answer.Page, answer.Figure, thousands(float64(answer.Rows)), ms(answer.Warm.P50), ms(answer.Warm.P95), ms(answer.First.P50), ms(answer.Cold.P50), ms(answer.Cold.P95), ms(answer.CPU)})
	}
	if err := report.Align(output, lines); err != nil {
		return err
	}
	_, err := fmt.Fprintf(output, "\n%s devices, %d days, each question asked %d times, one after the other.\n"+
		"%d of %d questions keep the mark of %d ms in 95 of 100 answers; the slowest takes %s ms, all answers together %s ms, asked first %s ms, cold %s ms.\n"+
		"ms of the slowest question, %s\n"+
		"ms of a year of availability of all devices, %s: %s ms (p50 %s), asked first %s ms, cold %s ms\n"+
		"The slowest question in SQL, over a month of all customers: %s ms.\n",
		thousands(float64(figures.Devices)), figures.Days, figures.Rounds, figures.Kept, figures.Asked, answers.PageMark,
		ms(figures.NOC), ms(figures.AllNOC), ms(figures.First), ms(figures.Cold),
		markKept(figures.PageMark, figures.Kept == figures.Asked),
		markKept(figures.YearMark, figures.Year < figures.YearMark), ms(figures.Year), ms(figures.YearP50), ms(figures.YearFirst), ms(figures.YearCold), ms(figures.AnalystP95))
	return err
}
