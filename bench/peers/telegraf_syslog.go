package peers

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// telegrafSyslog receives lines of RFC 5424 over UDP, with as large a buffer of the kernel's as the others ask for.
func telegrafSyslog(address string) string {
	return fmt.Sprintf("[[inputs.syslog]]\n  server = %q\n  syslog_standard = \"RFC5424\"\n  read_buffer_size = \"%dMiB\"\n", "udp://"+address, syslogBuffer>>20)
}

// Why Telegraf does not take part.
var (
	errTelegrafMixed  = errors.New("one listener of it reads one standard, and the lines are of several: give --lines rfc5424")
	errTelegrafFrames = errors.New("one listener of it reads one framing, and half of the connections have another")
)

// startTelegraf has Telegraf take part where it can. One that is missing is no error.
func (b *syslogBench) startTelegraf(ctx context.Context) error {
	for transport, by := range b.transports() {
		missing := func(why error) {
			by.Telegraf = SyslogPeer{Name: telegrafName, Missing: why.Error()}
			by.Steady.Telegraf = by.Telegraf
		}
		switch {
		case b.Lines != SyslogRFC5424:
			missing(errTelegrafMixed)
			continue
		case transport != SyslogUDP:
			missing(errTelegrafFrames)
			continue
		}
		address, err := freeSyslogAddress(transport)
		if err != nil {
			return err
		}
		peer, err := startTelegraf(ctx, b.Telegraf, telegrafOrder{plugin: "syslog", inputs: telegrafSyslog(address), interval: time.Second, toFile: true})
		if err != nil {
			missing(err)
			continue
		}
		b.stops = append(b.stops, peer.stop)
		if err := peer.proceed(); err != nil { // lines that come to one that stands still would be lost
			return err
		}
		by.Telegraf = SyslogPeer{Name: telegrafName, Version: peer.version, SyslogRate: &SyslogRate{}}
		by.Steady.Telegraf = SyslogPeer{Name: telegrafName, Version: peer.version, SyslogRate: &SyslogRate{}}
		b.sides = append(b.sides, &syslogSide{
			name: telegrafName, transport: transport, address: address, process: peer.command.Process.Pid,
			rate: by.Telegraf.SyslogRate, steady: by.Steady.Telegraf.SyslogRate, received: peer.output.count,
		})
	}
	return nil
}
