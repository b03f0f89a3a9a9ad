package processors

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
	"mimamori/storage/embedded/embeddedtest"
)

// laboratory is a real store whose tables can be emptied and compared.
type laboratory struct {
	*testing.T
	store    *clickhouse.Store
	endpoint embedded.Endpoint
}

func newLaboratory(t *testing.T) *laboratory {
	t.Helper()
	endpoint := embeddedtest.Start(t)
	return &laboratory{T: t, endpoint: endpoint, store: openStore(t, endpoint, "laboratory")}
}

// ask runs a statement and returns the lines of its answer.
func (l *laboratory) ask(statement string) []string {
	l.Helper()
	request, err := http.NewRequestWithContext(l.Context(), http.MethodPost, "http://"+l.endpoint.Address+"/?database=laboratory&async_insert=0", strings.NewReader(statement))
	if err != nil {
		l.Fatal(err)
	}
	request.SetBasicAuth("default", l.endpoint.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		l.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		l.Fatalf("%s: %s %s, %v", statement, response.Status, text, err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// tables are those of the rows and the figures. Clocks are measured against the centre's own
// time, which no two runs share.
func (l *laboratory) tables() []string {
	return l.ask(`SELECT name FROM system.tables WHERE database = 'laboratory' AND engine LIKE '%MergeTree' AND name NOT LIKE 'schema_%' AND name NOT IN ('revisions', 'contract_revisions', 'appliance_clocks') ORDER BY name`)
}

func (l *laboratory) empty() {
	l.Helper()
	for _, table := range l.ask("SELECT name FROM system.tables WHERE database = 'laboratory' AND total_rows > 0 AND name NOT LIKE 'schema_%'") {
		l.ask("TRUNCATE TABLE " + table)
	}
}

// standing are the columns of the histories of which only the last of each key stands.
var standing = map[string]string{
	// A range grows with the rows that are late together, so its end is no part of what it is.
	"dirty_ranges": `SELECT part, figure, customer_id, entity_id, from_ts FROM dirty_ranges
GROUP BY ALL HAVING argMax(is_deleted, (kafka_offset, epoch, is_deleted)) = 0 ORDER BY ALL`,
	"rolled_sites": "SELECT part, customer_id, site_id, argMax(since_ts, kafka_offset) FROM rolled_sites GROUP BY ALL ORDER BY ALL",
	"recomputes":   "SELECT part, figure, request_id, customer_id, appliance_id, argMax((next_ts, entities, kept_ms, done), kafka_offset) FROM recomputes GROUP BY ALL ORDER BY ALL",
}

// dump is everything that is stored, as a question would see it. Left out is what orders
// rows and says nothing of what was measured.
func (l *laboratory) dump() map[string][]string {
	l.Helper()
	all := map[string][]string{}
	for _, table := range l.tables() {
		if statement, history := standing[table]; history {
			all[table] = l.ask(statement)
			continue
		}
		columns := l.ask(fmt.Sprintf(`SELECT if(type = 'Float64', 'round(' || name || ', 6)', name) FROM system.columns
WHERE database = 'laboratory' AND table = '%s' AND default_kind = '' AND name NOT IN ('ver', 'is_deleted', 'listed') AND NOT (table = 'links' AND name = 'kafka_offset') ORDER BY position`, table))
		all[table] = l.ask("SELECT " + strings.Join(columns, ", ") + " FROM " + table + " FINAL ORDER BY ALL")
	}
	return all
}

// expect compares what is stored with what should be.
func (l *laboratory) expect(when string, want map[string][]string) {
	l.Helper()
	for table, got := range l.dump() {
		if !slices.Equal(got, want[table]) {
			l.Errorf("%s: %s differs: %s", when, table, difference(got, want[table]))
		}
	}
}

// difference shows the first rows that only one of two sorted lists has.
func difference(got, want []string) string {
	first := func(a, b []string) string {
		only := slices.DeleteFunc(slices.Clone(a), func(row string) bool { return slices.Contains(b, row) })
		return fmt.Sprintf("%d rows, %d of them only here such as\n%s", len(a), len(only), strings.Join(only[:min(3, len(only))], "\n"))
	}
	return "got " + first(got, want) + "\nwant " + first(want, got)
}

// shared is a partition in memory that members own one after the other. Who has lost it
// and does not know yet reads on and is fenced when it commits.
type shared struct {
	topic string

	mutex      sync.Mutex
	messages   []bus.Message
	position   bus.Position
	generation int
	letters    []bus.Message
}

func newShared(topic string, messages []bus.Message) *shared {
	return &shared{topic: topic, messages: messages, position: bus.Position{Offset: bus.NoOffset}}
}

// claim gives the partition to a new owner.
func (s *shared) claim() *holding {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.generation++
	return &holding{shared: s, generation: s.generation, given: s.position, at: s.position.Offset}
}

func (s *shared) add(message bus.Message) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	message.Offset = int64(len(s.messages))
	s.messages = append(s.messages, message)
}

func (s *shared) Consume(context.Context, string, []string, func(context.Context, bus.Claim) error) error {
	return errAway // own is called directly
}

func (s *shared) Produce(_ context.Context, topic string, messages ...bus.Message) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if topic == bus.TopicDeadLetter {
		s.letters = append(s.letters, messages...)
	}
	return nil
}

func (s *shared) ProduceTo(context.Context, string, int, ...bus.Message) error { return nil } // ticks are in the messages
func (s *shared) Incarnation(context.Context, string) (string, error)          { return "topic1", nil }
func (s *shared) Partitions(context.Context, string) (int, error)              { return 1, nil }

// holding is a claim of a shared partition.
type holding struct {
	*shared
	generation int
	given      bus.Position
	at         int64
	through    func(call func() error) error // of commits; nil: at once
}

func (h *holding) Topic() string          { return h.topic }
func (h *holding) Partition() int         { return 0 }
func (h *holding) Position() bus.Position { return h.given }
func (h *holding) Seek(offset bus.Offset) { h.at = offset }

func (h *holding) HighWatermark() int64 {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return int64(len(h.messages))
}

func (h *holding) Read(ctx context.Context, _ int, wait time.Duration) ([]bus.Message, error) {
	h.mutex.Lock()
	from := min(max(h.at, 0), int64(len(h.messages)))
	rest := slices.Clone(h.messages[from:min(from+40, int64(len(h.messages)))])
	h.mutex.Unlock()
	if len(rest) == 0 {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(min(wait, 5*time.Millisecond)):
			return nil, nil
		}
	}
	h.at = rest[len(rest)-1].Offset + 1
	return rest, nil
}

