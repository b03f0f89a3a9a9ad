package peers

import (
	"context"
	"io"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"mimamori/bench/child"
)

// senderOrder is what the sending process is told: messages, to whom.
type senderOrder struct {
	Transport, Address string
	Lines              string // SyslogMixed or SyslogRFC5424
	Messages           int
	Rate               int // messages a second, one by one; 0 for as many as are taken
}

// device is the one whose lines are sent in place of a device's: a server's where others are not wanted.
func (o senderOrder) device(device int) int {
	if o.Lines == SyslogRFC5424 {
		const servers = 2 // the last of each ten
		return device - role(device) + len(syslogRoles) - servers + device%servers
	}
	return device
}

// senderAnswer says how many bytes the messages had, without framing.
type senderAnswer struct{ Bytes int }

// RunSyslogSender is the process that sends, and does nothing else: it obeys the lines of
// its input until that ends.
func RunSyslogSender(ctx context.Context, input io.Reader, output io.Writer) error {
	runtime.LockOSThread() // so that it is this thread that waits for its turn
	return child.Obey(input, output, func(order senderOrder) (any, error) {
		send := sendDatagrams
		if order.Transport == SyslogTCP {
			send = sendStreams
		}
		bytes, err := send(ctx, order)
		return senderAnswer{bytes}, err
	})
}

// The lines that are sent over and over: no block has one of them twice.
const syslogPool = 32 << 10

// pace spreads messages evenly over time.
type pace struct {
	rate  int
	began time.Time
}

func newPace(rate int) pace { return pace{rate, time.Now()} }

// due waits until there are messages to be sent after so many, and returns how many. It
// is busy meanwhile, but lets others go first: no timer is as fine.
func (p pace) due(sent int) int {
	if p.rate == 0 {
		return syslogPool
	}
	for {
		if due := int(time.Since(p.began).Seconds()*float64(p.rate)) - sent; due > 0 {
			return due
		}
		_, _, _ = unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // never fails
	}
}
