package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/ticket"
)

// killedFile is how the test tells the child that is killed which file to write.
const killedFile = "MIMAMORI_TEST_JOURNAL"

// TestMain lets the test be the child.
func TestMain(m *testing.M) {
	if path := os.Getenv(killedFile); path != "" {
		if err := writeUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled raises an alarm and comments on its ticket, printing each comment once it is kept.
func writeUntilKilled(path string) error {
	file, err := ledger.Open(path)
	if err != nil {
		return err
	}
	rules, err := ticket.New(ticket.DefaultConfig())
	if err != nil {
		return err
	}
	kept, err := journal.New(journal.DefaultConfig(), rules, file, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	for device := 0; ; device++ {
		key := alert.Key{Rule: "DeviceDown", Customer: "acme", Site: "tokyo", Entity: fmt.Sprint("device/", device)}
		a := alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Severity: alert.Major, Raised: time.Now()}
		if err := kept.Save(context.Background(), alert.Changes{Alarms: []alert.Alarm{a}}); err != nil {
			return err
		}
		for comment := range 20 {
			if _, err := kept.Comment(context.Background(), a.ID, journal.Word{By: "noc", Text: fmt.Sprint(comment)}); err != nil {
				return err
			}
			fmt.Println(a.ID, comment)
		}
	}
}

// TestKilled holds that what was said is there after kill -9, and each open ticket with its alarm.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alarms.db")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), program)
	child.Env = append(os.Environ(), killedFile+"="+path)
	child.Stderr = t.Output()
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := map[string]int{} // comments by ticket
	lines := bufio.NewScanner(output)
	for count := 0; lines.Scan(); {
		said[strings.Fields(lines.Text())[0]]++
		if count++; count == 50 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait()
	file, err := ledger.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tickets, err := file.OpenTickets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	alarms, err := file.Load(t.Context())
	if err != nil || len(alarms) != len(tickets) || len(said) < 3 {
		t.Fatalf("%d alarms and %d tickets, said of %d: %v", len(alarms), len(tickets), len(said), err)
	}
	for i := range tickets {
		// One more may be kept that could not be printed.
		if kept := len(tickets[i].Entries); kept < said[tickets[i].ID] || kept > said[tickets[i].ID]+1 {
			t.Errorf("ticket %s has %d comments of %d", tickets[i].ID, kept, said[tickets[i].ID])
		}
	}
}