func (h *holding) Commit(_ context.Context, offset int64, metadata string) error {
	commit := func() error {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		if h.generation != h.shared.generation {
			return bus.ErrFenced
		}
		h.position = bus.Position{Offset: offset, Metadata: metadata}
		return nil
	}
	if h.through == nil {
		return commit()
	}
	return h.through(commit)
}

// storyRegistry is whose the story's appliances are: one of them another customer's where
// it was moved.
func storyRegistry(moved bool) storage.Registry {
	registry := fleetRegistry()
	if moved {
		other := sample.CustomerID("other")
		registry.Customers = append(registry.Customers, storage.Customer{ID: other, Name: "other"})
		registry.Sites = append(registry.Sites, storage.Site{ID: 99, Customer: other, Name: "osaka"})
		registry.Appliances[0].Customer, registry.Appliances[0].Site = other, 99
	}
	return registry
}

// story is the messages of two appliances from the evening until after midnight: a poll of
// everything every other minute, an outage, reboots, an appliance that was cut off and sends its
// backlog late, messages that come twice, and a request to judge an hour again.
type story struct {
	t        *testing.T
	encoder  *sample.Encoder
	random   *mathrand.Rand
	start    time.Time
	messages []bus.Message
}

const storyMinutes = 110

func newStory(t *testing.T) *story {
	t.Helper()
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, encoder: encoder, random: mathrand.New(mathrand.NewPCG(5, 6)),
		start: time.Now().UTC().Truncate(24 * time.Hour).Add(-24*time.Hour - 90*time.Minute)}
	var backlog []bus.Message
	for i := range 2 {
		s.say(s.identities(i))
	}
	for minute := 0; minute < storyMinutes; minute += 2 {
		for i := range 2 {
			round := s.round(i, minute)
			if i == 1 && minute >= 40 && minute < 60 {
				backlog = append(backlog, round...)
				continue
			}
			s.say(round)
			if s.random.IntN(15) == 0 {
				s.say(round) // a producer was not sure
			}
		}
		if n := min(len(backlog), 10); minute >= 60 && n > 0 {
			s.say(backlog[:n])
			backlog = backlog[n:]
		}
		s.say([]bus.Message{s.tick(minute, 30)})
		if minute == 96 {
			s.say([]bus.Message{s.message(minute, fleetAppliance(0), &sample.Recomputes{
				Request: []sample.ID{7}, Figure: []string{""}, FromMs: []int64{s.start.UnixMilli()},
				ToMs: []int64{s.start.Add(time.Hour).UnixMilli()}, By: []string{"ito"}, Why: []string{"a wrong record"},
			})})
		}
	}
	return s
}

