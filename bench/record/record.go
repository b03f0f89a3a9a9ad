package record

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Result is what one benchmark has printed.
type Result struct {
	Name    string // of the sub-command, with what it was told after a hyphen where there are several of it
	Command string // that measured it; empty where it was not kept
	JSON    []byte
	Machine Machine
	Version string // of the program
	Date    time.Time
	Took    time.Duration
	Stolen  *float64 // of the processors' time meanwhile, percent, as of ProcessorTime.StolenSince; nil where it is unknown
	Pace    *Pacing  // nil where it is unknown
	Failed  string   // why the benchmark failed though it printed its figures; empty where it did not
}

// The keys of the lines before the figures of a file; benchstat knows the first four.
const (
	keyCPU     = "cpu"
	keyMachine = "machine"
	keyVersion = "version"
	keyDate    = "date"
	keyTook    = "took"
	keyStolen  = "stolen"
	keyPace    = "pace"
	keyFailed  = "failed"
)

// Save writes a result's two files into a folder: NAME.json with what was printed and where it was measured, and NAME.txt in
// the format of Go's benchmarks.
func Save(folder string, result *Result) error {
	figures, err := Figures(result.JSON)
	if err != nil {
		return fmt.Errorf("keep the result of bench %s: %w", result.Name, err)
	}
	if len(figures) == 0 {
		return fmt.Errorf("keep the result of bench %s: it has no figures", result.Name)
	}
	var text strings.Builder
	head := [][2]string{
		{"goos", result.Machine.OS}, {"goarch", result.Machine.Arch}, {"pkg", "mimamori/bench"}, {keyCPU, result.Machine.CPU},
		{keyMachine, result.Machine.String()}, {keyVersion, result.Version}, {keyDate, result.Date.UTC().Format(time.DateOnly)}, {keyTook, result.Took.Round(time.Second).String()},
		{keyStolen, result.stolen()}, {keyPace, result.Pace.String()},
	}
	if result.Failed != "" {
		head = append(head, [2]string{keyFailed, strings.Join(strings.Fields(result.Failed), " ")})
	}
	for _, line := range head {
		fmt.Fprintf(&text, "%s: %s\n", line[0], line[1])
	}
	for _, line := range lines(figures) {
		name := benchmarkName(result.Name)
		if line[0].Name != "" {
			name += "/" + line[0].Name
		}
		fmt.Fprintf(&text, "%s 1", name)
		for _, figure := range line {
			fmt.Fprintf(&text, " %s %s", strconv.FormatFloat(figure.Value, 'g', -1, 64), figure.Unit)
		}
		text.WriteByte('\n')
	}
	content, err := contentOf(result)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder of results: %w", err)
	}
	for name, content := range map[string][]byte{result.Name + ".json": content, result.Name + ".txt": []byte(text.String())} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return fmt.Errorf("keep the result of bench %s: %w", result.Name, err)
		}
	}
	return nil
}

// stolen is the share of others in words.
func (r *Result) stolen() string {
	if r.Stolen == nil {
		return "an unknown part"
	}
	return strconv.FormatFloat(*r.Stolen, 'f', 0, 64) + " %"
}

// benchmarkName is a name as Go's benchmarks have it: a hyphen would stand before the number of processors.
func benchmarkName(name string) string {
	written := "Benchmark"
	for _, word := range strings.Split(name, "-") {
		written += strings.ToUpper(word[:1]) + word[1:]
	}
	return written
}

// lines are figures by name, each where the first of its name stands.
func lines(figures []Figure) (all [][]Figure) {
	at := map[string]int{}
	for _, figure := range figures {
		i, known := at[figure.Name]
		if !known {
			i = len(all)
			at[figure.Name] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], figure)
	}
	return all
}

// number writes a figure for people: four digits that count, and commas between thousands.
func number(value float64) string {
	if magnitude := math.Abs(value); magnitude < 1000 && value != math.Trunc(value) {
		return strconv.FormatFloat(value, 'g', 4, 64)
	}
	digits := strconv.FormatFloat(value, 'f', 0, 64)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}
