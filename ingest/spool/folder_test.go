package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
)

// openIn opens a spool in a directory that has a past.
func openIn(t testing.TB, directory string, change func(*Config)) (*Spool, *prometheus.Registry) {
	t.Helper()
	return newSpool(t, func(c *Config) {
		c.Directory, c.BacklogRate = directory, 1e9
		if change != nil {
			change(c)
		}
	})
}

// drain takes all there is and says that it was delivered.
func drain(t testing.TB, s *Spool) []string {
	t.Helper()
	var all []string
	for on := range Ways {
		for q := &s.queues[on]; q.blocks > 0; {
			taken := s.Take(t.Context(), on, 16)
			for _, block := range taken {
				all = append(all, string(block.Bytes))
			}
			s.Delivered(taken)
		}
	}
	return all
}

// files returns the contents of an appliance's folder, but for the lock.
func files(t testing.TB, directory string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(directory, "*", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string][]byte{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		contents[filepath.Base(path)] = content
	}
	return contents
}

// restore makes a directory with such contents.
func restore(t testing.TB, directory string, contents map[string][]byte) {
	t.Helper()
	folder := filepath.Join(directory, fmt.Sprintf("%016x", 0xabc))
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range contents {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsLeftOutlivesTheProcess(t *testing.T) {
	directory := t.TempDir()
	s, _ := openIn(t, directory, nil)
	for i := range 300 {
		s.Put(Block{Kind: sample.KindPings, Urgent: i%10 == 0, Bytes: fmt.Append(nil, i)})
	}
	taken := s.Take(t.Context(), Telemetry, 40) // 30 urgent ones and 10 others
	s.Delivered(taken[:35])
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.Snapshot(); got.Blocks != 265 || got.Kept != 265 {
		t.Errorf("left: %+v", got)
	}
	again, _ := openIn(t, directory, nil)
	again.Put(block("fresh"))
	all := drain(t, again)
	// Fresh ones first, then those that were left, in the order they had come; what was
	// under way is sent again.
	var want []string
	want = append(want, "fresh")
	for i := range 300 {
		if i%10 != 0 && i > 5 {
			want = append(want, fmt.Sprint(i))
		}
	}
	if !slices.Equal(all, want) {
		t.Errorf("got %v\nwant %v", all, want)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if rest := files(t, directory); len(rest) != 0 {
		t.Errorf("files are left of a spool that was emptied: %v", rest)
	}
}

func TestSegmentsGoWhenTheyAreDelivered(t *testing.T) {
	s, registry := openIn(t, t.TempDir(), func(c *Config) { c.MaxBytes = 8 << 20 })
	for i := range 64 {
		s.Put(block(fmt.Sprint(i, strings.Repeat(".", 64<<10))))
	}
	if got := measured(t, registry, "mimamori_spool_disk_bytes"); got < 4<<20 {
		t.Errorf("%v bytes on disk", got)
	}
	drain(t, s)
	if got := measured(t, registry, "mimamori_spool_disk_bytes"); got > 256<<10 {
		t.Errorf("%v bytes on disk after all was delivered", got)
	}
	if got := measured(t, registry, "mimamori_spool_memory_bytes"); got != 0 {
		t.Errorf("%v bytes of memory after all was delivered", got)
	}
}

// TestMemoryStaysBoundedWhileTheBacklogGrowsAndDrains puts 32 MiB through a spool that
// may keep 256 KiB in memory.
func TestMemoryStaysBoundedWhileTheBacklogGrowsAndDrains(t *testing.T) {
	s, registry := openIn(t, t.TempDir(), func(c *Config) { c.MemoryBytes = 256 << 10 })
	const blocks, size = 1024, 32 << 10
	most := 0.0
	for i := range blocks {
		s.Put(block(fmt.Sprint(i, strings.Repeat(".", size))))
		most = max(most, measured(t, registry, "mimamori_spool_memory_bytes"))
	}
	for next := 0; next < blocks; {
		taken := s.Take(t.Context(), Telemetry, 4)
		most = max(most, measured(t, registry, "mimamori_spool_memory_bytes"))
		for _, block := range taken {
			if !bytes.HasPrefix(block.Bytes, fmt.Append(nil, next, ".")) {
				t.Fatalf("got %.10s, want %d", block.Bytes, next)
			}
			next++
		}
		s.Delivered(taken)
	}
	// The index of what waits for less than backlog_after, and the four under way.
	if limit := 256<<10 + blocks*entryOverhead + 4*size*1.1; most > limit {
		t.Errorf("%v bytes of memory", most)
	}
}

// Blocks leave the memory while nobody takes any, and so there is room in it when the
// disk fails then.
func TestMemoryStaysBoundedWhileTheTakerIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, registry := openIn(t, t.TempDir(), func(c *Config) { c.MemoryBytes = 256 << 10 })
		s.Put(block("underway"))
		stuck := s.Take(t.Context(), Telemetry, 1)
		const blocks = 5000
		for i := range blocks {
			s.Put(block(fmt.Sprint(i)))
			time.Sleep(50 * time.Millisecond)
		}
		if memory := measured(t, registry, "mimamori_spool_memory_bytes"); memory > 256<<10 {
			t.Errorf("%v bytes of memory", memory)
		}
		_ = s.folder.tail.file.Close() // so that it takes no more
		for i := range 100 {
			s.Put(block(fmt.Sprint(blocks + i)))
		}
		if got := s.Snapshot(); got.Dropped != 0 || got.Kept == got.Blocks {
			t.Errorf("%+v", got)
		}
		s.Delivered(stuck)
		if all := drain(t, s); len(all) != blocks+100 {
			t.Errorf("%d blocks came", len(all))
		}
	})
}