// end is the ticks at the end, with which all is added up that is over.
func (s *story) end(i int) bus.Message { return s.tick(storyMinutes+i, 30) }

func (s *story) say(messages []bus.Message) {
	for _, message := range messages {
		message.Offset = int64(len(s.messages))
		s.messages = append(s.messages, message)
	}
}

func (s *story) tick(minute, second int) bus.Message {
	s.t.Helper()
	header := sample.Header{Slot: s.start.Add(time.Duration(minute)*time.Minute + time.Duration(second)*time.Second).UnixMilli()}
	value, err := s.encoder.Encode(nil, header, &sample.Ticks{Sequence: []uint64{1}})
	if err != nil {
		s.t.Fatal(err)
	}
	return bus.Message{Value: value}
}

func (s *story) message(minute int, by sample.ID, rows sample.Rows) bus.Message {
	s.t.Helper()
	pad(reflect.ValueOf(rows).Elem(), rows.Len())
	header := sample.Header{Appliance: by, Slot: s.start.Add(time.Duration(minute) * time.Minute).UnixMilli()}
	hash := sha256.Sum256(fmt.Append(nil, minute, by, rows.Kind()))
	copy(header.UUID[:], hash[:])
	value, err := s.encoder.Encode(nil, header, rows)
	if err != nil {
		s.t.Fatal(err)
	}
	message := bus.Message{Value: value}
	if by != 0 {
		message.Key = bus.Key(by)
	}
	return message
}

func storyName(i, device int) string { return fmt.Sprintf("device %d of %d", device, i) }

func storyDevice(i, device int) sample.ID {
	return sample.DeviceID("acme", "tokyo", storyName(i, device))
}

func storyPath(i int) sample.ID { return sample.PathID("acme", "tokyo", fmt.Sprint("path ", i)) }

func (s *story) identities(i int) []bus.Message {
	devices, ports, paths := &sample.Devices{}, &sample.InterfaceIdentities{}, &sample.Paths{}
	for d := range 2 {
		devices.Device = append(devices.Device, storyDevice(i, d))
		devices.Behind = append(devices.Behind, 0)
		devices.Name = append(devices.Name, storyName(i, d))
		for port := range 2 {
			ports.Device = append(ports.Device, storyDevice(i, d))
			ports.Interface = append(ports.Interface, storyDevice(i, d)*10+sample.ID(port))
			ports.Name = append(ports.Name, fmt.Sprint("Gi0/", port))
			ports.Alias = append(ports.Alias, [2]string{"radio", "lan"}[port])
			ports.SpeedBps = append(ports.SpeedBps, 1e9)
		}
	}
	devices.Behind[1] = devices.Device[0]
	paths.Path, paths.Name, paths.Codec = []sample.ID{storyPath(i)}, []string{fmt.Sprint("path ", i)}, []string{"G.729A"}
	by := fleetAppliance(i)
	return []bus.Message{s.message(-1, by, devices), s.message(-1, by, ports), s.message(-1, by, paths)}
}

