package record

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// worthTelling is how much of itself a figure must change by to be told of. By how much of itself the machine's pace must is
// docs/benchmarks.md's: a twentieth may be chance.
const (
	worthTelling     = 0.05
	worthTellingPace = 0.1
)

// Comparison is what has become of results since others of the same benchmarks.
type Comparison struct {
	base, now []shown // of the same names, each measured anew
	same      []string
	added     []string // that were not there before
	removed   []string
	changes   []change
	compared  int      // figures
	without   []string // figures that one of both does not have
	missed    []string // figures that miss their mark, and whether they did before
	met       []string // figures that met none before
}

// change is a figure that is another by more than chance.
type change struct {
	bench     string
	h         *headline
	base, now measured
}

// measured is a figure, and between which values it lies in the rounds of its benchmark; both itself where there are none.
type measured struct{ value, least, most float64 }

func (m measured) hasRounds() bool { return m.least < m.most }

// Compare holds the results of one folder against those of another.
func Compare(base, now string) (*Comparison, error) {
	c := &Comparison{}
	for _, name := range Names() {
		before, err := readIfThere(base, name)
		if err != nil {
			return nil, err
		}
		after, err := readIfThere(now, name)
		if err != nil {
			return nil, err
		}
		switch {
		case before == nil && after == nil:
		case before == nil:
			c.added = append(c.added, name)
		case after == nil:
			c.removed = append(c.removed, name)
		case before.sameRun(after):
			c.same = append(c.same, name)
		default:
			c.base, c.now = append(c.base, *before), append(c.now, *after)
			c.hold(before, after)
		}
	}
	return c, nil
}

// readIfThere is a result of a folder, nil where it has none.
func readIfThere(folder, name string) (*shown, error) {
	result, err := Read(folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there need not be one
	}
	if err != nil {
		return nil, err
	}
	root, err := parse(result.JSON)
	if err != nil {
		return nil, fmt.Errorf("compare the result of bench %s: %w", name, err)
	}
	return &shown{result, root}, nil
}

// sameRun says whether two results are one and the same measurement, in whatever form each is kept.
func (s *shown) sameRun(other *shown) bool {
	figures := func(s *shown) []Figure { figures, _ := Figures(s.JSON); return figures } // read once already
	return slices.Equal(figures(s), figures(other))
}

// hold compares the figures of a result that count.
func (c *Comparison) hold(before, after *shown) {
	headlines := headlinesOf(before.Name)
	for i := range headlines {
		h := &headlines[i]
		base, has := h.measuredIn(before.root)
		now, hasNow := h.measuredIn(after.root)
		if !has || !hasNow {
			if has || hasNow {
				c.without = append(c.without, before.Name+": "+h.name)
			}
			continue
		}
		c.compared++
		c.judge(h, before, after)
		if base.differsFrom(now) {
			c.changes = append(c.changes, change{before.Name, h, base, now})
		}
	}
}

// judge notes what has become of a figure's mark.
func (c *Comparison) judge(h *headline, before, after *shown) {
	mark, met, has := h.markOf(after.root)
	_, metBefore, hadBefore := h.markOf(before.root)
	name := fmt.Sprintf("%s: %s, mark %s", after.Name, h.name, number(mark))
	switch {
	case !has:
	case !met && hadBefore && metBefore:
		c.missed = append(c.missed, name+"; it was met before")
	case !met:
		c.missed = append(c.missed, name)
	case hadBefore && !metBefore:
		c.met = append(c.met, name)
	}
}

func (h *headline) measuredIn(root any) (m measured, ok bool) {
	if m.value, ok = h.in(root, h.figure); !ok {
		return m, false
	}
	m.least, m.most = m.value, m.value
	if h.rounds != nil {
		least, hasLeast := h.in(root, h.rounds.low)
		most, hasMost := h.in(root, h.rounds.high)
		if hasLeast && hasMost {
			m.least, m.most = least, most
		}
	}
	return m, true
}

// differsFrom says whether two measurements are further apart than what is worth telling, and than the rounds of either.
func (m measured) differsFrom(other measured) bool {
	within := func(value float64, of measured) bool { return of.least <= value && value <= of.most }
	return math.Abs(other.value-m.value) > worthTelling*math.Abs(m.value) && !within(other.value, m) && !within(m.value, other)
}

func (c *change) isBetter() bool { return (c.now.value > c.base.value) == (c.h.better == more) }

// row is the change's name as benchstat has it.
func (c *change) row() string { return benchmarkName(c.bench) + "/" + word(c.h.name) }

// Changed says whether benchstat has anything to show.
func (c *Comparison) Changed() bool { return len(c.changes) > 0 }

// Files are what benchstat compares, in the text format of Go's benchmarks: those figures that are others by more than
// chance, once each, and which it is told to take as they are: rounds have been judged by then.
func (c *Comparison) Files() (base, now string) {
	var texts [2]strings.Builder
	for i := range texts {
		units := map[string]bool{}
		for _, change := range c.changes {
			units[change.unit()] = true
		}
		for _, unit := range slices.Sorted(maps.Keys(units)) {
			fmt.Fprintf(&texts[i], "Unit %s assume=exact\n", unit)
		}
		for _, better := range []bool{true, false} {
			fmt.Fprintf(&texts[i], "%s: %s\n", KeyChange, map[bool]string{true: "better", false: "worse"}[better])
			for _, change := range c.changes {
				if change.isBetter() == better {
					value := []measured{change.base, change.now}[i].value
					fmt.Fprintf(&texts[i], "%s 1 %s %s\n", change.row(), strconv.FormatFloat(value, 'g', -1, 64), change.unit())
				}
			}
		}
	}
	return texts[0].String(), texts[1].String()
}

