package record

import "fmt"

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

// String is the pace of what was done before and after, either, and what it consists of; unknown where one is not known.
func (p Paces) String() string {
	if p.Before.Relative() == 0 || p.After.Relative() == 0 {
		return unknownPace
	}
	both := func(before, after float64) float64 { return 2 / (1/before + 1/after) } // the same work, twice
	mean := Pace{Text: both(p.Before.Text, p.After.Text), Reads: both(p.Before.Reads, p.After.Reads)}
	return fmt.Sprintf("%.2f (%.2f before, %.2f after), text %.0f MB/s, memory %.2f million reads/s",
		mean.Relative(), p.Before.Relative(), p.After.Relative(), mean.Text, mean.Reads)
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
