package record

import (
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPaceBesideTheReference(t *testing.T) {
	for name, test := range map[string]struct {
		pace Pace
		want float64
	}{
		"the reference":                    {referencePace, 1},
		"twice as fast":                    {Pace{2 * referencePace.Text, 2 * referencePace.Reads}, 2},
		"a third as fast with one of both": {Pace{referencePace.Text, referencePace.Reads / 3}, 0.5},
		"a third as fast with the other":   {Pace{referencePace.Text / 3, referencePace.Reads}, 0.5},
		"not known":                        {Pace{}, 0},
		"one of both not known":            {Pace{Text: 1}, 0},
		"the other of both not known":      {Pace{Reads: 1}, 0},
	} {
		if got := test.pace.Relative(); got != test.want {
			t.Errorf("%s: %g, want %g", name, got, test.want)
		}
	}
}

// TestPaceOfAResult reads back from a result's files what was kept of the pace.
func TestPaceOfAResult(t *testing.T) {
	slow := Pace{referencePace.Text / 2, referencePace.Reads / 2}
	for name, test := range map[string]struct {
		paces Paces
		want  string
	}{
		"both":   {Paces{referencePace, slow}, "0.67 (1.00 before, 0.50 after), text 167 MB/s, memory 3.33 million reads/s"},
		"before": {Paces{Before: slow}, "unknown"},
		"after":  {Paces{After: slow}, "unknown"},
	} {
		folder := t.TempDir()
		stolen := 2.0
		result := Result{Name: "thing", JSON: []byte(`{"rows": 1}`), Took: time.Second, Stolen: &stolen, Pace: test.paces.Together()}
		if err := Save(folder, &result); err != nil {
			t.Fatal(err)
		}
		if got := lineOf(filepath.Join(folder, "thing.txt"), "pace"); got != test.want {
			t.Errorf("%s: the pace is kept as %q, want %q", name, got, test.want)
		}
		if got := pacingOf(test.want).String(); got != test.want {
			t.Errorf("%s: read back it is %q", name, got)
		}
		if err := Page(folder, []string{"thing"}); err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(filepath.Join(folder, "README.md"))
		if want := "took 2 % of the processors' time; pace " + test.want + "\n"; err != nil || !strings.Contains(string(page), want) {
			t.Errorf("%s: the page does not say %q (%v):\n%s", name, want, err, page)
		}
	}
}

// TestPageOfAnEarlierResult shows one that was kept before there were paces.
func TestPageOfAnEarlierResult(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{"thing.json": `{"rows": 1}`, "thing.txt": "version: 1\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Page(folder, []string{"thing"}); err != nil {
		t.Fatal(err)
	}
	if page, err := os.ReadFile(filepath.Join(folder, "README.md")); err != nil || !strings.Contains(string(page), "; pace unknown\n") {
		t.Errorf("%v:\n%s", err, page)
	}
}

// TestFixedWork holds the work to what it always was. Where a new release of the compressor makes
// other bytes of the same text, paces from then on cannot be compared with those before: say so in
// docs/benchmarks.md beside the reference, measure that anew on a quiet machine, and change packed.
func TestFixedWork(t *testing.T) {
	const (
		written = 0x31bf5530 // check sum of the text
		packed  = 576_757    // bytes
		end     = 0xa19559950086a94a
	)
	text, err := newText(fixedWork.text)
	if err != nil {
		t.Fatal(err)
	}
	if sum := crc32.ChecksumIEEE(text.plain); sum != written {
		t.Errorf("the text has the check sum %#x, want %#x", sum, uint32(written))
	}
	if err := text.roundTrip(); err != nil {
		t.Fatal(err)
	}
	if len(text.packed) != packed {
		t.Errorf("of %d bytes of text the compressor makes %d, want %d", len(text.plain), len(text.packed), packed)
	}
	if got := endOfWalk(fixedWork.lines, fixedWork.reads); got != end {
		t.Errorf("the walk ends at %#x, want %#x", got, uint64(end))
	}
}

func TestWalkReadsMemory(t *testing.T) {
	const lines, reads = 1 << 10, 10_000
	m, err := newMemory(lines)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.free(); err != nil {
			t.Error(err)
		}
	}()
	if err := m.check(reads, m.walk(reads)); err != nil {
		t.Error(err)
	}
	read := map[uint64]bool{}
	state := uint64(0)
	for range reads {
		at := state >> shiftOf(lines)
		read[at] = true
		state = next(state, content(at))
	}
	if len(read) < lines*9/10 {
		t.Errorf("%d of %d lines are read", len(read), lines)
	}
	m.lines[0][0]++ // where it begins
	if err := m.check(reads, m.walk(reads)); err == nil {
		t.Error("the walk ends in the same place whatever it reads")
	}
}

// TestPaceOfLittleWork does all of it, in small.
func TestPaceOfLittleWork(t *testing.T) {
	pace, err := work{text: 50_000, rounds: 2, lines: 1 << 12, reads: 20_000}.do()
	if err != nil || pace.Text <= 0 || pace.Reads <= 0 {
		t.Errorf("%+v, %v", pace, err)
	}
}

func TestTextIsComparedAfterwards(t *testing.T) {
	text, err := newText(50_000)
	if err != nil {
		t.Fatal(err)
	}
	text.pack()
	text.plain[7]++
	if err := text.unpack(); err == nil {
		t.Error("another text is taken for the same")
	}
}

// BenchmarkPace prints what the machine's pace is made of.
func BenchmarkPace(b *testing.B) {
	var pace Pace
	for b.Loop() {
		var err error
		if pace, err = PaceNow(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(pace.Relative(), "pace")
	b.ReportMetric(pace.Text, "text_MB/cpu-s")
	b.ReportMetric(pace.Reads, "million_reads/cpu-s")
}
