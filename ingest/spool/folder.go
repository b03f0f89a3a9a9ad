package spool

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mimamori/ingest/sample"
)

// The segments of a folder are a sixty-fourth of what it may hold, so that dropping the
// oldest loses little, but no larger or smaller than this.
const (
	largestSegment  = 4 << 20
	smallestSegment = 64 << 10
)

// emptied is the size at which the newest segment gives way to a new one when all of it
// was delivered, so that a spool that is not needed takes little of the disk.
const emptied = 1 << 20

// folder is the part of the spool that is on disk: the segments of one appliance,
// oldest first. It has no lock of its own.
type folder struct {
	path         string
	segmentBytes int
	neverSyncs   bool     // files need not stay open until they were forced to the disk
	lock         *os.File // held as long as the folder is ours
	segments     []*segment
	aside        []*segment // with nothing to send but, perhaps, what cannot be read just now
	tail         *segment   // the segment to append to; nil where a new one must begin
	number       uint64     // of the next segment
	bytes        int        // of all segments and those aside
	unlisted     []string   // directories that may not know after a power cut that the folder is there
	scratch      []byte

	reading *os.File // of the segment read last
	readOf  *segment
	marking *os.File // of the list written last
	markOf  *segment
}

// found is what an earlier process left.
type found struct {
	since  time.Time // when the oldest of it was put; zero where nothing was left
	broken int       // bytes that could not be read
}

// openFolder takes possession of an appliance's folder and reads what is in it.
func openFolder(config Config, appliance sample.ID) (*folder, found, error) {
	f := &folder{
		path:         config.Folder(appliance),
		segmentBytes: min(max(config.MaxBytes/64, smallestSegment), largestSegment),
		neverSyncs:   config.Fsync == FsyncNever,
		number:       1,
	}
	f.unlisted = ancestors(f.path)
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return nil, found{}, fmt.Errorf("make the folder of the spool: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(f.path, "lock"), os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, found{}, fmt.Errorf("open the lock of the spool: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, found{}, fmt.Errorf("another process uses the spool %s: end it, or give this one another ingest.spool.directory", f.path)
		}
		return nil, found{}, fmt.Errorf("lock the spool %s: %w", f.path, err)
	}
	f.lock = lock
	left, err := f.load()
	if err != nil {
		_ = lock.Close()
		return nil, found{}, fmt.Errorf("read what is left in the spool: %w", err)
	}
	return f, left, nil
}

// ancestors returns the directories above a path, down from the first that is there. The
// one right above is always among them: nobody knows whether the process that made the
// folder came to force it to the disk.
func ancestors(path string) []string {
	var above []string
	for {
		parent := filepath.Dir(path)
		if parent == path {
			break
		}
		above = append(above, parent)
		if _, err := os.Lstat(parent); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		path = parent
	}
	slices.Reverse(above)
	return above
}

// load reads the segments an earlier process left.
func (f *folder) load() (left found, err error) {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return left, err
	}
	var numbers []uint64
	for _, entry := range entries {
		digits, kind, _ := strings.Cut(entry.Name(), ".")
		number, err := strconv.ParseUint(digits, 16, 64)
		if err != nil || len(digits) != 16 || kind != "log" && kind != "sent" {
			continue
		}
		f.number = max(f.number, number+1)
		if kind == "log" {
			numbers = append(numbers, number)
		} else if _, err := os.Lstat(segmentPath(f.path, number)); errors.Is(err, fs.ErrNotExist) {
			_ = os.Remove(filepath.Join(f.path, entry.Name())) // its segment was deleted
		}
	}
	slices.SortFunc(numbers, cmp.Compare)
	var buffer []byte
	for i, number := range numbers {
		var loaded loadedSegment
		loaded, buffer, err = loadSegment(segmentPath(f.path, number), i == len(numbers)-1, buffer)
		if err != nil {
			return left, err
		}
		left.broken += loaded.broken
		if loaded.unsent == 0 && !loaded.rest {
			loaded.remove()
			continue
		}
		f.bytes += loaded.size
		if loaded.unsent == 0 {
			f.aside = append(f.aside, loaded.segment)
			continue
		}
		if left.since.IsZero() {
			left.since = loaded.first
		}
		f.segments = append(f.segments, loaded.segment)
	}
	return left, nil
}

// append writes a block into the newest segment.
func (f *folder) append(block Block, put time.Time, as state) (*segment, int, error) {
	f.scratch = appendRecord(f.scratch[:0], block, put)
	if f.tail != nil && f.tail.size > 0 && f.tail.size+len(f.scratch) > f.segmentBytes {
		f.end()
	}
	if f.tail == nil {
		created, err := createSegment(segmentPath(f.path, f.number))
		if errors.Is(err, fs.ErrExist) {
			f.number++ // next time
		}
		if err != nil {
			return nil, 0, err
		}
		f.number++
		f.tail = created
		f.segments = append(f.segments, created)
	}
	to := f.tail
	checksum := binary.LittleEndian.Uint32(f.scratch[atChecksum:])
	number, err := to.append(f.scratch, record{length: uint32(len(block.Bytes)), checksum: checksum, kind: block.Kind, state: as})
	if err != nil {
		f.end()
		return nil, 0, err
	}
	if as == stateBacklog {
		to.backlog[WayOf(block.Kind)]++
	}
	if as == stateTaken {
		to.taken++
	}
	f.bytes += len(f.scratch)
	return to, number, nil
}

