package syslog

import (
	"net"
	"time"
)

// readPause is how long a connection of which little came is left to gather more. A
// read of many messages costs hardly more than a read of one.
const readPause = 2 * time.Millisecond

// gathering is a connection that is not read after each message of a busy sender.
type gathering struct {
	net.Conn
	pause bool
}

// Read reads what came, after a pause where the last read did not fill the memory.
func (g *gathering) Read(into []byte) (int, error) {
	if g.pause {
		time.Sleep(readPause)
	}
	octets, err := g.Conn.Read(into)
	g.pause = octets > 0 && octets < len(into)
	return octets, err
}
