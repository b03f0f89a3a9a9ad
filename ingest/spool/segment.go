package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// maxSegment is more bytes than a segment has: one block may exceed segmentBytes.
const maxSegment = 2 * maxRecord

// segment is a file of records, appended to by one process only: the next one begins
// a file of its own.
type segment struct {
	path string
	size int // bytes of the file

	records []record
	backlog [Ways]int // records of that state
	unread  [Ways]int // records of that state
	next    [Ways]int // no record before it is backlog
	taken   int       // records of that state
	unsent  int       // records that are not gone

	file     *os.File // to write, and until it was forced to the disk; else nil
	unsynced bool     // something was written since the file was forced to the disk
	syncing  bool     // it is being forced to the disk
	unlisted bool     // the file is not known to be in its folder after a power cut

	rest     bool // what is behind the records could not be read just now
	sentSize int  // bytes of the list of what was delivered
}

func segmentPath(directory string, number uint64) string {
	return filepath.Join(directory, fmt.Sprintf("%016x.log", number))
}

// sentPath is the list of what was delivered of the segment.
func (s *segment) sentPath() string { return s.path[:len(s.path)-len(".log")] + ".sent" }

func createSegment(path string) (*segment, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &segment{path: path, file: file, unlisted: true}, nil
}

// append writes a record at the end and returns its number. After an error the file is
// as it was, as far as the disk lets it.
func (s *segment) append(encoded []byte, added record) (int, error) {
	if _, err := s.file.WriteAt(encoded, int64(s.size)); err != nil {
		_ = s.file.Truncate(int64(s.size)) // what is left of the record would be skipped anyway
		return 0, err
	}
	added.offset = uint32(s.size)
	s.records = append(s.records, added)
	s.size += len(encoded)
	s.unsent++
	s.unsynced = true
	return len(s.records) - 1, nil
}

// loadedSegment is a segment an earlier process wrote.
type loadedSegment struct {
	*segment
	broken int       // bytes that cannot be read
	first  time.Time // when the first record was put
}

// loadSegment reads a segment into the buffer, which it returns for the next one. What
// is no record at the end of the newest is cut off. Where the disk fails half-way, the
// records before are there, and there is a rest.
func loadSegment(path string, newest bool, buffer []byte) (loadedSegment, []byte, error) {
	// Nobody knows whether the earlier process came to force it to the disk.
	loaded := loadedSegment{segment: &segment{path: path, unsynced: true, unlisted: true}}
	file, err := os.Open(path)
	if err != nil {
		return loaded, buffer, err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return loaded, buffer, err
	}
	loaded.size = int(info.Size())
	if cap(buffer) < min(loaded.size, maxSegment) {
		buffer = make([]byte, loaded.size)
	}
	buffer, loaded.rest = readWhole(file, buffer[:min(loaded.size, maxSegment)])
	read := len(buffer)
	var sound int
	loaded.records, loaded.broken, sound, loaded.first = scan(buffer)
	loaded.broken += loaded.size - read
	if loaded.rest {
		loaded.broken = 0 // counted once all can be read
	}
	if newest && read == loaded.size && sound < read && os.Truncate(path, int64(sound)) == nil {
		loaded.size = sound
	}
	list, err := os.ReadFile(loaded.sentPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		list = nil // what was delivered is sent again
	}
	loaded.sentSize = len(list) / sentEntry * sentEntry
	markSent(loaded.records, list)
	for _, r := range loaded.records {
		if r.state == stateBacklog {
			loaded.backlog[WayOf(r.kind)]++
			loaded.unsent++
		}
	}
	return loaded, buffer, nil
}

// readWhole fills the buffer and returns what there is; failed where the disk gave an
// error, which may pass, before the end.
func readWhole(file io.ReaderAt, buffer []byte) (whole []byte, failed bool) {
	read, err := file.ReadAt(buffer, 0)
	return buffer[:read], err != nil && !errors.Is(err, io.EOF)
}

// remove deletes the segment's files.
func (s *segment) remove() {
	s.release()
	// A file that stays is deleted at the next start, or its blocks are sent again.
	_ = os.Remove(s.path)
	_ = os.Remove(s.sentPath())
}

// release closes the file.
func (s *segment) release() {
	if s.file != nil {
		_ = s.file.Close() // it was forced to the disk, or nobody needs it any more
		s.file = nil
	}
}

// leave makes a record backlog.
func (s *segment) leave(number int) {
	on := WayOf(s.records[number].kind)
	s.records[number].state = stateBacklog
	s.backlog[on]++
	s.next[on] = min(s.next[on], number)
}

// settle notes that a record that was taken is delivered.
func (s *segment) settle(number int) {
	s.records[number].state = stateGone
	s.taken--
	s.unsent--
}
