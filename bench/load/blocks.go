package load

import (
	"encoding/binary"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
)

// Counts are rows by kind.
type Counts map[sample.Kind]uint64

// Add adds others.
func (c Counts) Add(others Counts) {
	for kind, rows := range others {
		c[kind] += rows
	}
}

// Rows are those of all kinds.
func (c Counts) Rows() (rows uint64) {
	for _, n := range c {
		rows += n
	}
	return rows
}

// valuesOf is how many numbers a row of a kind has that were measured: counters, what
// was sent and received and the round-trip times, clocks, a sensor's reading, the sums of
// a voice path.
var valuesOf = map[sample.Kind]uint64{
	sample.KindInterfaces: 12, sample.KindPings: 5, sample.KindUptimes: 2, sample.KindHealth: 1, sample.KindVoice: 10,
}

// Values are the numbers measured in rows of all kinds.
func (c Counts) Values() (values uint64) {
	for kind, n := range c {
		values += n * valuesOf[kind]
	}
	return values
}

// parcel is what an appliance sends at a time.
type parcel struct {
	messages []bus.Message // of the topic telemetry
	logs     []bus.Message // of the topic logs
	counts   Counts
}

func (p *parcel) add(other parcel) {
	p.messages, p.logs = append(p.messages, other.messages...), append(p.logs, other.logs...)
	p.counts.Add(other.counts)
}

// Messages are what reaches the centre of all appliances from one whole second up to but not including
// another, in that order, those of the topic logs behind the others. What is made while an appliance does not reach the
// centre comes when it does again.
func (f *Fleet) Messages(from, to time.Time) ([]bus.Message, Counts, error) {
	said, err := f.say(from, to)
	return append(said.messages, said.logs...), said.counts, err
}

func (f *Fleet) say(from, to time.Time) (parcel, error) {
	return f.gather(int(to.Sub(from)/time.Second), func(s *site, second int) (parcel, error) {
		at := from.Add(time.Duration(second) * time.Second)
		made, err := s.pack(func(emit emit) error { return s.second(at, emit) })
		return s.reach(at, made), err
	})
}

// Names are what all appliances send when they begin: which devices, interfaces, sensors
// and paths there are.
func (f *Fleet) Names(at time.Time) ([]bus.Message, Counts, error) {
	said, err := f.gather(1, func(s *site, _ int) (parcel, error) {
		slot := at.Truncate(PollInterval).UnixMilli()
		all := []sample.Rows{s.deviceNames(), s.sensorNames(), s.pathNames()}
		// As many interfaces in a block as an appliance puts there.
		step := max(1, 1000/s.Interfaces)
		for first := 0; first < len(s.devices); first += step {
			all = append(all, s.portNames(first, min(first+step, len(s.devices))))
		}
		return s.pack(func(emit emit) error {
			for _, rows := range all {
				if err := emit(slot, rows); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return said.messages, said.counts, err
}

// emit takes the rows of a block.
type emit func(slotMs int64, rows sample.Rows) error

// pack makes messages of what is said.
func (s *site) pack(say func(emit) error) (parcel, error) {
	made := parcel{counts: Counts{}}
	return made, say(func(slotMs int64, rows sample.Rows) error {
		message, err := s.message(slotMs, rows)
		if rows.Kind().Logged() {
			made.logs = append(made.logs, message)
		} else {
			made.messages = append(made.messages, message)
		}
		made.counts[rows.Kind()] += uint64(rows.Len())
		return err
	})
}

// reach returns what of all that waits, and of what was just made, reaches the centre in a second.
func (s *site) reach(at time.Time, made parcel) parcel {
	if s.isSilent(at) {
		s.held.add(made)
		return parcel{counts: Counts{}}
	}
	if len(s.held.counts) == 0 {
		return made
	}
	waiting := s.held
	waiting.add(made)
	s.held = parcel{counts: Counts{}}
	return waiting
}

// gather has all sites make what they say in some turns, several sites at a time, and
// puts it in the order of the turns.
func (f *Fleet) gather(turns int, say func(s *site, turn int) (parcel, error)) (parcel, error) {
	said := make([][]parcel, len(f.sites))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range f.sites {
		said[i] = make([]parcel, turns)
		group.Go(func() (err error) {
			for turn := range turns {
				if said[i][turn], err = say(s, turn); err != nil {
					return err
				}
			}
			return nil
		})
	}
	all := parcel{counts: Counts{}}
	if err := group.Wait(); err != nil {
		return all, err
	}
	for turn := range turns {
		for i := range said {
			all.add(said[i][turn])
		}
	}
	all.messages = slices.Clip(all.messages)
	return all, nil
}

// message packs rows as the site's appliance does.
func (s *site) message(slotMs int64, rows sample.Rows) (bus.Message, error) {
	header := sample.Header{Appliance: s.appliance, Slot: slotMs}
	binary.BigEndian.PutUint64(header.UUID[:], uint64(slotMs)<<8|uint64(rows.Kind()))
	binary.BigEndian.PutUint64(header.UUID[8:], s.chance(s.appliance, uint64(slotMs), uint64(rows.Len())))
	value, err := s.encoder.Encode(nil, header, rows)
	return bus.Message{Key: bus.Key(s.appliance), Value: value}, err
}
