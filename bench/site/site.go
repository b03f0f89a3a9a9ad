package site

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
)

// How often what is asked, milliseconds, and with how many pings.
const (
	pollMs  = 300_000
	pingMs  = 30_000
	voiceMs = 60_000
	lineMs  = 60_000 // a device has one line in this time
	hourMs  = 3_600_000
	packets = 5
)

// How long pollers gather what they hand over at once, milliseconds.
const (
	pingGatherMs = 150
	lineGatherMs = 200
)

// Interval is the time from one poll of a device to the next.
const Interval = pollMs * time.Millisecond

// Config says how large a site is.
type Config struct {
	Customer   string
	Name       string
	Devices    int
	Interfaces int  // of each device
	HalfIdle   bool // every other interface is down and has no traffic
	From       time.Time
	Seed       uint64 // everything random follows from it
}

// Appliance is the ID of the site's appliance.
func (c Config) Appliance() sample.ID { return sample.ApplianceID(c.Customer, c.Name, "box") }

// Place is where the site's devices stand.
func (c Config) Place() sample.Place { return sample.Place{Customer: c.Customer, Site: c.Name} }

// Site is what an appliance's pollers say.
type Site struct {
	random  *rand.Rand
	from    int64 // Unix milliseconds, the start of a poll's interval
	path    sample.ID
	devices []device
	lines   int
	course  []event // of the time from one poll to the next
	hand    func(slot int64, rows sample.Rows)
}

// event is something that a poller hands over, each pollMs anew.
type event struct {
	after int64 // when, milliseconds after the start of the interval
	say   func(start int64) (slot int64, rows []sample.Rows)
}

// New returns a site whose pollers hand rows to a function, as to ingest.Way.Emit. From is
// moved back to the start of an interval.
func New(config Config, hand func(slot int64, rows sample.Rows)) *Site {
	s := &Site{random: rand.New(rand.NewPCG(config.Seed, 2)), from: config.From.Truncate(Interval).UnixMilli(),
		path: sample.PathID(config.Customer, config.Name, "to the centre"), hand: hand}
	for n := range config.Devices {
		d := device{
			name: fmt.Sprintf("switch-%03d", n+1), address: fmt.Sprintf("10.1.%d.%d", n/250, 1+n%250), polled: s.from - pollMs,
			bootMs: s.from - int64(s.random.IntN(400*24*3600))*1000 - 3_600_000, echoUs: 300 * math.Exp(s.random.Float64()*2),
			ttl: []uint8{64, 255}[s.random.IntN(2)], engine: s.random.IntN(2) == 0,
		}
		d.id = sample.DeviceID(config.Customer, config.Name, d.name)
		for i := range config.Interfaces {
			p := port{
				id: sample.InterfaceID(d.id, fmt.Sprintf("Gi1/0/%d", i+1)), idle: config.HalfIdle && i%2 == 1,
				octets: 20_000 * math.Exp(s.random.NormFloat64()*1.5), packet: 400 + 600*s.random.Float64(), spread: 2 * s.random.Float64(),
			}
			for column, value := range p.counted.CounterColumns() {
				*value = []uint64{0}
				if !p.idle && column < 4 {
					(*value)[0] = s.random.Uint64N(1 << 42)
				}
			}
			d.ports = append(d.ports, p)
		}
		s.devices = append(s.devices, d)
	}
	s.plan()
	return s
}

// plan says what comes when.
func (s *Site) plan() {
	at := func(after, gather int64, say func(start int64) (int64, []sample.Rows)) {
		after = min((after+gather-1)/gather*gather, pollMs-1)
		s.course = append(s.course, event{after, say})
	}
	for n := range s.devices {
		d := &s.devices[n]
		polled := schedule.Offset(d.id, pollMs*time.Millisecond).Milliseconds()
		at(polled+60, 1, func(start int64) (int64, []sample.Rows) {
			hourly := start%hourMs == 0
			rows := s.poll(d, start, start+polled+50, hourly)
			if hourly {
				rows = append(rows, s.outcome(d, start, start+polled+50))
			}
			return start, rows
		})
		pinged := schedule.Offset(d.id, pingMs*time.Millisecond).Milliseconds()
		for round := int64(0); round < pollMs; round += pingMs {
			at(round+pinged+(packets-1)*50+int64(d.echoUs/1000)+1, pingGatherMs, func(start int64) (int64, []sample.Rows) {
				return start + round, []sample.Rows{s.ping(d, start+round, start+round+pinged)}
			})
		}
		said := s.random.Int64N(lineMs)
		for minute := int64(0); minute < pollMs; minute += lineMs {
			at(minute+said, lineGatherMs, func(start int64) (int64, []sample.Rows) {
				return start + minute, []sample.Rows{s.line(d, start+minute, start+minute+said)}
			})
		}
	}
	for minute := int64(0); minute < pollMs; minute += voiceMs {
		at(minute+1_500, 1, func(start int64) (int64, []sample.Rows) {
			return start + minute - voiceMs, []sample.Rows{s.voice()}
		})
	}
	slices.SortStableFunc(s.course, func(a, b event) int { return int(a.after - b.after) })
}

// Names says what an appliance says when it starts.
func (s *Site) Names() {
	devices, ports := &sample.Devices{}, &sample.InterfaceIdentities{}
	for n := range s.devices {
		d := &s.devices[n]
		devices.Device, devices.Behind = append(devices.Device, d.id), append(devices.Behind, 0)
		devices.Name, devices.Address = append(devices.Name, d.name), append(devices.Address, d.address)
		devices.SysObjectID, devices.SysName = append(devices.SysObjectID, "1.3.6.1.4.1.9.1.2694"), append(devices.SysName, d.name+".example.net")
		devices.SysDescr = append(devices.SysDescr, "Cisco IOS Software, Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4a, RELEASE SOFTWARE (fc3)")
		for i := range d.ports {
			ports.Device, ports.Interface = append(ports.Device, d.id), append(ports.Interface, d.ports[i].id)
			ports.IfIndex, ports.IfType, ports.MTU = append(ports.IfIndex, uint32(i+1)), append(ports.IfType, 6), append(ports.MTU, 1500)
			ports.Name, ports.Alias = append(ports.Name, fmt.Sprintf("Gi1/0/%d", i+1)), append(ports.Alias, "")
			ports.Description = append(ports.Description, fmt.Sprintf("GigabitEthernet1/0/%d", i+1))
			ports.PhysAddress = append(ports.PhysAddress, fmt.Sprintf("00:00:5e:%02x:%02x:%02x", n>>8, n&255, i))
			ports.SpeedBps = append(ports.SpeedBps, 1e9)
		}
	}
	paths := &sample.Paths{Path: []sample.ID{s.path}, Name: []string{"to the centre"}, Target: []string{"192.0.2.254:862"}, Codec: []string{"G.711"}}
	for _, rows := range []sample.Rows{devices, ports, paths} {
		s.hand(s.from, rows)
	}
}

// Live leads a site through one interval: through lets time pass, up to a moment at which
// something is handed over, and at last to the end of the interval.
func (s *Site) Live(ctx context.Context, start time.Time, through func(ctx context.Context, to time.Time) error) error {
	for _, event := range s.course {
		if err := through(ctx, start.Add(time.Duration(event.after)*time.Millisecond)); err != nil {
			return err
		}
		slot, all := event.say(start.UnixMilli())
		for _, rows := range all {
			s.hand(slot, rows)
		}
	}
	return through(ctx, start.Add(Interval-time.Millisecond))
}
