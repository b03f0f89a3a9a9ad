package record

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"time"
	"unsafe"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"mimamori/bench/chance"
)

// work is what is done to learn a machine's pace: two things that the product does all day, one that asks much of a core and
// one that waits for memory.
type work struct {
	text   int // bytes of made-up text that are compressed and decompressed
	rounds int // how often
	lines  int // of memory, of which each is as long as those of a processor's caches; a power of two
	reads  int // of one of them after the other
}

// fixedWork is the same at all times: paces of different work cannot be compared. 256 MB are more than cores have caches of
// their own for; a part may lie in one that all cores of the host share.
var fixedWork = work{text: 4_000_000, rounds: 12, lines: 256 << 20 / lineBytes, reads: 1_000_000}

func (w work) do() (pace Pace, err error) {
	text, err := newText(w.text)
	if err != nil {
		return pace, err
	}
	took, err := processorTimeOf(text.roundTrip, w.rounds)
	if err != nil {
		return pace, err
	}
	pace.Text = float64(w.text*w.rounds) / 1e6 / took.Seconds()

	memory, err := newMemory(w.lines)
	if err != nil {
		return pace, err
	}
	defer func() { err = errors.Join(err, memory.free()) }()
	end := uint64(0)
	if took, err = processorTimeOf(func() error { end = memory.walk(w.reads); return nil }, 1); err != nil {
		return pace, err
	}
	pace.Reads = float64(w.reads) / 1e6 / took.Seconds()
	return pace, memory.check(w.reads, end)
}

// processorTimeOf is the processor time, user and system, of the thread that does something so many times. Once more, before
// that, is not counted: caches and buffers are cold then.
func processorTimeOf(do func() error, times int) (time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := do(); err != nil {
		return 0, err
	}
	var before, after unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &before); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	for range times {
		if err := do(); err != nil {
			return 0, err
		}
	}
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &after); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()), nil
}

// text is compressed as blocks of rows are (ingest/sample), into buffers that are used again.
type text struct {
	plain, packed, unpacked []byte
	encoder                 *zstd.Encoder
	decoder                 *zstd.Decoder
}

func newText(size int) (t *text, err error) {
	t = &text{plain: madeUpLines(size)}
	if t.encoder, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(512<<10)); err != nil {
		return nil, fmt.Errorf("make a compressor: %w", err)
	}
	if t.decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err != nil {
		return nil, fmt.Errorf("make a decompressor: %w", err)
	}
	return t, nil
}

func (t *text) roundTrip() error {
	t.pack()
	return t.unpack()
}

func (t *text) pack() { t.packed = t.encoder.EncodeAll(t.plain, t.packed[:0]) }

// unpack decompresses what was packed and holds it against the text.
func (t *text) unpack() (err error) {
	if t.unpacked, err = t.decoder.DecodeAll(t.packed, t.unpacked[:0]); err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	if !bytes.Equal(t.unpacked, t.plain) {
		return errors.New("text that was compressed and decompressed is not what it was: this machine cannot be relied on")
	}
	return nil
}

// madeUpLines are lines as devices write them to their logs, the same at all times.
func madeUpLines(size int) []byte {
	const seed = 1
	kinds := []string{
		"%%LINK-3-UPDOWN: Interface GigabitEthernet%d/%d, changed state to down",
		"%%SYS-5-CONFIG_I: Configured from console by operator on vty%d (192.0.2.%d)",
		"%%BGP-5-ADJCHANGE: neighbor 198.51.100.%[2]d Up, %[1]d prefixes",
		"dhcpd: DHCPACK on 10.0.%d.%d to aa:bb:cc:00:11:22 via eth0",
		"kernel: TCP: request_sock_TCP: Possible SYN flooding on port %d%d",
	}
	lines := make([]byte, 0, size+200)
	for i := uint64(0); len(lines) < size; i++ {
		draw := func(of uint64, below int) int { return int(chance.Of(seed, i, of) % uint64(below)) }
		lines = fmt.Appendf(lines, "<%d>May %2d %02d:%02d:%02d device-%03d %d: ", 128+draw(0, 64), 1+i/90_000%28, i/3600%24, i/60%60, i%60, draw(1, 200), i)
		lines = fmt.Appendf(lines, kinds[draw(2, len(kinds))], draw(3, 8), draw(4, 256))
		lines = append(lines, '\n')
	}
	return lines[:size]
}

const lineBytes = 64

// line is what a processor reads of memory at once.
type line [lineBytes / 8]uint64

// memory is lines that each say, together with where the walk has been, where to read next, so that no read begins before the
// one before it ends.
type memory struct {
	mapped []byte
	lines  []line
}

// newMemory takes pages of the usual size, of which there always are enough, and none of Go's, which would keep them.
func newMemory(lines int) (*memory, error) {
	mapped, err := unix.Mmap(-1, 0, lines*lineBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("take %d bytes of memory: %w", lines*lineBytes, err)
	}
	_ = unix.Madvise(mapped, unix.MADV_NOHUGEPAGE) // fails where the kernel has no others
	m := &memory{mapped: mapped, lines: unsafe.Slice((*line)(unsafe.Pointer(unsafe.SliceData(mapped))), lines)}
	for at := range m.lines {
		m.lines[at][0] = content(uint64(at))
	}
	return m, nil
}

func (m *memory) free() error {
	m.lines = nil
	if err := unix.Munmap(m.mapped); err != nil {
		return fmt.Errorf("give memory back: %w", err)
	}
	return nil
}

// content is what a line says.
func content(line uint64) uint64 { return chance.Of(1, line) }

// next is where a walk goes that has read something.
func next(state, read uint64) uint64 {
	return (state^read)*6364136223846793005 + 1442695040888963407 // a congruential generator of Knuth's
}

// walk reads one line after the other and returns where it ended.
func (m *memory) walk(reads int) (state uint64) {
	shift := shiftOf(len(m.lines))
	for range reads {
		state = next(state, m.lines[state>>shift][0])
	}
	return state
}

// check holds where a walk ended against where it must, which is reckoned without reading memory.
func (m *memory) check(reads int, end uint64) error {
	if end != endOfWalk(len(m.lines), reads) {
		return errors.New("memory did not hold what was written to it: this machine cannot be relied on")
	}
	return nil
}

func endOfWalk(lines, reads int) (state uint64) {
	shift := shiftOf(lines)
	for range reads {
		state = next(state, content(state>>shift))
	}
	return state
}

// shiftOf leaves as many of the highest bits of a state as number the lines.
func shiftOf(lines int) int { return 64 - bits.TrailingZeros(uint(lines)) }
