package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"mimamori/bench/child"
)

// The transports that syslog comes by.
const (
	SyslogUDP = "udp" // RFC 5426
	SyslogTCP = "tcp" // RFC 6587, half of the connections by octet counting and half by LF
)

// The lines that are sent.
const (
	SyslogMixed   = "mixed"   // of all devices, as they are found together
	SyslogRFC5424 = "rfc5424" // of servers alone, which is the one form that all programs read
)

// SyslogConfig says what is measured.
type SyslogConfig struct {
	// Binary is this program, whose commands Broker, Receiver and Sender are the
	// processes of the measurement.
	Binary                   string
	Broker, Receiver, Sender []string
	// Messages for each side in each round and by each transport, as many a second as are
	// taken: 10,000 to 100,000,000.
	Messages int
	// Rate is the messages a second of the steady load, which come one by one for
	// steadyTime: 1000 to 200,000, or 0 for none.
	Rate int
	// Rounds in which all take their turn, 1 to 100.
	Rounds int
	// Transports that are measured: SyslogUDP, SyslogTCP or both.
	Transports []string
	// Lines are SyslogMixed or SyslogRFC5424.
	Lines string
	// Peer is the path of rsyslogd, and Telegraf that of Telegraf. Empty looks for it.
	Peer, Telegraf string
	// Profile is a file that the receiver writes a processor profile to. Empty writes
	// none.
	Profile string
	// Progress is told what is done now. It may be nil.
	Progress func(string)
}

// Validate returns every value out of range, joined, each with its remedy.
func (c SyslogConfig) Validate() error {
	var problems []error
	if c.Messages < 10_000 || c.Messages > 100_000_000 {
		problems = append(problems, fmt.Errorf("--messages %d is out of range: use 10000 to 100000000", c.Messages))
	}
	if c.Rate != 0 && (c.Rate < 1000 || c.Rate > 200_000) {
		problems = append(problems, fmt.Errorf("--rate %d is out of range: use 1000 to 200000, or 0 for no steady load", c.Rate))
	}
	if c.Rounds < 1 || c.Rounds > 100 {
		problems = append(problems, fmt.Errorf("--rounds %d is out of range: use 1 to 100", c.Rounds))
	}
	if c.Lines != SyslogMixed && c.Lines != SyslogRFC5424 {
		problems = append(problems, fmt.Errorf("--lines is %q: use %s or %s", c.Lines, SyslogMixed, SyslogRFC5424))
	}
	return errors.Join(problems...)
}

// SyslogFigures are what was measured. The figures at the top are those of the worse
// transport.
type SyslogFigures struct {
	SyslogSides
	Messages        int                `json:"messages"` // sent in a round to each side by each transport
	BytesPerMessage float64            `json:"bytes_per_message"`
	Rounds          int                `json:"rounds"`
	UDP             *SyslogByTransport `json:"udp,omitempty"`
	TCP             *SyslogByTransport `json:"tcp,omitempty"`
}

// SyslogByTransport is what was measured by one transport: of both sides when they were
// sent as much as they take, and of both when messages came one by one.
type SyslogByTransport struct {
	SyslogSides
	// PublishedBytesPerMessage are those of the messages to the broker.
	PublishedBytesPerMessage float64       `json:"published_bytes_per_message"`
	Steady                   *SyslogSteady `json:"steady,omitempty"`
}

// SyslogSteady is what was measured of a load that is far below what either side takes.
type SyslogSteady struct {
	MessagesPerSecond int `json:"messages_per_s"`
	SyslogSides
}

// SyslogSides are the figures of an appliance beside those of another program.
type SyslogSides struct {
	SyslogRate
	Peer  SyslogPeer `json:"peer"`
	Ratio float64    `json:"ratio,omitempty"` // of the medians; absent where the peer is missing
	// Telegraf is the second peer, and TelegrafRatio the ratio to it.
	Telegraf      SyslogPeer `json:"telegraf"`
	TelegrafRatio float64    `json:"telegraf_ratio,omitempty"`
}

// compare fills in the ratio.
func (s *SyslogSides) compare() {
	if s.Peer.SyslogRate != nil {
		s.Ratio = s.MessagesPerCPUSecond / s.Peer.MessagesPerCPUSecond
	}
	if s.Telegraf.SyslogRate != nil {
		s.TelegrafRatio = s.MessagesPerCPUSecond / s.Telegraf.MessagesPerCPUSecond
	}
}

// SyslogPeer is what was measured of another program that was sent the same.
type SyslogPeer struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Missing string `json:"missing,omitempty"` // why it was not measured
	*SyslogRate
}

// SyslogRate is messages for a second of processor time, by round.
type SyslogRate struct {
	MessagesPerCPUSecond float64 `json:"messages_per_cpu_s"` // median
	Min                  float64 `json:"min"`
	Max                  float64 `json:"max"`
	Lost                 int     `json:"lost"` // of all that was sent; they count for nothing

	rounds []float64
}

