package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
)

func TestPlan(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	a, b := partition{"telemetry", 0}, partition{"logs", 1}
	ago := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	segments := []segment{
		{a, 0, 100, ago(50)},
		{a, 10, 100, ago(30)},
		{a, 20, 100, ago(10)},
		{b, 0, 100, ago(40)},
		{b, 5, 100, ago(39)},
		{b, 7, 0, ago(1)}, // made and not written to: 5 is the last that holds anything
	}
	for _, test := range []struct {
		what     string
		maxBytes int64
		maxAge   time.Duration
		want     []cut
	}{
		{"room for all", 500, time.Hour, nil},
		{"the oldest goes first", 400, time.Hour, []cut{{a, 10, 100}}},
		{"then the next, of any partition", 300, time.Hour, []cut{{a, 10, 100}, {b, 5, 100}}},
		{"the last of each partition stays", 0, time.Hour, []cut{{a, 20, 200}, {b, 5, 100}}},
		{"by age", 500, 35 * time.Minute, []cut{{a, 10, 100}, {b, 5, 100}}},
		{"by age, the last stays", 500, time.Minute, []cut{{a, 20, 200}, {b, 5, 100}}},
	} {
		got := plan(segments, test.maxBytes, test.maxAge, now)
		slices.SortFunc(got, func(x, y cut) int { return int(y.bytes-x.bytes)*10 + int(x.number-y.number) })
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.what, got, test.want)
		}
	}
}

const childDirectory = "EMBEDDED_TEST_DIRECTORY"

func TestMain(m *testing.M) {
	if directory := os.Getenv(childDirectory); directory != "" {
		crash(directory)
	}
	os.Exit(m.Run())
}

// crash runs a broker, fills it, cuts it back as far as it goes and is gone.
func crash(directory string) {
	config := retentionConfig(directory)
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	broker, err := New(config, logger, prometheus.NewRegistry())
	check(err)
	broker.config.MaxBytes = 0
	broker.retainEvery = 20 * time.Millisecond
	go func() { check(broker.Run(context.Background())) }()
	<-broker.Ready()
	check(fill(broker, 40))
	for range time.Tick(10 * time.Millisecond) {
		if left, err := segmentFiles(directory); err != nil || len(left) == 1 {
			check(err)
			break
		}
	}
	process, err := os.FindProcess(os.Getpid())
	check(err)
	check(process.Kill())
	select {}
}

func segmentFiles(directory string) ([]string, error) {
	return filepath.Glob(filepath.Join(directory, "partitions", "telemetry-0", "*.dat"))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func retentionConfig(directory string) Config {
	config := DefaultConfig()
	config.Directory = directory
	config.SyncWrites = false
	config.SegmentBytes = 64 << 10
	config.MaxBytes = 4 * 64 << 10
	return config
}

// fill sends messages of 30 KB, so that two or three of them fill a segment.
func fill(broker *Broker, count int) error {
	config := bus.DefaultConfig()
	config.Brokers = broker.Addresses()[:1]
	client, err := kafka.Open(config, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := client.EnsureTopics(ctx); err != nil {
		return err
	}
	for range count {
		if err := client.ProduceTo(ctx, bus.TopicTelemetry, 0, bus.Message{Value: make([]byte, 30_000)}); err != nil {
			return err
		}
	}
	return nil
}

// TestRetention cuts the log back, ends the broker as kill -9 does and looks at the
// offsets of the next start.
func TestRetention(t *testing.T) {
	directory := testConfig(t).Directory
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childDirectory+"="+directory)
	command.Stderr = t.Output()
	if err := command.Run(); err == nil || command.ProcessState.ExitCode() != -1 {
		t.Fatalf("the broker was not killed: %v", err)
	}
	left, err := segmentFiles(directory)
	if err != nil || len(left) != 1 {
		t.Fatalf("segments %v are left, want one; error %v", left, err)
	}

	broker := newBroker(t, retentionConfig(directory))
	run(t, broker)
	// The broker is ready before it has measured its log for the first time.
	measured, look := time.After(10*time.Second), time.NewTicker(5*time.Millisecond)
	defer look.Stop()
	for waiting := true; waiting && value(t, broker.metrics.logBytes) == 0; {
		select {
		case <-look.C:
		case <-measured:
			waiting = false
		}
	}
	if got := value(t, broker.metrics.logBytes); got <= 0 || got > 128<<10 {
		t.Errorf("the log has %g bytes", got)
	}
	config := bus.DefaultConfig()
	config.Brokers = broker.Addresses()
	registry := prometheus.NewRegistry()
	client, err := kafka.Open(config, slog.New(slog.NewTextHandler(t.Output(), nil)), registry)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var read []bus.Message
	var highWatermark int64
	err = client.Consume(ctx, "late", []string{bus.TopicTelemetry}, func(ctx context.Context, claim bus.Claim) error {
		if claim.Partition() != 0 {
			return nil
		}
		defer cancel()
		claim.Seek(3) // deleted long ago
		messages, err := claim.Read(ctx, 1<<20, 10*time.Second)
		read, highWatermark = messages, claim.HighWatermark()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if highWatermark != 40 {
		t.Errorf("the next offset is %d, want 40: offsets must not start over", highWatermark)
	}
	if len(read) == 0 || read[0].Offset < 30 || read[len(read)-1].Offset != 39 {
		t.Fatalf("%d messages are left", len(read))
	}
	skipped := gathered(t, registry, "mimamori_bus_skipped_messages_total")
	if want := float64(read[0].Offset - 3); skipped != want {
		t.Errorf("%g messages counted as skipped, want %g", skipped, want)
	}
}