// KeyChange is the key of Files that says which figures are better and which are worse: a table of benchstat each.
const KeyChange = "change"

func (c *change) unit() string { return cmp.Or(word(c.h.unit), "times") }

// WriteMachines says what is to be known before figures are read: which results are there, and which of them another machine
// measured, or the same at another pace.
func (c *Comparison) WriteMachines(output io.Writer) error {
	var text strings.Builder
	if len(c.now) == 0 && len(c.added) == 0 {
		text.WriteString("No figure is another since.\n")
	}
	var measured, commands, machines, paces, unknown, failed []string
	for i := range c.now {
		base, now := &c.base[i], &c.now[i]
		measured = append(measured, now.Name)
		if now.Command != base.Command && now.Command != "" && base.Command != "" {
			commands = append(commands, fmt.Sprintf("%s: %s; before %s", now.Name, now.Command, base.Command))
		}
		switch {
		case !now.Machine.like(base.Machine):
			machines = add(machines, now.Name, fmt.Sprintf(": %s, pace %s; before %s, pace %s", now.Machine.processors(), now.relativePace(), base.Machine.processors(), base.relativePace()))
		case now.Pace == nil || base.Pace == nil:
			unknown = append(unknown, now.Name)
		case math.Abs(now.Pace.Relative/base.Pace.Relative-1) > worthTellingPace:
			paces = add(paces, now.Name, fmt.Sprintf(": %s; before %s", now.relativePace(), base.relativePace()))
		}
		if failure := now.failure(); failure != "" {
			failed = append(failed, now.Name+": "+failure)
		}
		if failure := base.failure(); failure != "" {
			failed = append(failed, now.Name+", before: "+failure)
		}
	}
	line := func(title string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(&text, "%s: %s.\n", title, strings.Join(names, ", "))
		}
	}
	lines := func(title string, each []string) {
		if len(each) > 0 {
			fmt.Fprintf(&text, "%s:\n  %s\n", title, strings.Join(each, "\n  "))
		}
	}
	line("Measured since", measured)
	line("Measured for the first time", c.added)
	line("No longer there", c.removed)
	line("As they were", c.same)
	lines("BY ANOTHER COMMAND, so that other things were measured", commands)
	lines("ON ANOTHER MACHINE, so that changes say as much of the machines", machines)
	lines("AT ANOTHER PACE of the machine, by more than a tenth", paces)
	line("At a pace that is not known, now or before", unknown)
	lines("FAILED", failed)
	lines("MARKS that are missed now", c.missed)
	lines("Marks that are met now and were not", c.met)
	line("Measured only now or only before", c.without)
	return writeText(output, text.String())
}

// WriteChanges writes what benchstat has made of Files, and how far the rounds lie apart.
func (c *Comparison) WriteChanges(output io.Writer, benchstat string) error {
	var text strings.Builder
	if c.compared > 0 && len(c.changes) == 0 {
		fmt.Fprintf(&text, "None of %d figures that count changed by more than %g %% and than its rounds lie apart.\n", c.compared, 100*worthTelling)
	}
	if len(c.changes) > 0 {
		better := 0
		for i := range c.changes {
			if c.changes[i].isBetter() {
				better++
			}
		}
		fmt.Fprintf(&text, "\nOf %d figures that count %d changed by more than %g %% and than its rounds lie apart: %d better, %d worse.\n\n",
			c.compared, len(c.changes), 100*worthTelling, better, len(c.changes)-better)
		for line := range strings.Lines(benchstat) {
			// There are no rounds for benchstat to judge by, and a mean of different things says nothing.
			if !strings.HasPrefix(line, "geomean") {
				line = strings.NewReplacer(" ± 0%", strings.Repeat(" ", len(" ± 0")), " (n=1)", "").Replace(line)
				text.WriteString(strings.TrimRight(line, " \n") + "\n")
			}
		}
		c.writeRounds(&text)
	}
	return writeText(output, text.String())
}

// writeRounds says between which values those that changed lie in the rounds.
func (c *Comparison) writeRounds(text *strings.Builder) {
	title := "\nLeast and most of the rounds:\n"
	for _, change := range c.changes {
		if change.base.hasRounds() || change.now.hasRounds() {
			between := func(m measured) string {
				if !m.hasRounds() {
					return number(m.value)
				}
				return number(m.least) + " to " + number(m.most)
			}
			fmt.Fprintf(text, "%s  %s %s; before %s\n", title, strings.TrimPrefix(change.row(), "Benchmark"), between(change.now), between(change.base))
			title = ""
		}
	}
}

// add adds what is said of a result, together with others of which the same is said.
func add(texts []string, name, said string) []string {
	if last := len(texts) - 1; last >= 0 && strings.HasSuffix(texts[last], said) {
		texts[last] = strings.TrimSuffix(texts[last], said) + ", " + name + said
		return texts
	}
	return append(texts, name+said)
}

func writeText(output io.Writer, text string) error {
	if _, err := io.WriteString(output, text); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// processors are what makes machines different, in words.
func (m Machine) processors() string {
	return fmt.Sprintf("%s, %d cores, %.1f GB", m.CPU, m.Cores, float64(m.Memory)/1e9)
}

// like says whether figures of one machine can be held against those of another: its processors and memory, of which the
// kernel takes a part that differs. A kernel or a release of Go is a change like any other.
func (m Machine) like(other Machine) bool {
	return m.CPU == other.CPU && m.Cores == other.Cores && m.OS == other.OS && m.Arch == other.Arch &&
		math.Abs(float64(m.Memory)-float64(other.Memory)) < 1e9
}