// add takes a round into the rate.
func (r *SyslogRate) add(sent, received int, used time.Duration) {
	r.Lost += sent - received
	r.rounds = append(r.rounds, float64(received)/used.Seconds())
	r.MessagesPerCPUSecond, r.Min, r.Max = median(r.rounds), slices.Min(r.rounds), slices.Max(r.rounds)
}

// syslogSide is a program that receives by one transport.
type syslogSide struct {
	name, transport, address string
	process                  int
	rate, steady             *SyslogRate
	received                 func() (int, error) // messages that arrived where they go, since it was started
	flush                    func() error        // has what was received arrive; nil where that is not needed
}

// MeasureSyslog measures an appliance that receives syslog and publishes it, and rsyslogd
// and Telegraf where they are found, which write it to a file. All are sent the same by the same
// process, no faster than they take it. The processor time is what the kernel says each
// process has used, user and system. An error is a configuration out of range, a process
// that cannot be run, or a side that nothing arrived at.
func MeasureSyslog(ctx context.Context, config SyslogConfig) (figures SyslogFigures, err error) {
	if err := config.Validate(); err != nil {
		return SyslogFigures{}, err
	}
	if config.Progress == nil {
		config.Progress = func(string) {}
	}
	// What is started ends with the thread that started it, however that ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	folder, err := os.MkdirTemp("", "mimamori-bench")
	if err != nil {
		return SyslogFigures{}, fmt.Errorf("make a folder for the measurement: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b := &syslogBench{SyslogConfig: config, folder: folder}
	defer func() { err = errors.Join(err, b.stop()) }()
	if err := b.start(ctx); err != nil {
		return SyslogFigures{}, err
	}
	return b.measure(ctx)
}

// syslogBench is a measurement under way.
type syslogBench struct {
	SyslogConfig
	folder   string
	stops    []func() error // of what was started, in that order
	receiver *child.Process
	sender   *child.Process
	sides    []*syslogSide
	figures  SyslogFigures

	publishedBytes int
	bytesSent      int
	sent           int
}

// transports are the figures by transport.
func (b *syslogBench) transports() map[string]*SyslogByTransport {
	found := map[string]*SyslogByTransport{}
	if b.figures.UDP != nil {
		found[SyslogUDP] = b.figures.UDP
	}
	if b.figures.TCP != nil {
		found[SyslogTCP] = b.figures.TCP
	}
	return found
}

// stop ends what was started, the last first.
func (b *syslogBench) stop() error {
	var problems []error
	for _, stop := range slices.Backward(b.stops) {
		problems = append(problems, stop())
	}
	return errors.Join(problems...)
}

// child starts one of the processes.
func (b *syslogBench) child(name string, arguments []string) (*child.Process, error) {
	started, err := child.Start(b.Binary, name, arguments...)
	if err == nil {
		b.stops = append(b.stops, started.Stop)
	}
	return started, err
}

func (b *syslogBench) start(ctx context.Context) error {
	b.Progress("starting a broker, a receiver and a sender")
	broker, err := b.child("broker", b.Broker)
	if err != nil {
		return err
	}
	var reached brokerAnswer
	if err := broker.Ask(brokerOrder{Directory: b.folder}, &reached); err != nil {
		return err
	}
	if b.receiver, err = b.child("receiver", b.Receiver); err != nil {
		return err
	}
	if b.sender, err = b.child("sender", b.Sender); err != nil {
		return err
	}
	listening := receiverOrder{Brokers: reached.Brokers, Profile: b.Profile, Spool: filepath.Join(b.folder, "spool")}
	for _, transport := range b.Transports {
		address, err := freeSyslogAddress(transport)
		if err != nil {
			return err
		}
		by := &SyslogByTransport{Steady: &SyslogSteady{MessagesPerSecond: b.Rate}}
		if transport == SyslogUDP {
			listening.UDP, b.figures.UDP = address, by
		} else {
			listening.TCP, b.figures.TCP = address, by
		}
		b.sides = append(b.sides, &syslogSide{
			name: "mimamori", transport: transport, address: address, process: b.receiver.PID(),
			rate: &by.SyslogRate, steady: &by.Steady.SyslogRate, received: b.published,
		})
	}
	if err := b.receiver.Ask(listening, &receiverAnswer{}); err != nil {
		return err
	}
	return errors.Join(b.startPeer(ctx), b.startTelegraf(ctx))
}

// published asks the receiver how many messages the broker has acknowledged.
func (b *syslogBench) published() (int, error) {
	var answer receiverAnswer
	err := b.receiver.Ask(receiverOrder{}, &answer)
	b.publishedBytes = answer.Bytes
	return answer.Published, err
}

// startPeer starts an rsyslogd for each transport. One that is missing is no error.
func (b *syslogBench) startPeer(ctx context.Context) error {
	missing := func(why error) {
		for _, by := range b.transports() {
			by.Peer = SyslogPeer{Name: rsyslogName, Missing: why.Error()}
			by.Steady.Peer = by.Peer
		}
	}
	binary, version, err := findRsyslog(ctx, b.Peer)
	if err != nil {
		missing(err)
		return nil
	}
	for transport, by := range b.transports() {
		peer, err := startRsyslog(binary, b.folder, transport)
		if err != nil {
			return err
		}
		b.stops = append(b.stops, peer.stop)
		by.Peer = SyslogPeer{Name: rsyslogName, Version: version, SyslogRate: &SyslogRate{}}
		by.Steady.Peer = SyslogPeer{Name: rsyslogName, Version: version, SyslogRate: &SyslogRate{}}
		b.sides = append(b.sides, &syslogSide{
			name: rsyslogName, transport: transport, address: peer.address, process: peer.command.Process.Pid,
			rate: by.Peer.SyslogRate, steady: by.Steady.Peer.SyslogRate, received: peer.output.count, flush: peer.flush,
		})
	}
	return nil
}

// warmUp is what each side is sent before it is measured.
const warmUp = 20_000

// steadyTime is how long a turn of the steady load takes.
const steadyTime = 2 * time.Second

// measure lets the sides take turns.
func (b *syslogBench) measure(ctx context.Context) (SyslogFigures, error) {
	for _, side := range b.sides {
		b.Progress("getting ready: " + side.name + " by " + side.transport)
		if _, err := b.turn(ctx, side, warmUp, 0); err != nil {
			return SyslogFigures{}, err
		}
	}
	b.sent, b.bytesSent = 0, 0
	published := map[string]int{}
	for round := range b.Rounds {
		for _, side := range inTurn(round, b.sides) {
			b.Progress(fmt.Sprintf("round %d of %d: %s by %s", round+1, b.Rounds, side.name, side.transport))
			before := b.publishedBytes
			turn, err := b.turn(ctx, side, b.Messages, 0)
			if err != nil {
				return SyslogFigures{}, err
			}
			side.rate.add(b.Messages, turn.received, turn.used)
			published[side.transport] += b.publishedBytes - before
			if b.Rate == 0 {
				continue
			}
			messages := int(steadyTime.Seconds() * float64(b.Rate))
			if turn, err = b.turn(ctx, side, messages, b.Rate); err != nil {
				return SyslogFigures{}, err
			}
			side.steady.add(messages, turn.received, turn.used)
		}
	}
	return b.conclude(published), nil
}

// conclude fills in what follows from the rates.
func (b *syslogBench) conclude(published map[string]int) SyslogFigures {
	f := &b.figures
	f.Messages, f.Rounds, f.BytesPerMessage = b.Messages, b.Rounds, float64(b.bytesSent)/float64(b.sent)
	for transport, by := range b.transports() {
		by.PublishedBytesPerMessage = float64(published[transport]) / float64(b.Rounds*b.Messages-by.Lost)
		by.compare()
		if b.Rate == 0 {
			by.Steady = nil
		} else {
			by.Steady.compare()
		}
		if f.MessagesPerCPUSecond == 0 || by.MessagesPerCPUSecond < f.MessagesPerCPUSecond {
			f.SyslogSides = by.SyslogSides
		}
	}
	return *f
}

// turnResult is what came of a turn.
type turnResult struct {
	received int
	used     time.Duration
}

// A side is asked every arrivalPoll whether all has arrived, and what has not arrived by
// arrivalPatience after the last that did is lost.
const (
	arrivalPoll     = 100 * time.Millisecond
	arrivalPatience = 4 * time.Second
)

// turn sends messages to a side, at a rate or as fast as it takes them, and waits until
// they have arrived.
func (b *syslogBench) turn(ctx context.Context, side *syslogSide, messages, rate int) (turnResult, error) {
	if err := ctx.Err(); err != nil {
		return turnResult{}, err
	}
	before, err := side.received()
	if err != nil {
		return turnResult{}, err
	}
	began, err := child.ProcessorTime(side.process)
	if err != nil {
		return turnResult{}, err
	}
	var sent senderAnswer
	if err := b.sender.Ask(senderOrder{Transport: side.transport, Address: side.address, Lines: b.Lines, Messages: messages, Rate: rate}, &sent); err != nil {
		return turnResult{}, err
	}
	arrived, err := awaitArrival(ctx, side, before, messages)
	if err != nil {
		return turnResult{}, err
	}
	ended, err := child.ProcessorTime(side.process)
	if err != nil {
		return turnResult{}, err
	}
	b.sent += messages
	b.bytesSent += sent.Bytes
	if arrived == 0 {
		return turnResult{}, fmt.Errorf("nothing arrived of %d messages to %s by %s: see what it logs", messages, side.name, side.transport)
	}
	return turnResult{arrived, ended - began}, nil
}

// awaitArrival returns how many of the messages arrived.
func awaitArrival(ctx context.Context, side *syslogSide, before, messages int) (int, error) {
	poll := time.NewTicker(arrivalPoll)
	defer poll.Stop()
	last, since := before, time.Now()
	for {
		now, err := side.received()
		if err != nil {
			return 0, err
		}
		if now-before >= messages || now == last && time.Since(since) > arrivalPatience {
			return now - before, nil
		}
		if now != last {
			last, since = now, time.Now()
		} else if side.flush != nil {
			if err := side.flush(); err != nil {
				return 0, err
			}
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-poll.C:
		}
	}
}
