package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest"
	"mimamori/ingest/sample"
)

func testWorld(slots int) World {
	return World{Seed: 7, BeginMs: 1_795_000_000_000, Slots: slots, Ports: 3}
}

func (s *site) said(slot int) map[sample.Kind]sample.Rows {
	said := map[sample.Kind]sample.Rows{}
	s.emit(slot, func(_ int64, rows sample.Rows) { said[rows.Kind()] = rows })
	return said
}

func TestTheWorldFollowsFromItsSeed(t *testing.T) {
	world := testWorld(120)
	other := world
	other.Seed++
	different, what := false, map[incident]int{}
	for number := range sitesCount {
		a, b, c := world.site(number), world.site(number), other.site(number)
		for slot := range world.Slots {
			said := a.said(slot)
			if !reflect.DeepEqual(said, b.said(slot)) {
				t.Fatalf("slot %d of site %d is another the second time", slot, number)
			}
			different = different || !reflect.DeepEqual(said, c.said(slot))
			for kind, rows := range said {
				if kind == sample.KindDevices || kind == sample.KindInterfaceIdentities || kind == sample.KindPaths {
					continue
				}
				if want := a.rows(slot, kind); rows.Len() != want {
					t.Errorf("slot %d of site %d has %d rows of %s, counted as %d", slot, number, rows.Len(), kind, want)
				}
			}
			for device := range deviceCount {
				what[a.fate(device, slot)]++
			}
		}
	}
	if !different {
		t.Error("another seed makes the same world")
	}
	for _, each := range []incident{calm, dead, reboot, unseen, poor} {
		if what[each] == 0 {
			t.Errorf("incident %d never happens", each)
		}
	}
}

func TestNumbersAreEachTheirOwn(t *testing.T) {
	s := testWorld(5).site(1)
	next := uint64(0)
	for slot := range s.Slots {
		for _, number := range s.interfaces(slot).OutDiscards {
			if number != next {
				t.Fatalf("slot %d has number %d in the place of %d", slot, number, next)
			}
			next++
		}
	}
}

func TestTheScheduleFollowsFromItsSeed(t *testing.T) {
	targets := []target{
		{name: "a", weight: 1, deeds: []Deed{Kill, Freeze, Restart}, grouped: true, rest: time.Second},
		{name: "b", weight: 2, deeds: []Deed{Break, Refuse, Hole, Slow}},
	}
	first := schedule(3, time.Minute, time.Second, targets)
	if !reflect.DeepEqual(first, schedule(3, time.Minute, time.Second, targets)) {
		t.Error("one seed makes two schedules")
	}
	if reflect.DeepEqual(first, schedule(4, time.Minute, time.Second, targets)) {
		t.Error("two seeds make one schedule")
	}
	if len(first) < 20 {
		t.Errorf("only %d events in a minute", len(first))
	}
	done := map[Deed]int{}
	free := map[string]time.Duration{}
	long := false
	for _, event := range schedule(3, time.Hour, time.Second, targets) {
		done[event.Deed]++
		if event.After < free[event.Target] {
			t.Errorf("%v hits what has not recovered, which takes until %s", event, free[event.Target])
		}
		free[event.Target] = event.After + event.For
		long = long || event.Deed == Freeze && event.For > 6*time.Second
	}
	for _, deed := range []Deed{Kill, Freeze, Restart, Break, Refuse, Hole, Slow} {
		if done[deed] == 0 {
			t.Errorf("%s never happens", deed)
		}
	}
	if !long {
		t.Error("nobody is frozen for longer than the group waits")
	}
}

func TestTheLedgerGoesOnWhereItEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	for life := range 3 {
		l, err := openLedger(path)
		if err != nil {
			t.Fatal(err)
		}
		if l.next != life*2 {
			t.Fatalf("life %d goes on at slot %d, want %d", life, l.next, life*2)
		}
		for range 2 {
			if err := l.add(); err != nil {
				t.Fatal(err)
			}
		}
		// The end comes in the middle of a line, which does not count.
		if _, err := l.file.WriteString("9"); err != nil {
			t.Fatal(err)
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
	}
	if slots, err := readLedger(path); err != nil || slots != 6 {
		t.Errorf("the ledger has %d slots, want 6; error %v", slots, err)
	}
	if err := os.WriteFile(path, []byte("0\n2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readLedger(path); err == nil {
		t.Error("a slot is missing in the ledger, and nobody says so")
	}
}

// TestAPollerGoesOnWhereTheLedgerEnds ends a feed between two slots: those that are
// durable are not made again, and none is left out.
func TestAPollerGoesOnWhereTheLedgerEnds(t *testing.T) {
	feeding := Feeding{World: testWorld(6), Ledger: filepath.Join(t.TempDir(), "ledger"), AtOnce: true}
	var slots []int64
	for life := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		kept := 0
		way := ingest.Way{
			Emit: func(slot int64, rows sample.Rows) {
				if rows.Kind() == sample.KindInterfaces {
					slots = append(slots, (slot-feeding.BeginMs)/slotMs)
				}
			},
			Keep: func() error {
				if kept++; kept == 3 {
					cancel()
				}
				return nil
			},
			Room: func(context.Context) time.Duration { return 0 },
		}
		if err := feeding.Feed(ctx, way); err != nil {
			t.Fatalf("life %d: %v", life, err)
		}
	}
	if want := []int64{0, 1, 2, 3, 4, 5}; !reflect.DeepEqual(slots, want) {
		t.Errorf("the slots made are %v, want %v", slots, want)
	}
}