// round is what an appliance measures in a minute.
func (s *story) round(i, minute int) []bus.Message {
	pings, uptimes, ports, voice := &sample.Pings{}, &sample.Uptimes{}, interfaces(4), &sample.Voice{}
	up := uint32(minute * 6000)
	if minute >= 70 && i == 0 {
		up = uint32((minute-70)*6000) + 1500 // it booted at 69:45
	}
	for d := range 2 {
		down := i == 0 && minute >= 20+d && minute < 25 || s.random.IntN(40) == 0
		for attempt := uint8(1); attempt == 1 || attempt == 2 && down; attempt++ {
			pings.Device = append(pings.Device, storyDevice(i, d))
			pings.OffsetMs = append(pings.OffsetMs, uint32(100*d))
			pings.IntervalMs = append(pings.IntervalMs, 120_000)
			pings.Attempt = append(pings.Attempt, attempt)
			pings.Sent = append(pings.Sent, 3)
			if down {
				pings.Received = append(pings.Received, 0)
				pings.RTT.Append()
				continue
			}
			pings.Received = append(pings.Received, 3)
			pings.RTT.Append(900, 1000, 1100)
		}
		uptimes.Device = append(uptimes.Device, storyDevice(i, d))
		uptimes.OffsetMs = append(uptimes.OffsetMs, uint32(200*d))
		uptimes.SysUpTime = append(uptimes.SysUpTime, up)
		for port := range 2 {
			at := 2*d + port
			ports.Device[at], ports.Interface[at] = storyDevice(i, d), storyDevice(i, d)*10+sample.ID(port)
			ports.OffsetMs[at], ports.IntervalMs[at] = 0, 60_000
			ports.UptimeStart[at], ports.UptimeEnd[at] = max(up, 12_000)-12_000, up
			in, out := s.random.Uint64N(1e10), s.random.Uint64N(1e10) // some of it more than a half-duplex line carries
			ports.InOctets[at], ports.OutOctets[at] = in, out
		}
	}
	voice.Path, voice.DurationMs, voice.Codec = []sample.ID{storyPath(i)}, []uint32{60_000}, []string{"G.729A"}
	lost := s.random.Uint32N(30)
	voice.Sent, voice.Received, voice.LossRuns = []uint32{3000}, []uint32{3000 - lost}, []uint32{min(lost, 1)}
	voice.MinRTTUs, voice.SumRTTUs, voice.JitterUs = []uint32{40_000}, []uint64{uint64(3000-lost) * 45_000}, []uint32{s.random.Uint32N(9000)}
	voice.Delays.Append(sample.DelayBucket(40_000), 2000, sample.DelayBucket(90_000), 1000-lost)
	if lost > 0 {
		voice.RunLengths.Append(lost, 1)
	} else {
		voice.RunLengths.Append()
	}
	by := fleetAppliance(i)
	beat := &sample.Heartbeats{OffsetMs: []uint32{0}, IntervalMs: []uint32{120_000}, Sequence: []uint64{uint64(minute + 1)}}
	return []bus.Message{s.message(minute, by, pings), s.message(minute, by, uptimes), s.message(minute, by, ports), s.message(minute, by, voice), s.message(minute, by, beat)}
}

// pad fills the columns that a test has no word for with zeros.
func pad(rows reflect.Value, n int) {
	for i := range rows.NumField() {
		field := rows.Field(i)
		if lists, ok := field.Addr().Interface().(*sample.Lists); ok {
			for len(lists.Ends) < n {
				lists.Append()
			}
			continue
		}
		switch field.Kind() {
		case reflect.Slice:
			for field.Len() < n {
				field.Set(reflect.Append(field, reflect.Zero(field.Type().Elem())))
			}
		case reflect.Struct:
			pad(field, n)
		default: // it is no column
		}
	}
}
