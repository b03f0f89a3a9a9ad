package durability

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/ingest/spool"
	"mimamori/storage"
)

const (
	blockRows  = 500 // of 12 counters each: about 25 KB of a block
	appliances = 8
	interval   = time.Second
)

// load makes the blocks of one turn: a poll of the interfaces of all appliances after
// another, each turn later than the one before.
type load struct {
	encoder *sample.Encoder
	random  *mathrand.Rand
	blocks  int // of a turn
	next    time.Time
}

func newLoad(rows int) (*load, error) {
	encoder, err := sample.NewEncoder()
	if err != nil {
		return nil, err
	}
	return &load{encoder: encoder, random: mathrand.New(mathrand.NewPCG(1, 2)), blocks: (rows + blockRows - 1) / blockRows,
		next: time.Now().UTC().Truncate(24 * time.Hour).Add(-30 * 24 * time.Hour)}, nil
}

func applianceOf(i int) sample.ID {
	return sample.ApplianceID("bench", "bench", fmt.Sprint(i%appliances))
}

func registry() storage.Registry {
	customer, site := sample.CustomerID("bench"), sample.SiteID("bench", "bench")
	all := storage.Registry{
		Customers: []storage.Customer{{ID: customer, Name: "bench"}},
		Sites:     []storage.Site{{ID: site, Customer: customer, Name: "bench"}},
	}
	for i := range appliances {
		all.Appliances = append(all.Appliances, storage.Appliance{ID: applianceOf(i), Customer: customer, Site: site, Name: fmt.Sprint(i)})
	}
	return all
}

// turn returns blocks nobody has seen before, and how many rows they have.
func (l *load) turn(blocks int) (messages []bus.Message, rows int, err error) {
	for i := range blocks {
		if i%appliances == 0 {
			l.next = l.next.Add(interval)
		}
		by := applianceOf(i)
		header := sample.Header{Appliance: by, Slot: l.next.UnixMilli()}
		rand.Read(header.UUID[:]) // never fails
		value, err := l.encoder.Encode(nil, header, l.interfaces(by, l.next))
		if err != nil {
			return nil, 0, err
		}
		messages = append(messages, bus.Message{Key: bus.Key(by), Value: value})
		rows += blockRows
	}
	return messages, rows, nil
}

// interfaces are a poll of 25 devices with 20 interfaces each.
func (l *load) interfaces(by sample.ID, at time.Time) *sample.Interfaces {
	r := &sample.Interfaces{}
	ticks := uint32(at.Unix() % 10_000_000 * 100)
	for i := range blockRows {
		r.Device = append(r.Device, by+uint64(i/20))
		r.Interface = append(r.Interface, by+uint64(i))
		r.OffsetMs = append(r.OffsetMs, uint32(i/20*37))
		r.IntervalMs = append(r.IntervalMs, uint32(interval.Milliseconds()))
		r.SpeedBps = append(r.SpeedBps, 1e9)
		r.AdminStatus, r.OperStatus = append(r.AdminStatus, 1), append(r.OperStatus, 1)
		r.Width, r.Evidence = append(r.Width, 64), append(r.Evidence, 0)
		r.UptimeStart, r.UptimeEnd = append(r.UptimeStart, ticks), append(r.UptimeEnd, ticks+uint32(interval.Milliseconds()/10))
		for n, counter := range r.CounterColumns() {
			value := uint64(0)
			if n < 4 { // octets and unicast packets; hardly anything has errors
				value = l.random.Uint64N(1e8)
			}
			*counter = append(*counter, value)
		}
	}
	return r
}

// spooled is a turn's blocks as a spool takes them.
func spooled(messages []bus.Message) []spool.Block {
	blocks := make([]spool.Block, len(messages))
	for i, message := range messages {
		blocks[i] = spool.Block{Kind: sample.KindInterfaces, Bytes: message.Value}
	}
	return blocks
}
