package voice

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"mimamori/ingest/sample"
)

const (
	testInterval = 20 * time.Millisecond
	testSlot     = time.Second
	testTimeout  = 200 * time.Millisecond
)

// reported is a row as a value that can be compared.
type reported struct {
	Slot                                            int64
	Sent, Received, Duplicates, Reordered, LossRuns uint32
	MinRTTUs                                        uint32
	SumRTTUs                                        uint64
	JitterUs                                        float64
	Bursts                                          Bursts
	Delays, RunLengths                              string
}

func asReported(t *tally) reported {
	delays := map[uint32]uint32{}
	for bucket, packets := range t.delays {
		if packets > 0 {
			delays[uint32(bucket)] = packets
		}
	}
	return reported{t.slot, t.sent, t.received, t.duplicates, t.reordered, t.lossRuns, t.minRTTUs, t.sumRTTUs,
		math.Round(t.jitterUs*1000) / 1000, t.bursts, fmt.Sprint(delays), fmt.Sprint(t.runLengths)}
}

// played is what happens to one packet.
type played struct {
	lost  bool
	rtt   time.Duration
	twice bool
}

// play runs packets through a stream in the order of time, and returns what it
// reports. Packet 0 is due at the start of slot 0.
func play(packets []played, interval time.Duration) []reported {
	type arrival struct {
		at       time.Duration
		sequence int
	}
	var arrivals []arrival
	for i, packet := range packets {
		if packet.lost {
			continue
		}
		at := time.Duration(i)*interval + packet.rtt
		arrivals = append(arrivals, arrival{at, i})
		if packet.twice {
			arrivals = append(arrivals, arrival{at + time.Millisecond, i})
		}
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	epoch := time.Unix(0, 0)
	s := newStream(testSlot, interval, testTimeout, 46)
	s.begin(0)
	var rows []reported
	receiveUntil := func(until time.Duration) {
		for len(arrivals) > 0 && arrivals[0].at <= until {
			next := arrivals[0]
			arrivals = arrivals[1:]
			if sent := s.find(uint32(next.sequence), Timestamp(next.sequence)); sent != nil {
				s.receive(sent, answer{elapsed: epoch.Add(next.at).Sub(sent.sent)})
			}
			s.collect(epoch.Add(next.at), func(done *tally) { rows = append(rows, asReported(done)) })
		}
	}
	for i := range packets {
		at := time.Duration(i) * interval
		receiveUntil(at)
		s.send(int64(at), int64(at+interval), epoch.Add(at), Timestamp(i))
		s.collect(epoch.Add(at), func(done *tally) { rows = append(rows, asReported(done)) })
	}
	receiveUntil(time.Hour)
	return rows
}

// expect computes the rows from the definitions, all packets known.
func expect(packets []played, interval time.Duration) []reported {
	type arrival struct {
		at       time.Duration
		sequence int
	}
	slotOf := func(i int) int { return int(time.Duration(i) * interval / testSlot) }
	slots := make([]reported, slotOf(len(packets)-1)+1)
	delays := make([]map[uint32]uint32, len(slots))
	lengths := make([]map[uint32]uint32, len(slots))
	for i := range slots {
		slots[i].Slot = int64(i)
		delays[i], lengths[i] = map[uint32]uint32{}, map[uint32]uint32{}
	}
	lost := func(i int) bool { return packets[i].lost || packets[i].rtt > testTimeout }
	var arrivals []arrival
	for i, packet := range packets {
		slot := &slots[slotOf(i)]
		slot.Sent++
		if lost(i) {
			continue
		}
		us := uint32(packet.rtt.Microseconds())
		if slot.Received == 0 || us < slot.MinRTTUs {
			slot.MinRTTUs = us
		}
		slot.Received++
		slot.SumRTTUs += uint64(us)
		delays[slotOf(i)][sample.DelayBucket(us)]++
		if packet.twice {
			slot.Duplicates++
		}
		arrivals = append(arrivals, arrival{time.Duration(i)*interval + packet.rtt, i})
	}
	for i := 0; i < len(packets); {
		if !lost(i) {
			i++
			continue
		}
		begin := i
		for i < len(packets) && lost(i) && slotOf(i) <= slotOf(begin)+1 {
			i++
		}
		slots[slotOf(begin)].LossRuns++
		lengths[slotOf(begin)][uint32(i-begin)]++
	}
	for i := 0; i < len(packets); i++ {
		if !lost(i) {
			continue
		}
		// A burst goes on to the next loss that is at most Gmin away.
		begin, last, losses := i, i, uint32(1)
		for next := i + 1; next < len(packets) && next-last <= Gmin && slotOf(next) <= slotOf(begin)+1; next++ {
			if lost(next) {
				last, losses = next, losses+1
			}
		}
		if slot := &slots[slotOf(begin)]; losses > 1 {
			slot.Bursts.Count++
			slot.Bursts.Packets += uint32(last - begin + 1)
			slot.Bursts.Lost += losses
		}
		i = last
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	jitter, highest := 0.0, -1
	for i, next := range arrivals {
		us := float64(packets[next.sequence].rtt.Nanoseconds()) / 1000
		if i > 0 {
			before := float64(packets[arrivals[i-1].sequence].rtt.Nanoseconds()) / 1000
			jitter += (math.Abs(us-before) - jitter) / 16
		}
		slot := &slots[slotOf(next.sequence)]
		slot.JitterUs = math.Round(jitter*1000) / 1000
		if next.sequence < highest {
			slot.Reordered++
		}
		highest = max(highest, next.sequence)
	}
	for i := range slots {
		slots[i].Delays = fmt.Sprint(delays[i])
		var pairs []uint32
		for length := range lengths[i] {
			pairs = append(pairs, length)
		}
		slices.Sort(pairs)
		var flat []uint32
		for _, length := range pairs {
			flat = append(flat, length, lengths[i][length])
		}
		slots[i].RunLengths = fmt.Sprint(flat)
	}
	return slots
}

func compareRows(t *testing.T, got, want []reported) {
	t.Helper()
	if len(got) == 0 || len(got) > len(want) {
		t.Fatalf("%d rows reported, %d slots played", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("slot %d:\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
}

func TestStreamCountsWhatHappened(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		packets := make([]played, 600)
		losing, becomes := false, 0.02+random.Float64()*0.1
		for i := range packets {
			if random.Float64() < becomes {
				losing = !losing
			}
			packets[i] = played{
				lost: losing && random.Float64() < 0.8,
				// Arrivals at odd microseconds: none at the very time of another.
				rtt:   time.Duration(1+random.IntN(60000))*time.Microsecond + time.Duration(i)*time.Nanosecond,
				twice: random.IntN(20) == 0,
			}
			if random.IntN(30) == 0 {
				packets[i].rtt += testTimeout
			}
		}
		got := play(packets, testInterval)
		if len(got) < 600/50-2 {
			t.Fatalf("seed %d: %d rows reported", seed, len(got))
		}
		compareRows(t, got, expect(packets, testInterval))
	}
}

func TestStreamFollowsRunsOverSlotEdges(t *testing.T) {
	lose := func(from, to int) []played {
		packets := make([]played, 400)
		for i := range packets {
			packets[i] = played{rtt: 10 * time.Millisecond, lost: i >= from && i < to}
		}
		return packets
	}
	tests := []struct {
		name     string
		from, to int
		runs     []string // by slot of 50 packets
	}{
		{"within a slot", 10, 13, []string{"[3 1]", "[]", "[]"}},
		{"over an edge", 45, 58, []string{"[13 1]", "[]", "[]"}},
		{"begins with a slot", 50, 53, []string{"[]", "[3 1]", "[]"}},
		{"ends with the next slot", 45, 100, []string{"[55 1]", "[]", "[]"}},
		{"outlasts the next slot", 45, 103, []string{"[55 1]", "[]", "[3 1]", "[]"}},
		{"an outage", 45, 280, []string{"[55 1]", "[]", "[100 1]", "[]", "[80 1]", "[]"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			packets := lose(test.from, test.to)
			got := play(packets, testInterval)
			compareRows(t, got, expect(packets, testInterval))
			for slot, want := range test.runs {
				if got[slot].RunLengths != want {
					t.Errorf("slot %d has runs %s, want %s", slot, got[slot].RunLengths, want)
				}
			}
		})
	}
}

func TestStreamReportsNoPartOfASlot(t *testing.T) {
	s := newStream(testSlot, testInterval, testTimeout, 46)
	epoch := time.Unix(0, 0)
	var slots []int64
	tick := func(i int) {
		at := time.Duration(i) * testInterval
		sent := s.find(s.send(int64(at), int64(at+testInterval), epoch.Add(at), Timestamp(i)), Timestamp(i))
		s.receive(sent, answer{elapsed: time.Millisecond})
		s.collect(epoch.Add(at), func(done *tally) {
			slots = append(slots, done.slot)
			if done.sent != 50 || done.received != 50 {
				t.Errorf("slot %d has %d sent, %d received", done.slot, done.sent, done.received)
			}
		})
	}
	s.begin(1)
	for i := 20; i < 180; i++ { // slots 0 (a part), 1, 2 and a part of 3
		tick(i)
	}
	s.begin(5) // the clock was set within slot 3
	for i := 220; i < 330; i++ {
		tick(i)
	}
	if !slices.Equal(slots, []int64{1, 2, 5}) {
		t.Errorf("reported slots %v, want 1, 2 and 5", slots)
	}
	if s.dropped != 1 {
		t.Errorf("%d slots counted as dropped, want slot 3 alone", s.dropped)
	}
}

func TestStreamKeepsBoundedSlots(t *testing.T) {
	s := newStream(testSlot, testInterval, testTimeout, 46)
	s.begin(0)
	epoch := time.Unix(0, 0)
	for i := range 20 * 50 { // twenty slots, nobody collects
		at := time.Duration(i) * testInterval
		s.send(int64(at), int64(at+testInterval), epoch.Add(at), Timestamp(i))
	}
	if len(s.open) != maxOpenSlots || s.dropped != 20-maxOpenSlots {
		t.Errorf("%d slots kept, %d dropped", len(s.open), s.dropped)
	}
}

func TestStreamIgnoresForgedReplies(t *testing.T) {
	s := newStream(testSlot, testInterval, testTimeout, 46)
	s.begin(0)
	s.send(0, 1, time.Now(), 77)
	if s.find(0, 78) != nil || s.find(1, 77) != nil || s.find(uint32(len(s.packets)), 77) != nil {
		t.Error("found a packet that was not sent")
	}
	if s.find(0, 77) == nil {
		t.Error("did not find the packet that was sent")
	}
}

func TestSequenceWraps(t *testing.T) {
	s := newStream(testSlot, testInterval, testTimeout, 46)
	s.next = math.MaxUint32 - 10
	s.begin(0)
	epoch := time.Unix(0, 0)
	for i := range 20 {
		at := time.Duration(i) * testInterval
		sequence := s.send(int64(at), int64(at+testInterval), epoch.Add(at), Timestamp(i))
		if i%2 == 0 {
			s.receive(s.find(sequence, Timestamp(i)), answer{elapsed: time.Millisecond})
		}
	}
	s.decide(epoch.Add(time.Hour))
	if got := asReported(s.open[0]); got.Received != 10 || got.Reordered != 0 || got.RunLengths != "[1 9]" {
		t.Errorf("over the wrap: %+v", got)
	}
}

func TestMeasureVectors(t *testing.T) {
	row := vectors(t, "stamp_math.csv")[0]
	at := func(name string) int64 {
		text := row[name]
		if name == "T1" {
			text = text[len(text)-10:]
		}
		nanoseconds, err := strconv.ParseInt(text[1:], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return 1_700_000_000*nanosecondsPerSecond + nanoseconds
	}
	milliseconds := func(name string) time.Duration {
		value, err := strconv.ParseFloat(row[name], 64)
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(math.Round(value * 1e6))
	}
	sent, came := time.Unix(0, at("T1")), time.Unix(0, at("T4"))
	ntp := ReflectorPacket{Error: 0x8801, SenderError: 0x8801, T2: NTPTimestamp(at("T2")), T3: NTPTimestamp(at("T3"))}
	ptp := ntp
	ptp.T2, ptp.T3, ptp.Error = PTPTimestamp(at("T2")), PTPTimestamp(at("T3")), 0x8801|ptpBit
	mislabelled := ptp
	mislabelled.Error = 0x8801
	otherWay := ntp
	otherWay.Error |= ptpBit
	for name, reply := range map[string]ReflectorPacket{"NTP": ntp, "PTPv2": ptp, "PTPv2 said to be NTP": mislabelled, "NTP said to be PTPv2": otherWay} {
		got, sane := measure(&reply, sent, came)
		if !sane || !got.synchronised {
			t.Errorf("%s: sane %t, synchronised %t", name, sane, got.synchronised)
		}
		if got.forward != milliseconds("fwd_ms=T2-T1") || got.processing != milliseconds("proc_ms=T3-T2") ||
			got.elapsed-got.processing != milliseconds("rtt_ms=(T4-T1)-(T3-T2)") ||
			got.elapsed-got.processing-got.forward != milliseconds("back_ms=T4-T3") {
			t.Errorf("%s: measured %+v", name, got)
		}
	}
	for name, odd := range map[string]ReflectorPacket{
		"T3 before T2":           {T2: ntp.T3, T3: ntp.T2},
		"longer than the way":    {T2: ntp.T2, T3: NTPTimestamp(at("T4") + 1e9)},
		"multiplier of zero":     {Error: 0x8000, SenderError: 0x8801, T2: ntp.T2, T3: ntp.T2},
		"only one end has S set": {Error: 0x0801, SenderError: 0x8801, T2: ntp.T2, T3: ntp.T2},
	} {
		got, _ := measure(&odd, sent, came)
		if got.processing != 0 || got.elapsed != came.Sub(sent) || got.synchronised {
			t.Errorf("%s: measured %+v", name, got)
		}
	}
}

func BenchmarkStream(b *testing.B) {
	b.ReportAllocs()
	s := newStream(time.Minute, testInterval, testTimeout, 46)
	s.begin(0)
	epoch := time.Unix(0, 0)
	at := time.Duration(0)
	rows := 0
	for b.Loop() {
		at += testInterval
		sequence := s.send(int64(at), int64(at+testInterval), epoch.Add(at), Timestamp(at))
		if sequence%100 >= 3 {
			s.receive(s.find(sequence, Timestamp(at)), answer{elapsed: time.Duration(10+sequence%7) * time.Millisecond})
		}
		if sequence%3000 == 0 {
			s.collect(epoch.Add(at), func(*tally) { rows++ })
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
}
