package record

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Result is what one benchmark has printed.
type Result struct {
	Name    string // of the sub-command, with what it was told after a hyphen where there are several of it
	JSON    []byte
	Machine Machine
	Version string // of the program
	Date    time.Time
	Took    time.Duration
	Stolen  float64 // of the processors' time meanwhile, percent, as of ProcessorTime.StolenSince
	Pace    Paces
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
)

// Save writes a result's two files into a folder: NAME.json as it was printed, and NAME.txt in
// the format of Go's benchmarks.
func Save(folder string, result Result) error {
	figures, err := Figures(result.JSON)
	if err != nil {
		return fmt.Errorf("keep the result of bench %s: %w", result.Name, err)
	}
	if len(figures) == 0 {
		return fmt.Errorf("keep the result of bench %s: it has no figures", result.Name)
	}
	var text strings.Builder
	for _, line := range [][2]string{
		{"goos", runtime.GOOS}, {"goarch", runtime.GOARCH}, {"pkg", "mimamori/bench"}, {keyCPU, result.Machine.CPU},
		{keyMachine, result.Machine.String()}, {keyVersion, result.Version}, {keyDate, result.Date.UTC().Format(time.DateOnly)}, {keyTook, result.Took.Round(time.Second).String()},
		{keyStolen, strconv.FormatFloat(result.Stolen, 'f', 0, 64) + " %"}, {keyPace, result.Pace.String()},
	} {
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
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder of results: %w", err)
	}
	for name, content := range map[string][]byte{result.Name + ".json": result.JSON, result.Name + ".txt": []byte(text.String())} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return fmt.Errorf("keep the result of bench %s: %w", result.Name, err)
		}
	}
	return nil
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

// Page writes README.md of a folder: the figures of all benchmarks named that have a result
// there, in that order.
func Page(folder string, names []string) error {
	var page strings.Builder
	page.WriteString("# Results\n\nWritten by `make bench`; docs/benchmarks.md says what is measured, and what the pace of\nthe machine is. `make bench-compare` holds new results against these.\n")
	machine := ""
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(folder, name+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the result of bench %s: %w", name, err)
		}
		figures, err := Figures(content)
		if err != nil {
			return fmt.Errorf("show the result of bench %s: %w", name, err)
		}
		text := filepath.Join(folder, name+".txt")
		if here := lineOf(text, keyMachine); here != machine {
			machine = here
			fmt.Fprintf(&page, "\nMeasured on: %s.\n", machine)
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s, version %s, in %s; other machines of the host took %s of the processors' time; pace %s\n\n| of | figures |\n|---|---|\n",
			name, lineOf(text, keyDate), lineOf(text, keyVersion), lineOf(text, keyTook), cmp.Or(lineOf(text, keyStolen), "an unknown part"), cmp.Or(lineOf(text, keyPace), unknownPace))
		for _, line := range lines(figures) {
			var texts []string
			for _, figure := range line {
				texts = append(texts, figure.Unit+" "+number(figure.Value))
			}
			fmt.Fprintf(&page, "| %s | %s |\n", cmp.Or(line[0].Name, name), strings.Join(texts, ", "))
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "README.md"), []byte(page.String()), 0o644); err != nil {
		return fmt.Errorf("write the page of results: %w", err)
	}
	return nil
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
