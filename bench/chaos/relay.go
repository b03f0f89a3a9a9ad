package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// way is what a relay does with what passes.
type way uint8

const (
	open    way = iota
	refused     // connections are broken and new ones closed at once
	hole        // nothing passes and nothing is said
	slow        // some KB a second pass
)

const (
	slowChunk = 1 << 10
	slowPause = 20 * time.Millisecond // after each chunk: 50 KB/s a connection
)

// address is where somebody listens: network is tcp or unix.
type address struct{ network, at string }

// relay passes the connections of one party to another, so that a cut hits these two.
type relay struct {
	name     string
	to       address
	listener net.Listener
	done     sync.WaitGroup

	mutex   sync.Mutex
	way     way
	changed chan struct{} // closed when the way changes
	ended   bool
	pairs   map[*pair]struct{}
	passed  int64 // bytes
}

// pair is a connection and its continuation.
type pair struct{ near, far net.Conn }

func (p *pair) close() {
	p.near.Close()
	if p.far != nil {
		p.far.Close()
	}
}

// newRelay listens at an address and passes what comes to another one.
func newRelay(name string, at, to address) (*relay, error) {
	if at.network == "unix" {
		if err := os.Remove(at.at); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("set up the relay %s: %w", name, err)
		}
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), at.network, at.at)
	if err != nil {
		return nil, fmt.Errorf("set up the relay %s: %w", name, err)
	}
	r := &relay{name: name, to: to, listener: listener, changed: make(chan struct{}), pairs: map[*pair]struct{}{}}
	r.done.Go(r.accept)
	return r, nil
}

// close ends all connections and the relay.
func (r *relay) close() {
	r.listener.Close()
	r.mutex.Lock()
	r.ended = true
	r.mutex.Unlock()
	r.set(refused)
	r.done.Wait()
}

// set changes what the relay does. Refusing breaks the connections that there are, in
// the middle of whatever they carry.
func (r *relay) set(to way) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.way = to
	close(r.changed)
	r.changed = make(chan struct{})
	if to == refused {
		r.breakAll()
	}
}

// sever breaks the connections that there are; new ones pass.
func (r *relay) sever() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.breakAll()
}

func (r *relay) breakAll() {
	for p := range r.pairs {
		p.close()
	}
}

func (r *relay) accept() {
	for {
		near, err := r.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(slowPause) // out of descriptors: the party tries again
			continue
		}
		p := &pair{near: near}
		if !r.admit(p) {
			near.Close()
			continue
		}
		r.done.Go(func() { r.pass(p) })
	}
}

func (r *relay) admit(p *pair) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.ended || r.way == refused {
		return false
	}
	r.pairs[p] = struct{}{}
	return true
}

func (r *relay) pass(p *pair) {
	defer func() {
		r.mutex.Lock()
		delete(r.pairs, p)
		r.mutex.Unlock()
		p.close()
	}()
	if !r.let() {
		return
	}
	far, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), r.to.network, r.to.at)
	if err != nil {
		return
	}
	r.mutex.Lock()
	p.far = far
	r.mutex.Unlock()
	var both sync.WaitGroup
	one := func(to, from net.Conn) {
		r.copy(to, from)
		to.Close()
		from.Close()
	}
	both.Go(func() { one(p.far, p.near) })
	both.Go(func() { one(p.near, p.far) })
	both.Wait()
}

// copy passes one direction on until either end is closed.
func (r *relay) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		for sent := 0; sent < n; {
			if !r.let() {
				return
			}
			chunk := buffer[sent:n]
			if r.is(slow) {
				chunk = chunk[:min(len(chunk), slowChunk)]
				time.Sleep(slowPause)
			}
			wrote, err := to.Write(chunk)
			if err != nil {
				return
			}
			sent += wrote
		}
		r.mutex.Lock()
		r.passed += int64(n)
		r.mutex.Unlock()
		if err != nil {
			return
		}
	}
}

func (r *relay) is(way way) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.way == way
}

// let waits while nothing may pass; false where the connection is to end.
func (r *relay) let() bool {
	for {
		r.mutex.Lock()
		way, changed := r.way, r.changed
		r.mutex.Unlock()
		if way == refused {
			return false
		}
		if way != hole {
			return true
		}
		<-changed
	}
}
