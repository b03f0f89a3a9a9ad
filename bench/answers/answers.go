package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/bench/child"
	"mimamori/bench/history"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
)

// The marks: the 95th percentile of each page's questions, and of a year of availability, ms.
const (
	PageMark = 100
	YearMark = 1000
)

// Config says what is asked.
type Config struct {
	Engine  []string // the command that serves the embedded engine as a child process
	Cache   string   // folder that histories are kept in
	Devices int      // 200 to 100,000
	Rounds  int      // how often each question is asked warm, 2 to 1,000
	Cold    int      // and cold, 1 to 100
	Only    string   // of the questions those whose page or figure has this in it
	// Inquiries are asked last, over a month of all customers.
	Inquiries []Inquiry
	Progress  func(step string)
}

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.Devices < 200 || c.Devices > 100_000 {
		problems = append(problems, fmt.Errorf("--devices is %d: use 200 to 100000", c.Devices))
	}
	if c.Rounds < 2 || c.Rounds > 1000 {
		problems = append(problems, fmt.Errorf("--rounds is %d: use 2 to 1000", c.Rounds))
	}
	if c.Cold < 1 || c.Cold > 100 {
		problems = append(problems, fmt.Errorf("--cold is %d: use 1 to 100", c.Cold))
	}
	if c.Cache == "" {
		problems = append(problems, errors.New("--cache is empty: name a folder that histories are kept in"))
	}
	if names := c.names(); !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, c.Only) }) {
		problems = append(problems, fmt.Errorf("--only is %q, which is in none of the questions: use a part of one of these:\n  %s", c.Only, strings.Join(names, "\n  ")))
	}
	return errors.Join(problems...)
}

// names are those of all questions.
func (c Config) names() (names []string) {
	for _, question := range (&history.Fleet{Devices: c.Devices}).Questions() {
		names = append(names, nameOf(question.Page, question.Figure))
	}
	for _, one := range c.Inquiries {
		names = append(names, nameOf(analystPage, one.Title))
	}
	return names
}

func nameOf(page, figure string) string { return page + ": " + figure }

// chosen are the questions that are asked.
func (c Config) chosen(fleet *history.Fleet) (chosen []history.Question) {
	for _, question := range fleet.Questions() {
		if c.wants(question.Page, question.Figure) {
			chosen = append(chosen, question)
		}
	}
	return chosen
}

func (c Config) wants(page, figure string) bool {
	return strings.Contains(nameOf(page, figure), c.Only)
}

func (c Config) say(step string) {
	if c.Progress != nil {
		c.Progress(step)
	}
}

// Times are how long answers took, milliseconds.
type Times struct {
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
}

// Answer is how soon a question is answered.
type Answer struct {
	Page   string `json:"page"`
	Figure string `json:"figure"`
	Rows   int    `json:"rows"`
	Warm   Times  `json:"warm"`
	// First is of a store that remembers nothing of earlier answers, Cold is that with the engine's files
	// forgotten by the kernel, too.
	First Times `json:"first"`
	Cold  Times `json:"cold"`
	// CPU is the processor time that the engine has for one answer, warm, milliseconds: a
	// machine that is busy otherwise makes answers late, not this.
	CPU float64 `json:"cpu_ms"`
}

// Figures are the result.
type Figures struct {
	Devices int `json:"devices"`
	Days    int `json:"days"`
	Rounds  int `json:"rounds"`
	// NOC is the highest of the 95th percentiles of the questions, warm; AllNOC is that of all
	// answers together.
	NOC     float64 `json:"noc_p95_ms"`
	NOCCPU  float64 `json:"noc_most_cpu_ms"` // of the question that takes most of the engine
	AllNOC  float64 `json:"noc_all_answers_p95_ms"`
	First   float64 `json:"noc_first_p95_ms"` // of all answers together
	Cold    float64 `json:"noc_cold_p95_ms"`  // the same
	Kept    int     `json:"questions_within_mark"`
	Asked   int     `json:"questions"`
	Year    float64 `json:"availability_year_ms"` // 95th percentile, warm
	YearP50 float64 `json:"availability_year_p50_ms"`
	YearCPU float64 `json:"availability_year_cpu_ms"`
	// YearCold and YearFirst are as those of the questions.
	YearCold  float64 `json:"availability_year_cold_ms"`
	YearFirst float64 `json:"availability_year_first_ms"`

	PageMark float64  `json:"mark_noc_p95_ms"`
	YearMark float64  `json:"mark_availability_year_ms"`
	Within   bool     `json:"within_mark"` // all of it
	Answers  []Answer `json:"answers"`
	// Analyst are questions in SQL over a month of all customers; AnalystP95 is that of the one that takes longest.
	AnalystP95 float64  `json:"analyst_p95_ms"`
	Analyst    []Answer `json:"analyst"`
}

