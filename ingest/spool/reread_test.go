package spool

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// failingMemory opens a file whose reads give EIO.
func failingMemory(t *testing.T) *os.File {
	t.Helper()
	file, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatalf("no file that cannot be read: %v", err)
	}
	if _, err := file.ReadAt(make([]byte, 1), 0); err == nil || err == io.EOF {
		t.Fatalf("the file can be read: %v", err)
	}
	return file
}

// A block that the disk fails to read is neither lost nor in the way of others.
func TestAReadErrorThatPassesLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, registry := openIn(t, t.TempDir(), func(c *Config) { c.BacklogAfter = time.Second })
		go func() { _ = s.Run(t.Context()) }()
		for i := range 4 {
			s.Put(Block{Kind: block("").Kind, Urgent: i == 0, Bytes: fmt.Append(nil, i)})
		}
		s.lock.Lock()
		s.thin() // so that the urgent one is read from the disk, too
		s.lock.Unlock()
		time.Sleep(2 * time.Second)
		for range 2 { // the urgent one and the oldest other
			s.lock.Lock()
			s.folder.stopReading()
			s.folder.reading, s.folder.readOf = failingMemory(t), s.folder.segments[0]
			_, err := s.pick(Telemetry, 1, time.Now())
			s.lock.Unlock()
			time.Sleep(time.Second) // so that some backlog may be taken
			if err == nil {
				t.Fatal("no error")
			}
		}
		expect(t, s.Take(t.Context(), Telemetry, 1), "2")
		expect(t, s.Take(t.Context(), Telemetry, 1), "3")
		if unreadable, errors := measured(t, registry, "mimamori_spool_unreadable_blocks_total"), measured(t, registry, "mimamori_spool_read_errors_total"); unreadable != 0 || errors != 2 {
			t.Errorf("%v unreadable, %v errors", unreadable, errors)
		}
		if files := measured(t, registry, "mimamori_spool_unread_files"); files != 1 {
			t.Errorf("%v unread files", files)
		}
		soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		expect(t, s.Take(soon, Telemetry, 1), "")
		expect(t, s.Take(t.Context(), Telemetry, 1), "0")
		expect(t, s.Take(t.Context(), Telemetry, 1), "1")
	})
}

// What cannot be read when the spool ends does not hold up the end.
func TestTheEndDoesNotWaitForWhatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := t.TempDir()
		s, _ := openIn(t, directory, nil)
		s.Put(block("0"))
		_ = s.Close()
		s, _ = openIn(t, directory, nil)
		s.folder.reading, s.folder.readOf = failingMemory(t), s.folder.segments[0]
		s.Finish()
		soon, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		expect(t, s.Take(soon, Telemetry, 1), "")
		if soon.Err() != nil {
			t.Error("it waits")
		}
		_ = s.Close()
		s, _ = openIn(t, directory, nil)
		expect(t, s.Take(t.Context(), Telemetry, 1), "0")
	})
}

// A file that cannot be read at the start is kept and read later; where room is needed
// first it is given up, and counted.
func TestAFileThatCannotBeReadAtTheStartIsKept(t *testing.T) {
	for _, needed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			directory := t.TempDir()
			leaveSegments(t, directory, 3)
			folder := filepath.Join(directory, fmt.Sprintf("%016x", 0xabc))
			second := segmentPath(folder, 2)
			aside := filepath.Join(t.TempDir(), "aside")
			if err := os.Rename(second, aside); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(second, 0o700); err != nil { // which gives an error when it is read
				t.Fatal(err)
			}
			s, registry := openIn(t, directory, func(c *Config) { c.MaxBytes = 1 << 20 })
			if files, broken := measured(t, registry, "mimamori_spool_unread_files"), measured(t, registry, "mimamori_spool_broken_bytes_total"); files != 1 || broken != 0 {
				t.Fatalf("%v unread files, %v bytes broken", files, broken)
			}
			go func() { _ = s.Run(t.Context()) }()
			time.Sleep(2*rereadPause + time.Second/2)
			if _, err := os.Stat(second); err != nil {
				t.Fatal(err)
			}
			if needed {
				for range 16 {
					s.Put(block(strings.Repeat(".", 64<<10-recordHeader)))
				}
				if _, err := os.Stat(second); err == nil || measured(t, registry, "mimamori_spool_broken_bytes_total") == 0 {
					t.Error("it is not given up, or not counted")
				}
				return
			}
			if err := os.Remove(second); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(aside, second); err != nil {
				t.Fatal(err)
			}
			s.Put(block("6"))
			time.Sleep(rereadPause + time.Second)
			expect(t, s.Take(t.Context(), Telemetry, 8), "0 1 2 3 4 5 6")
		})
	}
}

// failingReader has so many bytes before the disk fails.
type failingReader struct {
	text  string
	fails bool
}

func (f failingReader) ReadAt(to []byte, at int64) (int, error) {
	read := copy(to, f.text[at:])
	switch {
	case read == len(to):
		return read, nil
	case f.fails:
		return read, syscall.EIO
	}
	return read, io.EOF
}

func TestOnlyTheEndIsTheEnd(t *testing.T) {
	for _, test := range []struct {
		from   failingReader
		failed bool
	}{{failingReader{"abcdef", true}, false}, {failingReader{"abc", false}, false}, {failingReader{"abc", true}, true}} {
		if whole, failed := readWhole(test.from, make([]byte, 6)); string(whole) != test.from.text || failed != test.failed {
			t.Errorf("%+v: %q, %v", test.from, whole, failed)
		}
	}
}

// A segment with a rest sends what could be read, stays, and sends the rest alone when
// it can be read.
func TestTheRestOfASegmentIsSentLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := t.TempDir()
		leaveSegments(t, directory, 2)
		s, registry := openIn(t, directory, nil)
		// As it is where the disk fails after the first record.
		half := s.folder.segments[0]
		half.rest = true
		s.queues[Telemetry].blocks, s.bytes = s.queues[Telemetry].blocks-1, s.bytes-half.records[1].size()
		half.records, half.backlog, half.unsent = half.records[:1], [Ways]int{1}, 1
		if all := drain(t, s); len(all) != 3 || measured(t, registry, "mimamori_spool_disk_bytes") == 0 {
			t.Fatalf("%d blocks came, or the file is gone", len(all))
		}
		go func() { _ = s.Run(t.Context()) }()
		time.Sleep(2 * rereadPause)
		expect(t, s.Take(t.Context(), Telemetry, 8), "1")
		if unread := measured(t, registry, "mimamori_spool_unread_files"); unread != 0 {
			t.Errorf("%v unread files", unread)
		}
	})
}