// echoing returns a relay to a server that says everything back.
func echoing(t *testing.T) (*relay, string) {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		for {
			connection, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(connection, connection)
				connection.Close()
			}()
		}
	}()
	at := filepath.Join(t.TempDir(), "relay")
	r, err := newRelay("test", address{"unix", at}, address{"tcp", server.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r, at
}

// say sends a text through a connection and returns whether it came back in time.
func say(connection net.Conn, text string, within time.Duration) error {
	if err := connection.SetDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	if _, err := io.WriteString(connection, text); err != nil {
		return err
	}
	back := make([]byte, len(text))
	if _, err := io.ReadFull(connection, back); err != nil {
		return err
	}
	if string(back) != text {
		return fmt.Errorf("%q came back", back)
	}
	return nil
}

func TestRelay(t *testing.T) {
	r, at := echoing(t)
	dial := func() net.Conn {
		connection, err := net.Dial("unix", at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { connection.Close() })
		return connection
	}
	first := dial()
	if err := say(first, "open", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	r.set(hole)
	if err := say(first, "hole", 50*time.Millisecond); err == nil {
		t.Error("something passed a hole")
	}
	r.set(open)
	if err := say(first, "", time.Second); err != nil {
		t.Errorf("the connection did not outlive the hole: %v", err)
	}
	r.sever()
	if err := say(first, "severed", 5*time.Second); err == nil {
		t.Error("a connection that was broken still works")
	}
	second := dial()
	if err := say(second, "again", 5*time.Second); err != nil {
		t.Errorf("no new connection after a break: %v", err)
	}
	r.set(refused)
	if err := say(second, "refused", 5*time.Second); err == nil {
		t.Error("a connection lives on while they are refused")
	}
	if err := say(dial(), "refused", 5*time.Second); err == nil {
		t.Error("a new connection works while they are refused")
	}
	r.set(slow)
	began := time.Now()
	if err := say(dial(), strings.Repeat("x", 4*slowChunk), 5*time.Second); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < 4*slowPause {
		t.Errorf("it was not slow: %s", took)
	}
}

func TestFiguresAreHeldAgainstEachOther(t *testing.T) {
	calm := figures{"intervals": {"a", "b"}, "states": {"x"}}
	if c, differences := compare(figures{"intervals": {"a", "b"}, "states": {"x"}}, calm); len(c.Different)+len(differences) != 0 {
		t.Errorf("equal figures differ: %v %v", c, differences)
	}
	for name, other := range map[string]figures{
		"another row":     {"intervals": {"a", "c"}, "states": {"x"}},
		"a row less":      {"intervals": {"a"}, "states": {"x"}},
		"a row more":      {"intervals": {"a", "b", "c"}, "states": {"x"}},
		"a row twice":     {"intervals": {"a", "b", "b"}, "states": {"x"}},
		"a figure less":   {"intervals": {"a", "b"}},
		"a figure beside": {"intervals": {"a", "b"}, "states": {"x"}, "reboots": {"y"}},
	} {
		if c, differences := compare(other, calm); len(c.Different) != 1 || len(differences) == 0 {
			t.Errorf("%s: %v %q", name, c, differences)
		}
	}
}

func TestALineIsComparedAsOftenAsItIsThere(t *testing.T) {
	c, differences := compare(figures{"reboots": {"b", "a", "a"}}, figures{"reboots": {"a", "b", "b"}})
	if c.Different["reboots"] != 1 || len(differences) != 3 {
		t.Errorf("a line that is there twice in the place of another: %v %q", c.Different, differences)
	}
	if c, differences := compare(figures{"reboots": {"b", "a", "b"}}, figures{"reboots": {"a", "b", "b"}}); len(c.Different)+len(differences) != 0 {
		t.Errorf("the order of the lines is a difference: %v %q", c.Different, differences)
	}
}

func TestNothingComparedIsAProblem(t *testing.T) {
	world := testWorld(120)
	if what := world.incidents(); what[reboot] == 0 || what[dead] == 0 {
		t.Fatalf("too little happens in this world: %v", what)
	}
	whole := figures{}
	for _, name := range world.named() {
		whole[name] = []string{"a"}
	}
	if problems := whole.empty(world.named()); len(whole) != 7 || len(problems) != 0 {
		t.Errorf("of %d figures %q", len(whole), problems)
	}
	for name := range whole {
		rest := maps.Clone(whole)
		delete(rest, name)
		if problems := rest.empty(world.named()); len(problems) != 1 || !strings.HasPrefix(problems[0], name) {
			t.Errorf("without %s: %q", name, problems)
		}
	}
	short := testWorld(sceneSlots - 1).named()
	if slices.Contains(short, "reboots") || slices.Contains(short, "intervals") {
		t.Errorf("a world too short for incidents must have %q", short)
	}
}

// TestChild kills, ends and misses a process, and hears which of it was asked for.
func TestChild(t *testing.T) {
	var log bytes.Buffer
	notes := newNotes(&log)
	died := make(chan string, 3)
	run := func(script string) *child {
		c, err := newChild("part", "/bin/sh", t.TempDir(), 5*time.Second, "-c", script)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.start(func(c *child, code int) { died <- fmt.Sprintf("%s %d", c.name, code) }); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.kill(unnoted) })
		return c
	}
	run("exit 3")
	if what := <-died; what != "part 3" {
		t.Errorf("it died as %q", what)
	}
	notes.died("part", 3)
	if !strings.Contains(log.String(), "part ended by itself with code 3") {
		t.Errorf("the events say %q", log.String())
	}
	run("exec sleep 60").kill(unnoted)
	end := func(code int) error {
		c := run(fmt.Sprintf("trap 'exit %d' TERM; echo ready; while true; do sleep 0.05; done", code))
		err := until(t.Context(), 5*time.Second, "it is ready", func() string {
			said, err := os.ReadFile(c.log.Name())
			if err != nil || !bytes.Contains(said, []byte("ready")) {
				return "it says " + string(said)
			}
			return ""
		})
		if err != nil {
			t.Fatal(err)
		}
		return c.terminate(unnoted)
	}
	if err := end(0); err != nil {
		t.Errorf("a clean end is a fault: %v", err)
	}
	if err := end(4); err == nil || !strings.Contains(err.Error(), "code 4") {
		t.Errorf("an end with code 4: %v", err)
	}
	if len(died) != 0 {
		t.Errorf("an end that was asked for is a death: %s", <-died)
	}
}
