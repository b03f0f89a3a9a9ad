package notify

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// What a kill in the middle of a write leaves behind is not there twice, however often that happens.
func TestKillsLeaveOneFile(t *testing.T) {
	folder := t.TempDir()
	var under []string // what is there while it is written
	content := ""
	state := func(to io.Writer) (int64, error) {
		entries, err := os.ReadDir(folder)
		for _, entry := range entries {
			if name := entry.Name(); !slices.Contains(under, name) {
				under = append(under, name)
			}
		}
		n, _ := io.WriteString(to, content)
		return int64(n), err
	}
	s := newSnapshot(filepath.Join(folder, "silences"), state, nil, prometheus.NewCounter(prometheus.CounterOpts{}), slog.New(slog.DiscardHandler))
	for n := range 5 {
		content = fmt.Sprint("state ", n)
		if _, err := s.save(); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Sort(under); !slices.Equal(under, []string{"silences", "silences.new"}) {
		t.Errorf("while it was written there was %q", under)
	}
	if got, err := os.ReadFile(s.path); err != nil || string(got) != content {
		t.Errorf("it holds %q, %v", got, err)
	}
}
