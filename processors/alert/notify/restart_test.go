package notify

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert/alerttest"
)

// childFile and childData make this binary a notifier of its own, which can be killed.
const (
	childFile = "NOTIFY_TEST_FILE"
	childData = "NOTIFY_TEST_DATA"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(childFile); file != "" {
		if err := child(file, os.Getenv(childData)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs a notifier and puts the alerts that it reads: the first line before Run.
func child(file, data string) error {
	cfg := DefaultConfig()
	cfg.File, cfg.Data = file, data
	n, err := New(cfg, nil, slog.New(slog.NewTextHandler(os.Stderr, nil)), prometheus.NewRegistry())
	if err != nil {
		return err
	}
	input := bufio.NewScanner(os.Stdin)
	put := func() error {
		var alerts []Alert
		if err := json.Unmarshal(input.Bytes(), &alerts); err != nil {
			return err
		}
		return n.Put(context.Background(), alerts...)
	}
	if input.Scan() {
		if err := put(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	for input.Scan() {
		if err := put(); err != nil {
			return err
		}
	}
	cancel()
	return <-ended
}

// life is a notifier in a process of its own.
type life struct {
	t       *testing.T
	command *exec.Cmd
	input   io.WriteCloser
}

func begin(t *testing.T, file, data string, alerts ...Alert) *life {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l := &life{t: t, command: exec.Command(self)}
	l.command.Env = append(os.Environ(), childFile+"="+file, childData+"="+data)
	l.command.Stderr = t.Output()
	if l.input, err = l.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := l.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.kill)
	l.put(alerts...)
	return l
}

func (l *life) put(alerts ...Alert) {
	l.t.Helper()
	line, err := json.Marshal(alerts)
	if err == nil {
		_, err = l.input.Write(append(line, '\n'))
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// kill ends it as a power cut does.
func (l *life) kill() {
	if l.command.ProcessState == nil {
		_ = l.command.Process.Kill()
		_ = l.command.Wait()
	}
}

// TestKilledAndPutAgain kills the notifier twice while alerts last: none is told of
// twice, neither its beginning nor its end.
func TestKilledAndPutAgain(t *testing.T) {
	webhook := newDesk(t, nil)
	file, data := write(t, webhookRoute, webhook.URL), filepath.Join(t.TempDir(), "alerts")
	told := func(entity string, beginnings, ends int) {
		t.Helper()
		alerttest.Until(t, fmt.Sprintf("%s: %d beginnings and %d ends told", entity, beginnings, ends), func() bool {
			return webhook.about(entity, Firing) >= beginnings && webhook.about(entity, Resolved) >= ends
		})
		if b, e := webhook.about(entity, Firing), webhook.about(entity, Resolved); b != beginnings || e != ends {
			t.Fatalf("of %s %d beginnings and %d ends were told: want %d and %d", entity, b, e, beginnings, ends)
		}
	}
	// The end of a marker comes a second after its beginning, when the groups that were
	// there before have been looked at, and its entry is in the file with theirs.
	marker := func(l *life, name string) {
		t.Helper()
		l.put(down(name))
		told(name, 1, 0)
		l.put(up(name))
		told(name, 1, 1)
	}
	kept := func(entity string, times int) {
		t.Helper()
		size := int64(-1)
		alerttest.Until(t, "it is kept that "+entity+" was told of", func() bool {
			content, err := os.ReadFile(filepath.Join(data, "notifications"))
			if err != nil || strings.Count(string(content), fmt.Sprintf(`entity="%s"`, entity)) < times {
				return false
			}
			settled := size == int64(len(content))
			size = int64(len(content))
			return settled
		})
	}

	first := begin(t, file, data, down("lasts"), down("ends"))
	told("lasts", 1, 0)
	told("ends", 1, 0)
	kept("lasts", 1)
	kept("ends", 1)
	first.kill()

	second := begin(t, file, data, down("lasts"), up("ends"))
	told("ends", 1, 1)
	marker(second, "second")
	kept("second", 1)
	told("lasts", 1, 0)
	second.kill()

	third := begin(t, file, data, down("lasts"), up("ends"))
	marker(third, "third")
	told("lasts", 1, 0)
	told("ends", 1, 1)
	third.put(up("lasts"))
	told("lasts", 1, 1)
}

// TestUnreadableState names the file and what to do.
func TestUnreadableState(t *testing.T) {
	for _, name := range []string{"silences", "notifications"} {
		cfg := DefaultConfig()
		cfg.Data = t.TempDir()
		path := filepath.Join(cfg.Data, name)
		if err := os.WriteFile(path, []byte("\x05ab"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := New(cfg, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("%s: it said %v", name, err)
		}
	}
}
