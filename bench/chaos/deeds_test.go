package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/apache/apachetest"
	embeddedbus "mimamori/ingest/bus/embedded"
	kafkabus "mimamori/ingest/bus/kafka"
)

// lines is a writer that many may use.
type lines struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *lines) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(text)
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// partly is a plant of which one poller runs, which is a shell, and whose engine does not.
func partly(t *testing.T) (p *plant, said *lines) {
	t.Helper()
	said = &lines{}
	p = &plant{notes: newNotes(said), turns: map[string]*sync.Mutex{}, links: map[string]*relay{}}
	shell := func(name string) process {
		c, err := newChild(name, "/bin/sh", t.TempDir(), 5*time.Second, "-c", "exec sleep 60")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.kill(unnoted) })
		p.turns[name] = new(sync.Mutex)
		return process{c, p.died}
	}
	p.pollers = []process{shell("poller-1")}
	p.store = shell("store")
	p.engine = engine{p.store.child, t.TempDir()}
	if err := p.pollers[0].up(); err != nil {
		t.Fatal(err)
	}
	return p, said
}

func (n *notes) count(deed Deed) int {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.counts[deed]
}

// TestADeedCountsWhereItWasDone does what can be done to a part that runs, and tries it
// with one that does not.
func TestADeedCountsWhereItWasDone(t *testing.T) {
	p, said := partly(t)
	deeds := []Deed{Kill, Freeze}
	for _, deed := range deeds {
		p.do(t.Context(), Event{Deed: deed, Target: "engine", For: time.Millisecond})
		if p.notes.count(deed) != 0 {
			t.Errorf("a %s of an engine that does not run counts", deed)
		}
		if want := fmt.Sprintf("engine does not run: no %s", deed); !strings.Contains(said.String(), want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	for _, deed := range deeds {
		p.do(t.Context(), Event{Deed: deed, Target: "poller-1", For: time.Millisecond})
		if p.notes.count(deed) != 1 {
			t.Errorf("a %s of a poller that runs does not count", deed)
		}
	}
	p.pollers[0].kill(unnoted)
	for _, deed := range []Deed{Restart, Freeze} {
		before := p.notes.count(deed)
		p.do(t.Context(), Event{Deed: deed, Target: "poller-1"})
		if p.notes.count(deed) != before {
			t.Errorf("a %s of a poller that was killed counts", deed)
		}
		p.pollers[0].kill(unnoted)
	}
}

// TestADeedCountsOnceItIsDone interrupts the run while a kill waits for its turn.
func TestADeedCountsOnceItIsDone(t *testing.T) {
	p, said := partly(t)
	ctx, cancel := context.WithCancel(t.Context())
	turn := p.turn("poller-1")
	turn.Lock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.do(ctx, Event{Deed: Kill, Target: "poller-1"})
	}()
	cancel()
	turn.Unlock()
	<-done
	if p.notes.count(Kill) != 0 || said.String() != "" || p.pollers[0].pid() == 0 {
		t.Errorf("it counts and was not done: %s", said)
	}
}

// TestADeathIsNotedUntilTheEnd has parts end by themselves once the run is over.
func TestADeathIsNotedUntilTheEnd(t *testing.T) {
	p, said := partly(t)
	p.notes.finish()
	if err := syscall.Kill(p.pollers[0].pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.pollers[0].wait(0)
	p.leave(p.pollers[0])
	if err := until(t.Context(), 5*time.Second, "its death is noted", func() string {
		if !strings.Contains(said.String(), "poller-1 ended by itself with code -1") {
			return "the events say " + said.String()
		}
		return ""
	}); err != nil {
		t.Error(err)
	}
	var outcome Outcome
	outcome.take(p.notes, p)
	if len(outcome.Died) != 1 || len(outcome.Unclean) != 1 || outcome.OK() {
		t.Errorf("a death after the run is no fault: %+v", outcome)
	}
	if p.pollers[0].pid() != 0 {
		t.Error("it was started again after the run")
	}
}

// TestTheBrokerDies has Apache Kafka end in order and by itself.
func TestTheBrokerDies(t *testing.T) {
	apachetest.Require(t)
	said := &lines{}
	p := &plant{directory: t.TempDir(), notes: newNotes(said)}
	if err := p.addKafka(); err != nil {
		t.Fatal(err)
	}
	k := p.broker.(*kafka)
	t.Cleanup(func() { k.kill(unnoted) })
	asked := 0
	if err := k.terminate(func() { asked++ }); err != nil || asked != 1 {
		t.Errorf("asked %d times to end in order: %v", asked, err)
	}
	if err := k.terminate(func() { asked++ }); err != nil || asked != 1 {
		t.Errorf("asked %d times to end, once after that: %v", asked, err)
	}
	if err := k.up(); err != nil {
		t.Fatal(err)
	}
	killed := 0
	k.kill(func() { killed++ })
	k.kill(func() { killed++ })
	k.freeze(func() { killed++ })
	if killed != 1 || strings.Contains(said.String(), "by itself") {
		t.Errorf("killed %d times; %s", killed, said)
	}
	if err := k.up(); err != nil {
		t.Fatal(err)
	}
	first := k.cluster.PID(0)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := until(t.Context(), 30*time.Second, "it is started again", func() string {
		if again := k.cluster.PID(0); again == 0 || again == first {
			return "the events say " + said.String()
		}
		return ""
	}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "broker ended by itself with code -1") {
		t.Errorf("its death is not noted: %s", said)
	}
	p.notes.finish()
	k.mutex.Lock()
	last := k.life
	k.mutex.Unlock()
	if err := syscall.Kill(k.cluster.PID(0), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-last.ended
	if err := k.terminate(unnoted); err == nil || !strings.Contains(err.Error(), "by itself") {
		t.Errorf("asked to end after its death: %v", err)
	}
}

// TestDeadLettersAreCountedInTheTopic has letters that no processor that runs knows of.
func TestDeadLettersAreCountedInTheTopic(t *testing.T) {
	settings := embeddedbus.DefaultConfig()
	settings.Directory = t.TempDir()
	broker, err := embeddedbus.New(settings, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- broker.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	<-broker.Ready()
	p := &plant{brokerAt: address{"tcp", broker.Addresses()[0]}}
	config := bus.DefaultConfig()
	config.Brokers, config.Partitions.DeadLetter = []string{p.brokerAddress()}, 3
	client, err := kafkabus.Open(config, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if err := client.EnsureTopics(ctx); err != nil {
		t.Fatal(err)
	}
	for partition, want := range []int64{0, 1, 3} {
		for range partition {
			if err := client.ProduceTo(ctx, bus.TopicDeadLetter, partition, bus.Message{Value: []byte("unusable")}); err != nil {
				t.Fatal(err)
			}
		}
		if letters, err := p.deadLetters(ctx); err != nil || letters != want {
			t.Errorf("%d letters, want %d; error %v", letters, want, err)
		}
	}
}

// TestTheUndisturbedRunHearsNoTime has a tick come, none, and no answer.
func TestTheUndisturbedRunHearsNoTime(t *testing.T) {
	text := ""
	server := httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(to, text)
	}))
	defer server.Close()
	p := &plant{https: map[string]string{"process-1": server.Listener.Addr().String()}, processors: []process{{child: &child{name: "process-1"}}}}
	if err := p.unticked(); err != nil {
		t.Errorf("no tick: %v", err)
	}
	text = lastTick + "{partition=\"2\",topic=\"telemetry\"} 1.7e+09\n"
	if err := p.unticked(); err == nil {
		t.Error("a tick came, and nobody says so")
	}
	server.Close()
	if err := p.unticked(); err == nil {
		t.Error("nobody answered, and that is taken for no tick")
	}
	for _, ticks := range []bool{false, true} {
		if role := p.processing("process-1", ticks)[0]; (role == "process") != ticks {
			t.Errorf("ticks %v: the processor runs %s", ticks, role)
		}
	}
	if got := filepath.Base(p.processing("process-1", false)[2]); got != "process-1.yaml" {
		t.Errorf("its configuration is %s", got)
	}
}
