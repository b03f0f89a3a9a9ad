package fleet

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mimamori/ingest/sample"
)

// Truth is what the fleet really did, as its journal has it. Times are UTC.
type Truth struct {
	Start      time.Time        `json:"start"` // when the counters began to run and the devices to answer
	End        time.Time        `json:"end"`   // when the truth was taken
	Devices    []DeviceTruth    `json:"devices"`
	Interfaces []InterfaceTruth `json:"interfaces"`
	Sensors    []SensorTruth    `json:"sensors"`
	Paths      []PathTruth      `json:"paths"`
	Silences   []Silence        `json:"silences"`
	Incidents  []Happening      `json:"incidents"`
	Work       []Work           `json:"work,omitempty"`

	Standstills []Standstill `json:"standstills,omitempty"` // of the fleet's own machine

	interfaces map[interfaceKey]int
}

// Cause says why a device did not answer.
type Cause string

// The causes of a Span.
const (
	CauseDevice      Cause = "device"      // its own outage
	CauseReboot      Cause = "reboot"      // To is when it booted: its sysUpTime counts from there
	CauseUnreachable Cause = "unreachable" // a device it is behind was down
)

// Span is a time in which a device answered nothing. In the machine's own network
// namespace the kernel went on answering pings for it; such a span is a reboot, and
// sysUpTime tells when it ended.
type Span struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Cause Cause     `json:"cause"`
	Open  bool      `json:"open,omitempty"` // it was not over when the truth was taken; To is that moment
	Why   string    `json:"why,omitempty"`  // which failure of a script began it, as in failures.Kind
}

// DeviceTruth is what really happened to a device.
type DeviceTruth struct {
	ID       sample.ID    `json:"id"`
	Customer string       `json:"customer"`
	Site     string       `json:"site"`
	Name     string       `json:"name"`
	Behind   string       `json:"behind,omitempty"`
	Locked   bool         `json:"locked,omitempty"` // the pollers ask with a wrong community: nothing is known of what it has
	Down     []Span       `json:"down,omitempty"`
	Syslog   []SyslogLine `json:"syslog,omitempty"`
	Traps    []TrapSent   `json:"traps,omitempty"`

	Bursts     []Burst       `json:"bursts,omitempty"`
	Lines      []LineCount   `json:"lines,omitempty"`       // in place of Syslog where the lines themselves are not known
	PollOffset time.Duration `json:"poll_offset,omitempty"` // how long after the beginning of each interval it is polled, where that is known
}

// Burst is a time in which a device sent far more lines than at others.
type Burst struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Why  string    `json:"why"` // which failure of a script, as in failures.Kind
}

// LineCount is how many lines a device sent in a minute.
type LineCount struct {
	Minute time.Time `json:"minute"`
	Lines  int       `json:"lines"`
}

// TrapSent is an SNMP trap a device sent: "id=" and the token stand in its variables.
type TrapSent struct {
	Token     string    `json:"token"` // unique in the fleet
	Name      string    `json:"name"`  // of the notification
	Interface string    `json:"interface,omitempty"`
	Sent      time.Time `json:"sent"`
}

// SyslogLine is a line a device sent: "id=" and the token stand in its text.
type SyslogLine struct {
	Token string    `json:"token"` // unique in the fleet
	Sent  time.Time `json:"sent"`
	// Messages the line stands for: more than one where it says that the last one was
	// repeated.
	Occurrences int `json:"occurrences"`
}

// InterfaceTruth is the traffic an interface really had.
type InterfaceTruth struct {
	ID       sample.ID `json:"id"`
	Device   sample.ID `json:"device_id"`
	Customer string    `json:"customer"`
	Site     string    `json:"site"`
	Host     string    `json:"device"` // name of the device
	Name     string    `json:"name"`   // ifName, or ifDescr where the device has no ifName
	WAN      bool      `json:"wan,omitempty"`
	SpeedBps uint64    `json:"speed_bps"`
	In       Flow      `json:"in"`
	Out      Flow      `json:"out"`
	// Moments the counters were set to 0: what passed between the poll before and
	// the poll after, nobody can learn from them.
	Unmeasurable []time.Time `json:"unmeasurable,omitempty"`
}

// SensorTruth is what a sensor really read.
type SensorTruth struct {
	ID       sample.ID         `json:"id"`
	Customer string            `json:"customer"`
	Site     string            `json:"site"`
	Host     string            `json:"device"` // name of the device
	Name     string            `json:"name"`
	Kind     sample.SensorKind `json:"kind"`
	Level    Level             `json:"level"`
	Limit    float64           `json:"limit,omitempty"` // reading above which its device warns; 0 where it never does
}

// Reading returns what the sensor read at a time; false where it had failed. Start is
// that of the truth.
func (s *SensorTruth) Reading(start, at time.Time) (float64, bool) {
	return s.Level.At(since(start, at))
}

