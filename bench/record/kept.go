package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// kept is NAME.json without what the benchmark printed, so that the file alone says where its figures were measured.
type kept struct {
	Bench   string   `json:"bench"`
	Command string   `json:"command,omitempty"`
	Machine Machine  `json:"machine"`
	Version string   `json:"version"`
	Date    string   `json:"date"`
	Took    float64  `json:"took_s"`
	Stolen  *float64 `json:"stolen_percent"` // null where it was not kept
	Pace    *Pacing  `json:"pace"`           // null where it is unknown
	Failed  string   `json:"failed,omitempty"`
}

// keyResult is the key behind those of kept.
const keyResult = "result"

// contentOf is NAME.json: a line for each thing around the result, and the result in one as it was printed.
func contentOf(result *Result) ([]byte, error) {
	head, err := json.MarshalIndent(kept{
		result.Name, result.Command, result.Machine, result.Version, dateOf(result.Date), result.Took.Round(time.Millisecond).Seconds(),
		result.Stolen, result.Pace, result.Failed,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the result of bench %s: %w", result.Name, err)
	}
	var content bytes.Buffer
	content.Write(bytes.TrimSuffix(head, []byte("\n}")))
	content.WriteString(",\n  \"" + keyResult + "\": ")
	if err := json.Compact(&content, result.JSON); err != nil {
		return nil, fmt.Errorf("write the result of bench %s: %w", result.Name, err)
	}
	content.WriteString("\n}\n")
	return content.Bytes(), nil
}

// dateOf is a day, and the time of it where that is known.
func dateOf(date time.Time) string {
	if date = date.UTC(); date.Equal(date.Truncate(24 * time.Hour)) {
		return date.Format(time.DateOnly)
	}
	return date.Format(time.RFC3339)
}

// Read returns a result that a folder has; an error of fs.ErrNotExist where it has none. Results are read in the form
// they had before NAME.json said where it was measured, too, for comparisons with earlier commits.
func Read(folder, name string) (*Result, error) {
	content, err := os.ReadFile(filepath.Join(folder, name+".json"))
	if err != nil {
		return nil, fmt.Errorf("read the result of bench %s: %w", name, err)
	}
	var file struct {
		kept
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("read the result of bench %s: %w", name, err)
	}
	if file.Result == nil {
		return readFormer(folder, name, content), nil
	}
	date, err := time.Parse(time.RFC3339, file.Date)
	if err != nil {
		date, err = time.Parse(time.DateOnly, file.Date)
	}
	if err != nil {
		return nil, fmt.Errorf("read the result of bench %s: its date: %w", name, err)
	}
	return &Result{
		Name: name, Command: file.Command, JSON: file.Result, Machine: file.Machine, Version: file.Version, Date: date, Took: time.Duration(file.Took * float64(time.Second)),
		Stolen: file.Stolen, Pace: file.Pace, Failed: file.Failed,
	}, nil
}

// readFormer returns a result of which NAME.json is what was printed, and NAME.txt alone says where; what it does not say
// is empty.
func readFormer(folder, name string, printed []byte) *Result {
	text := filepath.Join(folder, name+".txt")
	result := &Result{Name: name, JSON: printed, Version: lineOf(text, keyVersion), Machine: machineOf(lineOf(text, keyMachine)), Pace: pacingOf(lineOf(text, keyPace))}
	result.Date, _ = time.Parse(time.DateOnly, lineOf(text, keyDate))
	result.Took, _ = time.ParseDuration(lineOf(text, keyTook))
	var stolen float64
	if n, _ := fmt.Sscanf(lineOf(text, keyStolen), "%g", &stolen); n == 1 {
		result.Stolen = &stolen
	}
	return result
}
