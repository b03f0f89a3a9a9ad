package spool

import (
	"bufio"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// childDirectory names the spool of a process that puts blocks until it is killed.
const childDirectory = "MIMAMORI_TEST_SPOOL"

func TestMain(m *testing.M) {
	if directory := os.Getenv(childDirectory); directory != "" {
		putUntilKilled(directory)
	}
	os.Exit(m.Run())
}

// putUntilKilled puts numbered blocks, syncs, and says up to which number it did.
func putUntilKilled(directory string) {
	config := DefaultConfig()
	config.Directory = directory
	s, err := New(config, 0xabc, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err == nil {
		err = s.Open()
	}
	first := s.Snapshot().Blocks
	for i := first; err == nil; i++ {
		s.Put(block(fmt.Sprint(i, " ", strings.Repeat("x", 1+i*7919%5000))))
		if i%10 == 9 {
			if err = s.Sync(); err == nil {
				fmt.Println(i)
			}
		}
	}
	fmt.Println("broken:", err)
	os.Exit(1)
}

func TestNothingThatWasSyncedIsLostByAKill(t *testing.T) {
	directory := t.TempDir()
	synced := -1
	for range 4 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childDirectory+"="+directory)
		output, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = child.Process.Kill() })
		lines := bufio.NewScanner(output)
		for until := 1 + rand.IntN(30); until > 0 && lines.Scan(); until-- {
			if _, err := fmt.Sscan(lines.Text(), &synced); err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it had said before
			if _, err := fmt.Sscan(lines.Text(), &synced); err != nil {
				t.Fatalf("the child says %q", lines.Text())
			}
		}
		_ = child.Wait() // was killed
	}
	s, _ := openIn(t, directory, nil)
	all := drain(t, s)
	if len(all) <= synced {
		t.Fatalf("%d blocks are there, %d were synced", len(all), synced+1)
	}
	for i, content := range all {
		if content != fmt.Sprint(i, " ", strings.Repeat("x", 1+i*7919%5000)) {
			t.Fatalf("block %d is %.20q", i, content)
		}
	}
}
