package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"mimamori/ingest/icmp"
	probe "mimamori/ingest/voice"
)

// voiceProbe measures one path.
type voiceProbe struct {
	Target       string        `help:"Reflector, HOST or HOST:PORT; the port is 862 where none is named." required:"" placeholder:"HOST[:862]"`
	Codec        string        `help:"Codec whose packets are sent: g711, g729, g722 and so on; an unknown one gives the list." default:"g711"`
	For          time.Duration `help:"How long packets are sent, up to 1h." default:"30s"`
	Interval     time.Duration `help:"Time between two packets, and the speech in one." default:"20ms"`
	Timeout      time.Duration `help:"A packet answered later is late, which to a listener is as good as lost." default:"1s"`
	DSCP         icmp.DSCP     `name:"dscp" help:"DiffServ code point of the packets, 0 to 63 or a name such as EF, CS3 or AF41." default:"EF"`
	Source       string        `help:"Address of this machine that the packets come from." placeholder:"ADDRESS"`
	SourcePort   uint16        `help:"UDP port of this machine that the packets come from, for reflectors and firewalls that want to know it. Default a free one." placeholder:"PORT"`
	KeyFile      string        `help:"File with the key of STAMP's authenticated mode: 32 to 128 hexadecimal digits, or base64: and the key." type:"path" placeholder:"FILE"`
	JitterBuffer time.Duration `help:"Depth of the listener's jitter buffer, 0 to 500ms." default:"40ms"`
	NoEcho       bool          `help:"Take the path for free of echo when rating it."`
	TrustClocks  bool          `help:"Take both clocks for synchronised, whatever they say of themselves: for PTP or GPS that the kernel does not know of."`
	JSON         bool          `name:"json" help:"Print one JSON object."`
}

// once returns what the flags ask for. What it refuses is the caller's mistake.
func (p *voiceProbe) once() (probe.Once, error) {
	codec, known := speechCodec(p.Codec)
	if !known {
		return probe.Once{}, usageError{fmt.Errorf("the codec %q is not known: use one of%s", p.Codec, speechCodecList())}
	}
	once := probe.Once{Target: p.Target, Codec: codec, For: p.For, Interval: p.Interval, Timeout: p.Timeout, DSCP: uint8(p.DSCP), Port: p.SourcePort}
	if p.Source != "" {
		var err error
		if once.Source, err = netip.ParseAddr(p.Source); err != nil {
			return once, usageError{fmt.Errorf("--source is %q, which is no IP address", p.Source)}
		}
	}
	if p.JitterBuffer < 0 || p.JitterBuffer > 500*time.Millisecond {
		return once, usageError{fmt.Errorf("--jitter-buffer is %s: use 0 to 500ms", p.JitterBuffer)}
	}
	if err := once.Validate(); err != nil {
		return once, usageError{err}
	}
	if p.KeyFile == "" {
		return once, nil
	}
	keys, err := readKeys(p.KeyFile)
	if err != nil {
		return once, err
	}
	if len(keys) != 1 {
		return once, usageError{fmt.Errorf("%s holds %d keys: a probe needs one", p.KeyFile, len(keys))}
	}
	once.Key, err = probe.ParseKey(keys[0])
	return once, err // readKeys has seen that it is one
}

// Run measures the path and prints what was found. It is an error when nothing answers.
func (p *voiceProbe) Run(ctx context.Context, output stdout) error {
	once, err := p.once()
	if err != nil {
		return err
	}
	session, err := probe.Measure(ctx, once, p.progress())
	if err != nil {
		return err
	}
	measured := p.measure(once, session)
	if p.JSON {
		err = json.NewEncoder(output).Encode(measured)
	} else {
		err = measured.table(output)
	}
	if err != nil {
		return err
	}
	if measured.Received == 0 {
		return p.silence(session)
	}
	return nil
}

// silence says what there is to say where nothing answered in time.
func (p *voiceProbe) silence(session *probe.Session) error {
	switch {
	case session.Sent() == 0 && session.UnsentWhy != nil:
		return fmt.Errorf("no packet could be sent to %s: %w", session.Address, session.UnsentWhy)
	case session.Sent() == 0:
		return errors.New("no packet was sent: it was interrupted too soon")
	case len(session.Complaints) > 0:
		return fmt.Errorf("%s did not answer: %s", session.Address, strings.Join(complaintNotes(session), "; "))
	case session.Forged > 0:
		return fmt.Errorf("%s answered %d times, but not with the key of %s", session.Address, session.Forged, p.KeyFile)
	case session.Count(probe.Overdue) > 0:
		return fmt.Errorf("%s answered, but never within %s: lengthen --timeout", session.Address, p.Timeout)
	}
	return fmt.Errorf("%s did not answer any of %d packets: check that a reflector listens there, that firewalls let UDP port %d through both ways, and that it needs no other key", session.Address, session.Sent(), session.Address.Port())
}

// progress returns what writes a line a second to a terminal, nil where there is none
// to watch.
func (p *voiceProbe) progress() func(probe.Progress) {
	if p.JSON || !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return func(now probe.Progress) {
		fmt.Fprintf(os.Stderr, "%3.0f s of %.0f: %d sent, %d answered, round trip %.1f ms\n",
			now.Elapsed.Seconds(), p.For.Seconds(), now.Sent, now.Answered, float64(now.RTT)/1e6)
	}
}