// Urgent blocks leave the memory, too, where they wait for long.
func TestUrgentBlocksThatWaitAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, registry := openIn(t, t.TempDir(), func(c *Config) { c.MemoryBytes = 256 << 10 })
		var underway []Block
		for i := range 6000 {
			s.Put(Block{Kind: sample.KindHeartbeats, Urgent: true, Bytes: fmt.Append(nil, i)})
			if i%2 == 0 {
				s.Put(block(fmt.Sprint("live", i)))
			}
			if i == 10 { // the centre goes away with these
				underway = s.Take(t.Context(), Telemetry, 3)
			}
			if i%1000 == 999 {
				time.Sleep(time.Minute)
				s.Delivered(s.Take(t.Context(), Telemetry, 1))
			}
		}
		time.Sleep(time.Minute)
		s.Delivered(s.Take(t.Context(), Telemetry, 1))
		if memory := measured(t, registry, "mimamori_spool_memory_bytes"); memory > 160<<10 {
			t.Errorf("%v bytes of memory", memory)
		}
		s.Delivered(underway)
		all := drain(t, s)
		if got := 7 + 3 + len(all); got != 9000 {
			t.Errorf("%d blocks came of 9000", got)
		}
		slices.Sort(all)
		if len(slices.Compact(all)) != 9000-7-3 {
			t.Error("some came twice")
		}
	})
}

// An urgent block that leaves the memory is found again, though the search for the
// backlog had gone past it.
func TestAnUrgentBlockThatLeftTheMemoryIsFoundAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := openIn(t, t.TempDir(), func(c *Config) { c.MemoryBytes = 256 << 10 })
		for i := range 3 {
			s.Put(Block{Kind: sample.KindHeartbeats, Urgent: i < 2, Bytes: fmt.Append(nil, i)})
		}
		time.Sleep(time.Minute)
		expect(t, s.Take(t.Context(), Telemetry, 1), "0")
		s.Put(block("3" + strings.Repeat(".", 200<<10)))
		expect(t, s.Take(t.Context(), Telemetry, 1), "3")
		expect(t, s.Take(t.Context(), Telemetry, 2), "1 2")
	})
}

func TestFullDiskSpaceDropsWholeSegmentsOldestFirst(t *testing.T) {
	directory := t.TempDir()
	s, registry := openIn(t, directory, func(c *Config) { c.MaxBytes = 1 << 20 })
	for i := range 3000 {
		s.Put(Block{Kind: sample.KindPings, Urgent: i%100 == 0, Bytes: fmt.Append(nil, i, strings.Repeat(".", 1000))})
	}
	size := 0
	for _, content := range files(t, directory) {
		size += len(content)
	}
	if size > 1<<20 || size < 900<<10 {
		t.Errorf("%d bytes on disk", size)
	}
	dropped := int(s.Snapshot().Dropped)
	all := drain(t, s)
	if len(all)+dropped != 3000 || measured(t, registry, "mimamori_spool_dropped_blocks_total") != float64(dropped) {
		t.Errorf("%d left, %d dropped", len(all), dropped)
	}
	for _, block := range all {
		var number int
		if _, err := fmt.Sscan(strings.TrimRight(block, "."), &number); err != nil || number < dropped {
			t.Errorf("%.10s is left, %d were dropped", block, dropped)
		}
	}
}