// Measure asks all questions, and for a year of availability of all devices.
func Measure(ctx context.Context, config Config) (figures Figures, err error) {
	if err := config.Validate(); err != nil {
		return figures, err
	}
	k, err := open(ctx, config)
	if err != nil {
		return figures, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	figures = Figures{Devices: config.Devices, Days: history.Days, Rounds: config.Rounds, PageMark: PageMark, YearMark: YearMark}
	var warm, first, cold []time.Duration
	for _, question := range config.chosen(k.fleet) {
		config.say(nameOf(question.Page, question.Figure))
		answer := Answer{Page: question.Page, Figure: question.Figure}
		ask := func(store *clickhouse.Store) error {
			answer.Rows, err = question.Ask(ctx, store)
			if err == nil && answer.Rows == 0 && config.Devices >= history.Whole {
				err = errors.New("the answer is empty")
			}
			return err
		}
		took, err := k.times(config, ask)
		if err != nil {
			return figures, fmt.Errorf("ask %s of page %s: %w", question.Figure, question.Page, err)
		}
		answer.Cold, answer.First, answer.Warm, answer.CPU = timesOf(took.cold), timesOf(took.first), timesOf(took.warm), took.cpuMs
		figures.Answers = append(figures.Answers, answer)
		figures.Asked++
		figures.NOC, figures.NOCCPU = max(figures.NOC, answer.Warm.P95), max(figures.NOCCPU, answer.CPU)
		if answer.Warm.P95 < PageMark {
			figures.Kept++
		}
		warm, first, cold = append(warm, took.warm...), append(first, took.first...), append(cold, took.cold...)
	}
	if figures.Asked > 0 {
		figures.AllNOC, figures.First, figures.Cold = timesOf(warm).P95, timesOf(first).P95, timesOf(cold).P95
	}
	if figures.Analyst, err = k.inquire(ctx, config); err != nil {
		return figures, err
	}
	for _, answer := range figures.Analyst {
		figures.AnalystP95 = max(figures.AnalystP95, answer.Warm.P95)
	}
	config.say("a year of availability")
	year := storage.Query{Scope: storage.EveryCustomer(), From: k.fleet.To.AddDate(-1, 0, 1), To: k.fleet.To}
	took, err := k.times(config, func(store *clickhouse.Store) error {
		totals, err := store.AvailabilityTotals(ctx, year, true)
		if err == nil && len(totals) != config.Devices {
			err = fmt.Errorf("it is told of %d devices, not of %d", len(totals), config.Devices)
		}
		return err
	})
	if err != nil {
		return figures, fmt.Errorf("ask for a year of availability: %w", err)
	}
	figures.Year, figures.YearP50, figures.YearCPU = timesOf(took.warm).P95, timesOf(took.warm).P50, took.cpuMs
	figures.YearCold, figures.YearFirst = timesOf(took.cold).P95, timesOf(took.first).P95
	figures.Within = figures.Kept == figures.Asked && figures.Year < YearMark
	return figures, nil
}

// taken is how long the answers to a question took.
type taken struct {
	cold, first, warm []time.Duration
	cpuMs             float64 // the processor time that the engine has had for a warm answer
}

// slowAnswer is from when on a question is asked slowRounds times alone: it is no matter of milliseconds any more.
const (
	slowAnswer = time.Second
	slowRounds = 2
)

// times asks a question cold, then of a store that remembers nothing, and then warm: as a page does that is looked at again.
func (k *kept) times(config Config, ask func(*clickhouse.Store) error) (its taken, err error) {
	timed := func(store *clickhouse.Store, into *[]time.Duration) error {
		began := time.Now()
		err := ask(store)
		*into = append(*into, time.Since(began))
		return err
	}
	for range config.Cold {
		if err := errors.Join(k.forget(), timed(k.fresh, &its.cold), timed(k.fresh, &its.first)); err != nil {
			return its, err
		}
	}
	rounds := config.Rounds
	if slices.Min(its.first) > slowAnswer {
		rounds = min(rounds, slowRounds)
	}
	if err := ask(k.store); err != nil {
		return its, err
	}
	before, err := child.ProcessorTime(k.engine)
	if err != nil {
		return its, err
	}
	for range rounds {
		if err := timed(k.store, &its.warm); err != nil {
			return its, err
		}
	}
	after, err := child.ProcessorTime(k.engine)
	its.cpuMs = (after - before).Seconds() * 1000 / float64(rounds)
	return its, err
}

// timesOf returns percentiles of the nearest rank.
func timesOf(took []time.Duration) Times {
	sorted := slices.Sorted(slices.Values(took))
	at := func(percent int) float64 {
		return float64(sorted[max(0, (len(sorted)*percent+99)/100-1)].Microseconds()) / 1000
	}
	return Times{at(50), at(95)}
}
