package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// leaveSegments leaves so many segments, of two blocks each, to the next process.
func leaveSegments(t *testing.T, directory string, segments int) {
	t.Helper()
	s, _ := openIn(t, directory, nil)
	s.folder.segmentBytes = 4 << 10
	for i := range 2 * segments {
		s.Put(block(fmt.Sprint(i, strings.Repeat(".", 1500))))
	}
	if got := len(s.folder.segments); got != segments {
		t.Fatalf("%d segments, want %d", got, segments)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file that cannot be opened keeps neither the others from the disk nor their
// descriptors, and Sync goes on to say so until it can.
func TestAnOldFileThatCannotBeForcedIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := t.TempDir()
		leaveSegments(t, directory, 3)
		s, registry := openIn(t, directory, nil)
		second := s.folder.segments[1].path
		aside := filepath.Join(t.TempDir(), "aside")
		if err := os.Rename(second, aside); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(second, 0o700); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Sync(); err == nil || !strings.Contains(err.Error(), "is a directory") {
				t.Fatalf("Sync: %v", err)
			}
			if up := measured(t, registry, "mimamori_spool_disk_up"); up != 0 {
				t.Errorf("up %v", up)
			}
			for i, segment := range s.folder.segments {
				if segment.syncing || segment.file != nil || segment.unsynced != (i == 1) {
					t.Errorf("segment %d: %+v", i, segment)
				}
			}
			time.Sleep(6 * time.Second)
			s.lock.Lock()
			s.retry(time.Now())
			s.lock.Unlock()
		}
		if err := os.Remove(second); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(aside, second); err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		if s.folder.segments[1].unsynced {
			t.Error("it was not forced to the disk")
		}
		if left := drain(t, s); len(left) != 6 {
			t.Errorf("%d blocks came", len(left))
		}
	})
}

// The first Sync after a start needs few descriptors, however much was left.
func TestManyOldFilesAreForcedWithFewDescriptors(t *testing.T) {
	directory := t.TempDir()
	leaveSegments(t, directory, 60)
	s, _ := openIn(t, directory, nil)
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	highest := 0
	for _, each := range open {
		number, _ := strconv.Atoi(each.Name())
		highest = max(highest, number)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = uint64(highest + 6)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	err = s.Sync()
	if again := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); again != nil {
		t.Fatal(again)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range s.folder.segments {
		if segment.unsynced || segment.file != nil {
			t.Fatalf("%+v", segment)
		}
	}
}

// A folder whose entries cannot be forced to the disk concerns all files that are new in
// it: what is in memory of them is written again.
func TestAFailedSyncOfTheFolderConcernsAllNewFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, registry := openIn(t, t.TempDir(), nil)
		s.folder.segmentBytes = 4 << 10
		for i := range 6 {
			s.Put(block(fmt.Sprint(i, strings.Repeat(".", 1500))))
		}
		path := s.folder.path
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(); err == nil {
			t.Fatal("no error")
		}
		if kept := s.Snapshot().Kept; kept != 0 {
			t.Errorf("%d blocks count as kept", kept)
		}
		if bytes := measured(t, registry, "mimamori_spool_disk_bytes"); len(s.folder.segments) != 0 || bytes != 0 {
			t.Errorf("%d files of which nothing is left to send stay, %v bytes", len(s.folder.segments), bytes)
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Second)
		s.Put(block("6"))
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		if got := s.Snapshot(); got.Kept != 7 {
			t.Errorf("%+v", got)
		}
	})
}

// All directories made for the folder are forced to the disk, from the one that was
// there before, and for as long as that fails the blocks do not count as on disk.
func TestTheWayToANewFolderIsForcedToTheDisk(t *testing.T) {
	root := t.TempDir()
	directory := filepath.Join(root, "a", "b")
	s, _ := openIn(t, directory, nil)
	want := []string{root, filepath.Join(root, "a"), directory}
	if !slices.Equal(s.folder.unlisted, want) {
		t.Fatalf("%v, want %v", s.folder.unlisted, want)
	}
	s.Put(block("0"))
	s.folder.unlisted[1] += ".gone"
	if err := s.Sync(); err == nil || len(s.folder.unlisted) != 3 || s.Snapshot().Kept != 0 {
		t.Fatalf("%v, %v, %+v", err, s.folder.unlisted, s.Snapshot())
	}
	s.folder.unlisted[1] = want[1]
	if err := s.Close(); err != nil || len(s.folder.unlisted) != 0 {
		t.Fatalf("%v, %v", err, s.folder.unlisted)
	}
	s, _ = openIn(t, directory, nil)
	if got := s.folder.unlisted; !slices.Equal(got, want[2:]) {
		t.Errorf("%v, want %v", got, want[2:])
	}
}
