package record

import (
	"fmt"
	"strings"
)

// Pace is how fast a machine does a fixed piece of work (work.go), by the processor time that it takes: what runs beside it
// changes it through caches and memory alone.
type Pace struct {
	Text  float64 // MB of text compressed and decompressed again in a second of processor time
	Reads float64 // million reads of memory in a second of processor time, each at random and only then known where
}

// referencePace is the pace that others are given beside. Changing it makes earlier results say something else.
var referencePace = Pace{Text: 250, Reads: 5}

// Relative is the pace beside the reference: how fast both works are done of which each takes the reference as long as the
// other. 0 where one of them is not known.
func (p Pace) Relative() float64 {
	return 2 / (referencePace.Text/p.Text + referencePace.Reads/p.Reads)
}

// unknownPace stands where there is no pace.
const unknownPace = "unknown"

// Paces are those before and after a benchmark, which is to have the machine to itself meanwhile.
type Paces struct {
	Before, After Pace
}

// Pacing is the pace of what was done before and after, either, and what it consists of.
type Pacing struct {
	Relative float64 `json:"relative"`
	Before   float64 `json:"before"` // relative, too
	After    float64 `json:"after"`
	Text     float64 `json:"text_mb_per_cpu_s"`
	Reads    float64 `json:"million_reads_per_cpu_s"`
}

// Together is nil where one of both is not known.
func (p Paces) Together() *Pacing {
	if p.Before.Relative() == 0 || p.After.Relative() == 0 {
		return nil
	}
	both := func(before, after float64) float64 { return 2 / (1/before + 1/after) } // the same work, twice
	mean := Pace{Text: both(p.Before.Text, p.After.Text), Reads: both(p.Before.Reads, p.After.Reads)}
	return &Pacing{mean.Relative(), p.Before.Relative(), p.After.Relative(), mean.Text, mean.Reads}
}

const pacing = "%.2f (%.2f before, %.2f after), text %.0f MB/s, memory %.2f million reads/s"

// String is the pace in one line; unknown where there is none.
func (p *Pacing) String() string {
	if p == nil {
		return unknownPace
	}
	return fmt.Sprintf(pacing, p.Relative, p.Before, p.After, p.Text, p.Reads)
}

// pacingOf reads what String has written; nil where it is unknown.
func pacingOf(text string) *Pacing {
	var p Pacing
	if _, err := fmt.Sscanf(text, strings.NewReplacer("%.2f", "%g", "%.0f", "%g").Replace(pacing), &p.Relative, &p.Before, &p.After, &p.Text, &p.Reads); err != nil {
		return nil
	}
	return &p
}

// PaceNow does the work and returns how fast that was. It takes about half a second of processor time, and as much to make
// ready, which is not counted. It fails where what came of the work is not what must.
func PaceNow() (Pace, error) {
	pace, err := fixedWork.do()
	if err != nil {
		return Pace{}, fmt.Errorf("measure the pace of this machine: %w", err)
	}
	return pace, nil
}
