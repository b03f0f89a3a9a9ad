package spool

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// smallDisk mounts a file system of so many kilobytes and returns its directory and a
// way to mount it anew.
func smallDisk(t *testing.T, kilobytes int) (directory string, remount func(flags uintptr, kilobytes int)) {
	t.Helper()
	directory = t.TempDir()
	options := func(kilobytes int) string { return fmt.Sprintf("size=%dk,mode=700", kilobytes) }
	if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, options(kilobytes)); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("mount a small disk: %v", err)
		}
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(directory, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return directory, func(flags uintptr, kilobytes int) {
		t.Helper()
		if err := syscall.Mount("tmpfs", directory, "tmpfs", syscall.MS_REMOUNT|flags, options(kilobytes)); err != nil {
			t.Fatal(err)
		}
	}
}

// numbersOf returns the numbers the blocks begin with.
func numbersOf(t *testing.T, blocks []string) []int {
	t.Helper()
	numbers := make([]int, len(blocks))
	for i, content := range blocks {
		var err error
		if numbers[i], err = strconv.Atoi(strings.TrimRight(content, ".")); err != nil {
			t.Fatal(err)
		}
	}
	return numbers
}

func TestAFullDiskIsLivedThrough(t *testing.T) {
	directory, remount := smallDisk(t, 512)
	synctest.Test(t, func(t *testing.T) {
		s, registry := openIn(t, directory, func(c *Config) { c.MemoryBytes = 256 << 10 })
		next := 0
		put := func(blocks int) {
			for range blocks {
				s.Put(block(fmt.Sprint(next, strings.Repeat(".", 8<<10))))
				next++
			}
		}
		put(60)
		if up := measured(t, registry, "mimamori_spool_disk_up"); up != 1 {
			t.Fatalf("up %v", up)
		}
		put(20) // 160 KiB more than fit
		if up, dropped := measured(t, registry, "mimamori_spool_disk_up"), s.Snapshot().Dropped; up != 0 || dropped != 0 {
			t.Fatalf("up %v, dropped %d", up, dropped)
		}
		if err := s.Sync(); err == nil || !strings.Contains(err.Error(), "no space") {
			t.Errorf("Sync: %v", err)
		}
		put(40) // more than the memory takes
		got := s.Snapshot()
		if memory := measured(t, registry, "mimamori_spool_memory_bytes"); memory > 256<<10 || got.Dropped == 0 || got.Kept >= got.Blocks {
			t.Fatalf("memory %v, %+v", memory, got)
		}
		if failures := measured(t, registry, "mimamori_spool_disk_failures_total"); failures != 1 {
			t.Errorf("%v failures", failures)
		}
		remount(0, 4096)
		time.Sleep(6 * time.Second)
		put(5)
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		if got := s.Snapshot(); got.Kept != got.Blocks {
			t.Errorf("%+v", got)
		}
		dropped := int(s.Snapshot().Dropped)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, _ = openIn(t, directory, nil)
		numbers := numbersOf(t, drain(t, s))
		if len(numbers)+dropped != next || numbers[len(numbers)-1] != next-1 {
			t.Errorf("%d came, %d were dropped, of %d", len(numbers), dropped, next)
		}
		for i := range numbers[1:] {
			if numbers[i+1] <= numbers[i] {
				t.Errorf("%d came after %d", numbers[i+1], numbers[i])
			}
		}
	})
}

// A spool on a disk that is read-only at the start takes over what is there once it
// is mended.
func TestAReadOnlyDiskIsLivedThrough(t *testing.T) {
	directory, remount := smallDisk(t, 4096)
	synctest.Test(t, func(t *testing.T) {
		s, _ := openIn(t, directory, nil)
		s.Put(block("0"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		remount(syscall.MS_RDONLY, 4096)
		ctx := t.Context()
		s, registry := openIn(t, directory, nil)
		s.Put(block("1"))
		if up := measured(t, registry, "mimamori_spool_disk_up"); up != 0 {
			t.Fatalf("up %v", up)
		}
		// What is under way when the disk comes back is kept, too.
		taken := s.Take(ctx, Telemetry, 1)
		expect(t, taken, "1")
		remount(0, 4096)
		time.Sleep(6 * time.Second)
		s.Put(block("2"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, _ = openIn(t, directory, nil)
		if numbers := numbersOf(t, drain(t, s)); fmt.Sprint(numbers) != "[0 1 2]" {
			t.Errorf("%v", numbers)
		}
		_ = s.Close()
	})
}

// What the system could not force to the disk is written again.
func TestAFailedSyncIsMadeGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := t.TempDir()
		s, registry := openIn(t, directory, nil)
		for i := range 5 {
			s.Put(block(fmt.Sprint(i)))
		}
		taken := s.Take(t.Context(), Telemetry, 1)
		_ = s.folder.tail.file.Close() // so that fsync fails
		if err := s.Sync(); err == nil {
			t.Fatal("no error")
		}
		if up, kept := measured(t, registry, "mimamori_spool_disk_up"), s.Snapshot().Kept; up != 0 || kept != 0 {
			t.Errorf("up %v, %d kept", up, kept)
		}
		time.Sleep(6 * time.Second)
		s.Put(block("5"))
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		s.Delivered(taken)
		expect(t, s.Take(t.Context(), Telemetry, 10), "1 2 3 4 5")
		_ = s.Close()
		s, _ = openIn(t, directory, nil)
		left := map[int]bool{}
		for _, number := range numbersOf(t, drain(t, s)) {
			left[number] = true
		}
		for number := 1; number <= 5; number++ {
			if !left[number] {
				t.Errorf("block %d is lost", number)
			}
		}
	})
}

func TestRunSyncsByTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, registry := openIn(t, t.TempDir(), nil)
		go func() { _ = s.Run(t.Context()) }()
		s.Put(block("a"))
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if syncs := measured(t, registry, "mimamori_spool_syncs_total"); syncs != 1 {
			t.Errorf("%v syncs after one interval", syncs)
		}
		time.Sleep(time.Minute) // with nothing new
		if syncs := measured(t, registry, "mimamori_spool_syncs_total"); syncs != 1 {
			t.Errorf("%v syncs with nothing new", syncs)
		}
	})
}

func TestOpenFailsWhereNoFolderCanBe(t *testing.T) {
	path := t.TempDir() + "/file"
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := newSpoolOf(t, func(c *Config) { c.Directory = path })
	if err := s.Open(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing what was not opened: %v", err)
	}
}
