package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"mimamori/bench/child"
	"mimamori/bench/load"
	"mimamori/ingest/sample"
)

const (
	interfacesPerDevice = 24
	// turnTime is what of the fleet's time a turn is.
	turnTime = 12 * time.Minute
	// lapTime is how long a turn may take.
	lapTime = 5 * time.Minute
)

// Mark is how many interface rows a second are asked of two processor cores, with all
// that is derived of them.
const Mark = 250_000

// Config says how much is measured.
type Config struct {
	Parts
	Rows       int    // interface rows of a turn, 11,520 to 28,800,000; the fleet is as large as that takes
	Rounds     int    // how often each has its turn, 1 to 50
	BatchRows  int    // processors.batch_rows, 1000 to 400,000; 0 for the default
	Telegraf   string // path of Telegraf, which takes turns too; empty looks for it
	CPUProfile string // path of a profile of the processors in pprof's format; empty for none
	Progress   func(step string)
}

// rowsPerDevice are the interface rows of a device in a turn.
const rowsPerDevice = interfacesPerDevice * int(turnTime/load.PollInterval)

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if least, most := 40*rowsPerDevice, 100_000*rowsPerDevice; c.Rows < least || c.Rows > most {
		problems = append(problems, fmt.Errorf("--rows is %d: use %d to %d", c.Rows, least, most))
	}
	if c.Rounds < 1 || c.Rounds > 50 {
		problems = append(problems, fmt.Errorf("--rounds is %d: use 1 to 50", c.Rounds))
	}
	if c.BatchRows != 0 && (c.BatchRows < 1000 || c.BatchRows > 400_000) {
		problems = append(problems, fmt.Errorf("--batch-rows is %d: use 1000 to 400000", c.BatchRows))
	}
	return errors.Join(append(problems, c.validate())...)
}

// Use is what each part of the pipeline uses of something.
type Use struct {
	Processors float64 `json:"processors"`
	Broker     float64 `json:"broker"`
	Engine     float64 `json:"engine"`
}

// Figures are the result. Rates are medians of the rounds.
type Figures struct {
	Broker  string `json:"broker"`
	Devices int    `json:"devices"`
	Rows    int    `json:"interface_rows"` // of a turn, of 12 counters each
	Rounds  int    `json:"rounds"`
	// BatchRows is how many rows of all kinds the processors write at a time.
	BatchRows int `json:"batch_rows"`

	InterfaceRowsPerSecond float64 `json:"interface_rows_per_s"`
	Min                    float64 `json:"interface_rows_per_s_min"`
	Max                    float64 `json:"interface_rows_per_s_max"`
	// RowsPerSecond are those of all kinds, and ValuesPerSecond the numbers measured in them.
	RowsPerSecond   float64 `json:"rows_per_s"`
	ValuesPerSecond float64 `json:"values_per_s"`
	Mark            float64 `json:"mark_interface_rows_per_s"`
	Within          bool    `json:"within_mark"`

	// CPUSecondsPerMillion is processor time, user and system, for a million interface rows
	// with all that comes with them; the engine's with the merges that follow. The least and the most
	// of each part may be of different rounds.
	CPUSecondsPerMillion    Use `json:"cpu_s_per_million"`
	CPUSecondsPerMillionMin Use `json:"cpu_s_per_million_min"`
	CPUSecondsPerMillionMax Use `json:"cpu_s_per_million_max"`
	// ResidentBytes is the most that each part has held resident.
	ResidentBytes Use `json:"rss_bytes"`
	// StageSecondsPerMillion is how long batches were in each stage of the processors for a
	// million interface rows, those of several partitions at a time added up.
	StageSecondsPerMillion map[string]float64 `json:"stage_s_per_million"`

	// Ceiling is what the store's client alone writes of the same interface rows to the same
	// table, and Ratio the pipeline's share of it: the median of the rounds' shares, each of its own pair.
	Ceiling           float64 `json:"ceiling_rows_per_s"`
	CeilingMin        float64 `json:"ceiling_rows_per_s_min"`
	CeilingMax        float64 `json:"ceiling_rows_per_s_max"`
	CeilingCPUSeconds float64 `json:"ceiling_cpu_s_per_million"` // of the engine
	Ratio             float64 `json:"ratio_to_ceiling"`
	RatioMin          float64 `json:"ratio_to_ceiling_min"`
	RatioMax          float64 `json:"ratio_to_ceiling_max"`

	// Telegraf is what that takes to read the same interface rows from Kafka, all of them in a text, and write them to a file.
	Telegraf Beside `json:"telegraf"`

	// Published and Stored are the rows of all kinds, and Derived the interface rows of
	// which there is a utilization.
	Published uint64 `json:"rows_published"`
	Stored    uint64 `json:"rows_stored"`
	Derived   uint64 `json:"rows_derived"`
}

// lap is a turn.
type lap struct {
	took         time.Duration
	interfaces   int
	rows, values uint64
	cpu          use
}