// end makes the next block begin a segment of its own.
func (f *folder) end() {
	tail := f.tail
	f.tail = nil
	if tail == nil {
		return
	}
	if !tail.syncing && (!tail.unsynced || f.neverSyncs) {
		tail.release()
	}
	f.sweep(tail)
}

// sweep deletes a segment of which nothing is left to send, or puts it aside where there
// may be more in it than could be read; false where it stays.
func (f *folder) sweep(s *segment) bool {
	if s.unsent > 0 || s == f.tail && s.size < min(f.segmentBytes, emptied) {
		return false
	}
	if s.rest && f.leave(s) {
		s.release()
		f.aside = append(f.aside, s)
	}
	f.remove(s)
	return true
}

// remove deletes a segment.
func (f *folder) remove(s *segment) {
	if f.leave(s) {
		f.bytes -= s.size
		s.remove()
	}
}

// leave takes a segment out of those with something to send; false where it was none.
func (f *folder) leave(s *segment) bool {
	at := slices.Index(f.segments, s)
	if at < 0 {
		return false
	}
	if s == f.tail {
		f.tail = nil
	}
	f.segments = slices.Delete(f.segments, at, at+1)
	if f.readOf == s {
		f.stopReading()
	}
	if f.markOf == s {
		f.stopMarking()
	}
	return true
}

// read returns the block of a record. errBrokenRecord says that it never can be read:
// the file ends before it, or it is not what was written. Any other error may pass.
func (f *folder) read(s *segment, number int) (Block, error) {
	if f.readOf != s {
		f.stopReading()
		file, err := os.Open(s.path)
		if errors.Is(err, fs.ErrNotExist) {
			return Block{}, fmt.Errorf("%w: %w", errBrokenRecord, err)
		}
		if err != nil {
			return Block{}, fmt.Errorf("read the spool: %w", err)
		}
		f.reading, f.readOf = file, s
	}
	r := s.records[number]
	data := make([]byte, r.size())
	if _, err := f.reading.ReadAt(data, int64(r.offset)); errors.Is(err, io.EOF) {
		return Block{}, fmt.Errorf("%w: %w", errBrokenRecord, err)
	} else if err != nil {
		f.stopReading()
		return Block{}, fmt.Errorf("read the spool: %w", err)
	}
	block, _, checksum, err := readRecord(data)
	if err == nil && (checksum != r.checksum || len(block.Bytes) != int(r.length)) {
		err = fmt.Errorf("%w: it is another one", errBrokenRecord)
	}
	return block, err
}

// settled notes that records of a segment were delivered.
func (f *folder) settled(s *segment, numbers []int) {
	if s.rest { // it is read again
		f.mark(s, numbers)
		f.sweep(s)
		return
	}
	if !f.sweep(s) {
		f.mark(s, numbers)
	}
}

// mark remembers that records of a segment were delivered. What cannot be remembered is
// sent again after the next start.
func (f *folder) mark(s *segment, numbers []int) {
	if f.markOf != s {
		f.stopMarking()
		file, err := os.OpenFile(s.sentPath(), os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return
		}
		f.marking, f.markOf = file, s
	}
	f.scratch = f.scratch[:0]
	for _, number := range numbers {
		f.scratch = appendSent(f.scratch, s.records[number])
	}
	if _, err := f.marking.WriteAt(f.scratch, int64(s.sentSize)); err == nil {
		s.sentSize += len(f.scratch)
	}
}

func (f *folder) stopReading() {
	if f.reading != nil {
		_ = f.reading.Close() // it was only read
	}
	f.reading, f.readOf = nil, nil
}

func (f *folder) stopMarking() {
	if f.marking != nil {
		_ = f.marking.Close() // what is not written is sent again
	}
	f.marking, f.markOf = nil, nil
}

// nextBacklog returns the oldest block of a way that waits on disk alone.
func (f *folder) nextBacklog(on Way) (*segment, int, bool) {
	for _, s := range f.segments {
		if s.backlog[on] == 0 {
			continue
		}
		next := &s.next[on]
		for s.records[*next].state != stateBacklog || WayOf(s.records[*next].kind) != on {
			*next++
		}
		return s, *next, true
	}
	return nil, 0, false
}

// oldest returns the segment to give up when the folder is full: the oldest of which
// nothing is under way.
func (f *folder) oldest() *segment {
	for _, s := range f.segments {
		if s.taken == 0 {
			return s
		}
	}
	return nil
}

// close lets go of the folder.
func (f *folder) close() error {
	f.stopReading()
	f.stopMarking()
	if tail := f.tail; tail != nil && tail.unsent == 0 {
		f.remove(tail)
	}
	for _, s := range f.segments {
		s.release()
	}
	if err := f.lock.Close(); err != nil {
		return fmt.Errorf("let go of the spool: %w", err)
	}
	return nil
}

// SyncDirectory forces a directory's entries to the disk, so that a power cut takes no
// file that was made in it and brings back none that was deleted.
func SyncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
