package clickhouse

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"
)

// relay stands between a client and a server and spoils INSERTs on their way.
type relay struct {
	address string
	server  string

	mutex     sync.Mutex
	cutAfter  int  // bytes of an INSERT that pass before the connection is cut; 0 all
	swallow   bool // an INSERT's answer is cut off
	perSecond int  // bytes of an INSERT that pass in a second; 0 all
	spoiled   int  // INSERTs that were
}

func newRelay(t *testing.T, server string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: listener.Addr().String(), server: server}
	var connections sync.WaitGroup
	done := make(chan struct{})
	t.Cleanup(func() {
		close(done)
		_ = listener.Close()
		connections.Wait()
	})
	connections.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { r.pass(client, done) })
		}
	})
	return r
}

// set changes what is spoiled from now on, and returns how many INSERTs were so far.
func (r *relay) set(cutAfter int, swallow bool, perSecond int) (spoiled int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.cutAfter, r.swallow, r.perSecond = cutAfter, swallow, perSecond
	return r.spoiled
}

func (r *relay) plan() (cutAfter int, swallow bool, perSecond int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.cutAfter, r.swallow, r.perSecond
}

func (r *relay) count() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.spoiled++
}

// pass carries one connection until one side ends it, the relay cuts it, or done.
func (r *relay) pass(client net.Conn, done <-chan struct{}) {
	server, err := net.Dial("tcp", r.server)
	if err != nil {
		_ = client.Close()
		return
	}
	ended := make(chan struct{})
	var once sync.Once
	cut := func() {
		once.Do(func() {
			_ = client.Close()
			_ = server.Close()
			close(ended)
		})
	}
	defer cut()
	go func() {
		select {
		case <-done:
			cut()
		case <-ended:
		}
	}()
	var mutex sync.Mutex
	inserting := false
	go func() { // the answers
		defer cut()
		buffer := make([]byte, 32<<10)
		for {
			n, err := server.Read(buffer)
			mutex.Lock()
			answer := inserting
			inserting = false
			mutex.Unlock()
			if _, swallow, _ := r.plan(); swallow && answer && n > 0 {
				r.count()
				return
			}
			if _, failed := client.Write(buffer[:n]); err != nil || failed != nil {
				return
			}
		}
	}()
	sent := 0 // of the INSERT under way
	buffer := make([]byte, 2<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		mutex.Lock()
		if bytes.Contains(buffer[:n], []byte("INSERT")) {
			inserting, sent = true, 0
		}
		spoil := inserting
		mutex.Unlock()
		if cutAfter, _, perSecond := r.plan(); spoil {
			if cutAfter > 0 && sent+n > cutAfter {
				_, _ = server.Write(buffer[:max(0, cutAfter-sent)])
				r.count()
				return
			}
			if perSecond > 0 {
				select {
				case <-ended:
					return
				case <-time.After(time.Second * time.Duration(n) / time.Duration(perSecond)):
				}
			}
		}
		sent += n
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}