// PathTruth is what really was done to the packets of a voice path.
type PathTruth struct {
	ID       sample.ID     `json:"id"`
	Customer string        `json:"customer"`
	Site     string        `json:"site"`
	Name     string        `json:"name"`
	Minutes  []VoiceMinute `json:"minutes,omitempty"`
	Episodes []Episode     `json:"episodes,omitempty"`
}

// Episode is a time in which a voice path was impaired, so that a call over it sounded bad.
type Episode struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`  // may lie after the truth's end
	Why  string    `json:"why"` // which failure of a script, as in failures.Kind
}

// VoiceMinute is a minute of a voice path, by the time the sender stamped its
// packets with. Everything is additive.
type VoiceMinute struct {
	Minute       time.Time `json:"minute"`
	Seen         uint32    `json:"seen"`         // packets that came to the far end, also those dropped there
	Dropped      uint32    `json:"dropped"`      // of these, packets dropped
	Runs         uint32    `json:"runs"`         // maximal runs of packets dropped one after another, in the minute each began
	RunLengths   []uint32  `json:"run_lengths"`  // pairs: length of a run, how many; ascending
	Delays       []uint32  `json:"delays"`       // pairs: sample.DelayBucket of the delay added to a round trip, packets; ascending
	SumDelayUs   uint64    `json:"sum_delay"`    // of the delays added to round trips, microseconds
	SumForwardUs uint64    `json:"sum_forward"`  // of the part of them on the way out, microseconds
	MinDelayUs   uint32    `json:"min_delay"`    // microseconds; 0 when all were dropped
	Unanswered   uint32    `json:"unanswered"`   // packets lost to the simulator's own limits, also counted in Dropped
	FirstSent    time.Time `json:"first_sent"`   // sender's stamp of the first packet
	LastSent     time.Time `json:"last_sent"`    // and of the last
	NotArrived   uint32    `json:"not_arrived"`  // sequence numbers that never came to the far end, by the next one that did
	OutOfOrder   uint32    `json:"out_of_order"` // packets that came with a lower sequence than one before
}

// Silence is a time in which an appliance could not reach its broker.
type Silence struct {
	Customer  string    `json:"customer"`
	Site      string    `json:"site"`
	Appliance string    `json:"appliance"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Open      bool      `json:"open,omitempty"` // as in Span
}

// Work is a maintenance window of a site that was announced.
type Work struct {
	Customer string    `json:"customer"`
	Site     string    `json:"site"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
}

// Happening is an incident with the times at which it really began and ended.
type Happening struct {
	Kind     Kind      `json:"kind"`
	Customer string    `json:"customer"`
	Site     string    `json:"site"`
	Entity   string    `json:"entity"` // as in Incident
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Open     bool      `json:"open,omitempty"` // as in Span
}

type interfaceKey struct{ device, id sample.ID }

// Bits returns the bits that passed an interface in a time range, in and out: from
// the traffic itself, whatever its counters showed. It returns 0 for an interface
// that is not in the truth. The range should lie within Start and End.
func (t *Truth) Bits(device, id sample.ID, from, to time.Time) (in, out float64) {
	i, known := t.interfaces[interfaceKey{device, id}]
	if !known {
		return 0, 0
	}
	return t.Interfaces[i].Bits(t.Start, from, to)
}

// Bits returns the bits that passed in a time range, in and out; start is that of
// the truth.
func (i *InterfaceTruth) Bits(start, from, to time.Time) (in, out float64) {
	begin, end := since(start, from), since(start, to)
	return 8 * (i.In.Octets(end) - i.In.Octets(begin)), 8 * (i.Out.Octets(end) - i.Out.Octets(begin))
}

func (t *Truth) index() {
	t.interfaces = make(map[interfaceKey]int, len(t.Interfaces))
	for i := range t.Interfaces {
		t.interfaces[interfaceKey{t.Interfaces[i].Device, t.Interfaces[i].ID}] = i
	}
}

// CheckTruthPath says why a truth could not be written to a path: before it is known, which takes as long as the fleet.
func CheckTruthPath(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%w: use a path in a folder that is there and can be written", err)
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// WriteTruth writes the truth to a file as compressed JSON. The file appears whole
// or not at all.
func WriteTruth(path string, truth *Truth) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write the fleet's truth: %w", err)
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
			err = fmt.Errorf("write the fleet's truth to %s: %w", path, err)
		}
	}()
	compressed, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(compressed).Encode(truth); err != nil {
		return err
	}
	if err := compressed.Close(); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// ReadTruth reads what WriteTruth wrote.
func ReadTruth(path string) (*Truth, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the fleet's truth: %w; the fleet writes it when it ends", err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("read the fleet's truth from %s: %w", path, err)
	}
	truth := new(Truth)
	if err := json.NewDecoder(plain).Decode(truth); err != nil {
		return nil, fmt.Errorf("read the fleet's truth from %s: %w", path, err)
	}
	truth.index()
	return truth, nil
}