func (l lap) rate(n float64) float64 { return n / l.took.Seconds() }

func (l lap) perMillion(of time.Duration) float64 {
	return of.Seconds() * 1e6 / float64(l.interfaces)
}

// turns are the stretches of a fleet's time that are published one after the other.
type turns struct {
	fleet     *load.Fleet
	begin     time.Time // of the first
	next      time.Time
	published load.Counts
}

// newTurns begins with the first minutes of an hour of yesterday, so that among five turns
// after the first the hour ends once and is added up.
func newTurns(fleet *load.Fleet) *turns {
	begin := time.Now().UTC().Truncate(24 * time.Hour).Add(-14 * time.Hour)
	return &turns{fleet: fleet, begin: begin, next: begin, published: load.Counts{}}
}

func (t *turns) publish(ctx context.Context, to load.Bus) (load.Counts, error) {
	counts, err := t.fleet.Publish(ctx, to, t.next, t.next.Add(turnTime))
	if err != nil {
		return nil, err
	}
	t.next = t.next.Add(turnTime)
	t.published.Add(counts)
	return counts, nil
}

// Measure measures the pipeline and the engine alone in turn. It makes a folder for the
// time it takes.
func Measure(ctx context.Context, config Config, logger *slog.Logger) (figures Figures, err error) {
	if err := config.Validate(); err != nil {
		return figures, err
	}
	m := &measurement{Config: config}
	m.progress("start the broker and the engine")
	if m.plant, err = openPlant(ctx, config.Parts, logger); err != nil {
		return figures, err
	}
	m.plant.batchRows = cmp.Or(config.BatchRows, m.plant.batchRows)
	defer func() { err = errors.Join(err, m.plant.close()) }()
	fleet, err := load.New(load.Config{Devices: config.Rows / rowsPerDevice, Interfaces: interfacesPerDevice, Seed: 1, Partitions: m.plant.partitions})
	if err != nil {
		return figures, err
	}
	m.turns = newTurns(fleet)
	if m.ceiling, err = newCeiling(m.plant, m.turns); err != nil {
		return figures, err
	}
	if m.beside, m.noTelegraf, err = openBeside(ctx, m.plant, config.Telegraf, m.turns); err != nil {
		return figures, err
	}
	if err := m.run(ctx); err != nil {
		return figures, err
	}
	return m.figures(ctx)
}

// measurement is a run of the rounds.
type measurement struct {
	Config
	plant          *plant
	turns          *turns
	ceiling        *ceiling
	beside         *beside            // nil where there is no Telegraf
	noTelegraf     error              // why
	stages         map[string]float64 // of all rounds
	through, alone []lap
	consumed       []lap // by Telegraf
}

func (m *measurement) progress(step string) {
	if m.Progress != nil {
		m.Progress(step)
	}
}

func (m *measurement) run(ctx context.Context) error {
	var arguments []string
	if m.CPUProfile != "" {
		arguments = []string{"--cpuprofile", m.CPUProfile}
	}
	if err := m.plant.startProcessors(ctx, m.turns.fleet, arguments...); err != nil {
		return err
	}
	// The names, and the first turns, which open files and grow tables, count for nobody.
	m.progress(fmt.Sprintf("a fleet of %d devices begins", m.turns.fleet.Devices))
	names, err := m.turns.fleet.PublishNames(ctx, m.plant.client, m.turns.begin)
	if err != nil {
		return err
	}
	m.turns.published.Add(names)
	if _, err := m.lap(ctx); err != nil {
		return err
	}
	if _, err := m.ceiling.lap(ctx); err != nil {
		return err
	}
	if m.beside != nil {
		if _, err := m.beside.lap(ctx); err != nil {
			return err
		}
	}
	before, err := m.plant.stages(ctx)
	if err != nil {
		return err
	}
	for round := range m.Rounds {
		m.progress(fmt.Sprintf("round %d of %d", round+1, m.Rounds))
		order := []func() error{
			func() error {
				taken, err := m.lap(ctx)
				m.through = append(m.through, taken)
				return err
			},
			func() error {
				taken, err := m.ceiling.lap(ctx)
				m.alone = append(m.alone, taken)
				return err
			},
		}
		if m.beside != nil {
			order = append(order, func() error {
				taken, err := m.beside.lap(ctx)
				m.consumed = append(m.consumed, taken)
				return err
			})
		}
		if round%2 == 1 { // nobody always goes first
			slices.Reverse(order)
		}
		for _, turn := range order {
			if err := turn(); err != nil {
				return err
			}
		}
	}
	if m.stages, err = m.plant.stages(ctx); err != nil {
		return err
	}
	for stage := range m.stages {
		m.stages[stage] -= before[stage]
	}
	return nil
}