// TestEveryCutLosesTheTailAlone cuts a spool's newest file at each of its bytes, as a
// power cut does: what was complete before is there, in order.
func TestEveryCutLosesTheTailAlone(t *testing.T) {
	directory := t.TempDir()
	s, _ := openIn(t, directory, nil)
	for i := range 6 {
		s.Put(block(fmt.Sprint("block", i)))
	}
	s.Delivered(s.Take(t.Context(), Telemetry, 2))
	contents := files(t, directory)
	if len(contents) != 2 {
		t.Fatalf("files: %v", contents)
	}
	var name string
	var log []byte
	for each, content := range contents {
		if strings.HasSuffix(each, ".log") {
			name, log = each, content
		}
	}
	record := recordHeader + len("block0")
	cut := t.TempDir()
	for length := range len(log) + 1 {
		contents[name] = log[:length]
		restore(t, cut, contents)
		s, _ := openIn(t, cut, nil)
		complete := 0
		for i, end := 0, 0; i < 6; i++ {
			if end += record; end <= length {
				complete++
			}
		}
		// A spool that was cut takes blocks again, and they survive.
		s.Put(block("fresh"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, registry := openIn(t, cut, nil)
		if broken := measured(t, registry, "mimamori_spool_broken_bytes_total"); broken != 0 {
			t.Errorf("cut at %d: what was cut off counts again: %v bytes", length, broken)
		}
		all := drain(t, s)
		if want := max(0, complete-2) + 1; len(all) != want {
			t.Fatalf("cut at %d: %d blocks of %d: %v", length, len(all), want, all)
		}
		for i, got := range all[:len(all)-1] {
			if got != fmt.Sprint("block", i+2) {
				t.Fatalf("cut at %d: %v", length, all)
			}
		}
		_ = s.Close()
	}
}

// TestEveryFlippedBitLosesOneBlock changes each byte of a spool's files in turn: at most
// one block is lost, no other is changed, and what was delivered may come again.
func TestEveryFlippedBitLosesOneBlock(t *testing.T) {
	directory := t.TempDir()
	s, _ := openIn(t, directory, nil)
	for i := range 6 {
		s.Put(block(fmt.Sprint("block", i)))
	}
	s.Delivered(s.Take(t.Context(), Telemetry, 2))
	contents := files(t, directory)
	flipped := t.TempDir()
	for name, content := range contents {
		for at := range content {
			changed := slices.Clone(content)
			changed[at] ^= 1 << (at % 8)
			restore(t, flipped, contents)
			restoreOne(t, flipped, name, changed)
			s, registry := openIn(t, flipped, nil)
			all := drain(t, s)
			missing := 0
			for i := range 6 {
				count := 0
				for _, got := range all {
					if got == fmt.Sprint("block", i) {
						count++
					}
				}
				switch {
				case count > 1:
					t.Fatalf("%s, byte %d: block %d came %d times", name, at, i, count)
				case count == 0 && i >= 2:
					missing++
				}
			}
			if foreign := slices.ContainsFunc(all, func(got string) bool { return !strings.HasPrefix(got, "block") || len(got) != 6 }); foreign || missing > 1 {
				t.Fatalf("%s, byte %d: %v", name, at, all)
			}
			if strings.HasSuffix(name, ".log") && measured(t, registry, "mimamori_spool_broken_bytes_total") == 0 {
				t.Fatalf("%s, byte %d: not counted", name, at)
			}
			_ = s.Close()
		}
	}
}

func restoreOne(t testing.TB, directory, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(directory, fmt.Sprintf("%016x", 0xabc), name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestABlockThatRotsOnDiskIsCountedAndPassed changes a block after it was opened.
func TestABlockThatRotsOnDiskIsCountedAndPassed(t *testing.T) {
	directory := t.TempDir()
	s, _ := openIn(t, directory, nil)
	for i := range 3 {
		s.Put(block(fmt.Sprint("block", i)))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, registry := openIn(t, directory, nil)
	for name, content := range files(t, directory) {
		content[recordHeader+recordHeader+len("block0")] ^= 1 // of the second block's bytes
		restoreOne(t, directory, name, content)
	}
	if all := drain(t, s); !slices.Equal(all, []string{"block0", "block2"}) {
		t.Errorf("%v", all)
	}
	if measured(t, registry, "mimamori_spool_unreadable_blocks_total") != 1 {
		t.Error("not counted")
	}
}

// TestAgainstAModel does at random what pollers, senders and power cuts do, and holds
// the spool against a list in memory.
func TestAgainstAModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for round := range 15 {
		modelRound(t, rand.New(rand.NewPCG(seed, uint64(round))))
	}
}

func modelRound(t *testing.T, random *rand.Rand) {
	directory := t.TempDir()
	open := func() *Spool {
		s, err := New(Config{
			Directory: directory, MaxBytes: 1 << 30, MemoryBytes: 256<<10 + random.IntN(1<<20), Fsync: FsyncInterval,
			FsyncInterval: time.Second, BacklogAfter: time.Hour, BacklogRate: 1e9,
		}, 0xabc, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Open(); err != nil {
			t.Fatal(err)
		}
		s.folder.segmentBytes = 4 << 10
		if random.IntN(2) == 0 {
			s.config.BacklogAfter = 100 * time.Microsecond
		}
		return s
	}
	s := open()
	waiting := map[string]bool{}   // put and not delivered: must come
	delivered := map[string]bool{} // delivered, or lost by a power cut: may come again
	synced := map[string]bool{}    // were waiting at the last Sync
	sizes := map[string]int{}      // of the files then
	sync := func() {
		synced, sizes = maps.Clone(waiting), map[string]int{}
		for _, segment := range s.folder.segments {
			sizes[segment.path] = segment.size
		}
	}
	var underway []Block
	next := 0
	for range 300 {
		switch action := random.IntN(100); {
		case action < 50:
			next++
			content := fmt.Sprint(next, " ", strings.Repeat("x", random.IntN(1500)))
			kind := []sample.Kind{sample.KindPings, sample.KindSyslog}[random.IntN(2)]
			s.Put(Block{Kind: kind, Urgent: random.IntN(10) == 0, Bytes: []byte(content)})
			waiting[content] = true
		case action < 75:
			on := Way(random.IntN(int(Ways)))
			if q := &s.queues[on]; q.blocks == len(q.underway) {
				continue
			}
			for _, block := range s.Take(t.Context(), on, 1+random.IntN(8)) {
				if WayOf(block.Kind) != on {
					t.Fatalf("%s on the way %d", block.Kind, on)
				}
				if !waiting[string(block.Bytes)] && !delivered[string(block.Bytes)] {
					t.Fatalf("a block that never was put: %.20q", block.Bytes)
				}
				underway = append(underway, block)
			}
		case action < 90:
			random.Shuffle(len(underway), func(i, j int) { underway[i], underway[j] = underway[j], underway[i] })
			arrived := underway[:random.IntN(len(underway)+1)]
			s.Delivered(arrived)
			for _, block := range arrived {
				delete(waiting, string(block.Bytes))
				delivered[string(block.Bytes)] = true
			}
			underway = underway[len(arrived):]
		case action < 95:
			if err := s.Sync(); err != nil {
				t.Fatal(err)
			}
			sync()
		default: // the process ends
			switch random.IntN(3) {
			case 0:
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				sync()
			case 1: // killed
				_ = s.folder.lock.Close()
			case 2: // with the machine
				_ = s.folder.lock.Close()
				for _, segment := range s.folder.segments {
					cutAtRandom(t, random, segment.path, sizes[segment.path])
					cutAtRandom(t, random, segment.sentPath(), 0)
				}
				for content := range waiting {
					if !synced[content] {
						delete(waiting, content)
						delivered[content] = true
					}
				}
			}
			underway = nil
			s = open()
			if got := s.Snapshot().Blocks; got < len(waiting) {
				t.Fatalf("%d blocks are there, %d were not delivered", got, len(waiting))
			}
		}
	}
	s.Finish()
	s.Delivered(underway)
	for _, block := range underway {
		delete(waiting, string(block.Bytes))
	}
	for _, content := range drain(t, s) {
		delete(waiting, content)
	}
	if len(waiting) > 0 {
		t.Fatalf("%d blocks are lost", len(waiting))
	}
	if got := s.Snapshot(); got != (Snapshot{}) || s.memory != 0 {
		t.Errorf("after all was delivered: %+v, memory %d", got, s.memory)
	}
}

// cutAtRandom takes some of a file's end, but leaves what is safe.
func cutAtRandom(t *testing.T, random *rand.Rand, path string, safe int) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	safe = min(safe, int(info.Size())) // a name may come again once all was delivered
	if err := os.Truncate(path, int64(safe+random.IntN(int(info.Size())-safe+1))); err != nil {
		t.Fatal(err)
	}
}

// measured is what a registry's counters and gauges of a name add up to.
func measured(t testing.TB, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() == name {
			for _, metric := range family.GetMetric() {
				sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func BenchmarkPut(b *testing.B) {
	for _, fsync := range []string{FsyncNever, FsyncAlways} {
		b.Run("fsync="+fsync, func(b *testing.B) {
			s, _ := openIn(b, b.TempDir(), func(c *Config) { c.Fsync = fsync })
			next := Block{Kind: sample.KindInterfaces, Bytes: bytes.Repeat([]byte("block "), 5000)} // 30 KB
			b.SetBytes(int64(len(next.Bytes)))
			b.ReportAllocs()
			for b.Loop() {
				s.Put(next)
				s.Delivered(s.Take(b.Context(), Telemetry, 64))
			}
		})
	}
}
