package syslog

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// readPause is how long a connection of which little came is left to gather more. A
// read of many messages costs hardly more than a read of one.
const readPause = 5 * time.Millisecond

// quietBytes is how much may come during a pause until the kernel speaks of it: it would
// wake the runtime up for each message else.
const quietBytes = 32 << 10

// gathering is a connection that is not read after each message of a busy sender. One
// goroutine reads it.
type gathering struct {
	net.Conn
	raw   syscall.RawConn
	pause bool
	quiet bool // the kernel speaks of quietBytes and more alone

	attempt func(descriptor uintptr) (done bool) // reads into what Read was given
	into    []byte
	octets  int
	err     error
}

// newGathering returns the connection itself where it is none of the kernel's.
func newGathering(connection net.Conn) net.Conn {
	socket, ok := connection.(syscall.Conn)
	if !ok {
		return connection
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return connection // it is closed, which reading says
	}
	g := &gathering{Conn: connection, raw: raw}
	g.attempt = g.try
	return g
}

// Read reads what came, after a pause where the last read did not fill the memory. A
// deadline that has passed keeps nothing from being read that is there.
func (g *gathering) Read(into []byte) (int, error) {
	if g.pause {
		_ = g.raw.Control(func(descriptor uintptr) { g.hush(descriptor, true) })
		time.Sleep(readPause)
	}
	g.into = into
	err := g.raw.Read(g.attempt)
	if errors.Is(err, os.ErrDeadlineExceeded) && g.tryAnyway() {
		err = nil
	}
	g.into = nil
	switch {
	case err != nil:
		g.octets = 0
	case g.err != nil:
		err = os.NewSyscallError("read", g.err)
	case g.octets == 0 && len(into) > 0:
		err = io.EOF
	}
	g.pause = g.octets > 0 && g.octets < len(into)
	return g.octets, err
}

// tryAnyway reads what there is whatever the deadline, and says whether there was anything:
// a busy machine may run so late that it has passed before the first attempt.
func (g *gathering) tryAnyway() bool {
	err := g.raw.Control(func(descriptor uintptr) { g.try(descriptor) })
	return err == nil && !errors.Is(g.err, unix.EAGAIN)
}

// try reads what there is. Where there is nothing, the kernel is to speak of the first
// octet that comes.
func (g *gathering) try(descriptor uintptr) (done bool) {
	for {
		g.octets, g.err = unix.Read(int(descriptor), g.into)
		if !errors.Is(g.err, unix.EINTR) {
			break
		}
	}
	g.octets = max(0, g.octets)
	if errors.Is(g.err, unix.EAGAIN) {
		g.hush(descriptor, false)
		return false
	}
	return true
}

// hush sets how much must come until the kernel speaks of it. If that much has come
// before, it speaks at once: nothing is missed in between.
func (g *gathering) hush(descriptor uintptr, quiet bool) {
	if g.quiet == quiet {
		return
	}
	least := 1
	if quiet {
		least = quietBytes
	}
	if unix.SetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_RCVLOWAT, least) == nil {
		g.quiet = quiet
	}
}