// lap publishes a turn while the processors stand still and takes the time that they need
// to store it.
func (m *measurement) lap(ctx context.Context) (taken lap, err error) {
	if err := m.plant.freeze(); err != nil {
		return taken, err
	}
	counts, err := m.turns.publish(ctx, m.plant.client)
	if err != nil {
		return taken, err
	}
	if err := m.plant.settle(ctx); err != nil {
		return taken, err
	}
	before, err := m.plant.used()
	if err != nil {
		return taken, err
	}
	began := time.Now()
	if err := m.plant.thaw(); err != nil {
		return taken, err
	}
	if err := m.plant.processors.await(ctx, m.turns.published.Rows(), lapTime); err != nil {
		return taken, err
	}
	taken = lap{took: time.Since(began), interfaces: interfaces(counts), rows: counts.Rows(), values: counts.Values()}
	if err := m.plant.settle(ctx); err != nil {
		return taken, err
	}
	after, err := m.plant.used()
	taken.cpu = after.less(before)
	return taken, err
}

func (m *measurement) figures(ctx context.Context) (Figures, error) {
	f := Figures{Broker: m.Broker, Devices: m.turns.fleet.Devices, Rows: m.through[0].interfaces, Rounds: m.Rounds, BatchRows: m.plant.batchRows, Mark: Mark, StageSecondsPerMillion: map[string]float64{}}
	median := func(laps []lap, of func(lap) float64) float64 { return spreadOf(laps, of)[1] }
	rows := func(l lap) float64 { return l.rate(float64(l.interfaces)) }
	spread := spreadOf(m.through, rows)
	f.Min, f.InterfaceRowsPerSecond, f.Max = spread[0], spread[1], spread[2]
	f.RowsPerSecond = median(m.through, func(l lap) float64 { return l.rate(float64(l.rows)) })
	f.ValuesPerSecond = median(m.through, func(l lap) float64 { return l.rate(float64(l.values)) })
	f.Within = f.InterfaceRowsPerSecond >= Mark
	processors := spreadOf(m.through, func(l lap) float64 { return l.perMillion(l.cpu.processors) })
	broker := spreadOf(m.through, func(l lap) float64 { return l.perMillion(l.cpu.broker) })
	engine := spreadOf(m.through, func(l lap) float64 { return l.perMillion(l.cpu.engine) })
	for i, use := range []*Use{&f.CPUSecondsPerMillionMin, &f.CPUSecondsPerMillion, &f.CPUSecondsPerMillionMax} {
		*use = Use{Processors: processors[i], Broker: broker[i], Engine: engine[i]}
	}
	spread = spreadOf(m.alone, rows)
	f.CeilingMin, f.Ceiling, f.CeilingMax = spread[0], spread[1], spread[2]
	f.CeilingCPUSeconds = median(m.alone, func(l lap) float64 { return l.perMillion(l.cpu.engine) })
	round := -1
	spread = spreadOf(m.through, func(l lap) float64 { round++; return rows(l) / rows(m.alone[round]) })
	f.RatioMin, f.Ratio, f.RatioMax = spread[0], spread[1], spread[2]
	if m.beside != nil {
		f.Telegraf = m.beside.figures(m.consumed, f.CPUSecondsPerMillion)
	} else {
		f.Telegraf = Beside{Name: "telegraf", Missing: m.noTelegraf.Error()}
	}
	total := 0
	for _, l := range m.through {
		total += l.interfaces
	}
	for stage, seconds := range m.stages {
		f.StageSecondsPerMillion[stage] = seconds * 1e6 / float64(total)
	}
	for _, each := range []struct {
		to      *float64
		process int
	}{{&f.ResidentBytes.Processors, m.plant.processors.pid()}, {&f.ResidentBytes.Broker, m.plant.brokerPID}, {&f.ResidentBytes.Engine, m.plant.endpoint.PID}} {
		_, most, err := child.Memory(each.process)
		if err != nil {
			return f, err
		}
		*each.to = float64(most)
	}
	stored, err := m.plant.stored(ctx, m.turns.published, m.turns.begin.Add(-load.PollInterval))
	if err != nil {
		return f, err
	}
	f.Published, f.Stored = m.turns.published.Rows(), stored.Rows()
	if f.Derived, err = m.plant.derived(ctx); err != nil {
		return f, err
	}
	for kind, rows := range m.turns.published {
		if stored[kind] != rows {
			return f, fmt.Errorf("%d rows of %s are stored of %d that were published", stored[kind], kind, rows)
		}
	}
	if f.Derived != m.turns.published[sample.KindInterfaces] {
		return f, fmt.Errorf("of %d interface rows %d have a utilization", m.turns.published[sample.KindInterfaces], f.Derived)
	}
	return f, nil
}

// spreadOf are the least, the median and the most of some turns, each asked in its order.
func spreadOf(laps []lap, of func(lap) float64) [3]float64 {
	values := make([]float64, len(laps))
	for i, each := range laps {
		values[i] = of(each)
	}
	slices.Sort(values)
	return [3]float64{values[0], (values[(len(values)-1)/2] + values[len(values)/2]) / 2, values[len(values)-1]}
}
