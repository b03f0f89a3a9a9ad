package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"mimamori/ingest/bus/apache"
)

// kafka is Apache Kafka as a part: a broker that is its own controller.
type kafka struct {
	cluster *apache.Cluster
	notes   *notes
	held    memory

	mutex sync.Mutex
	life  *life // the present one, or the last
}

// life is one process of the broker.
type life struct {
	began  time.Time
	wanted bool             // that it runs: it was neither killed nor asked to end
	ended  chan struct{}    // closed when it has
	state  *os.ProcessState // how, once ended is closed
}

func (p *plant) addKafka() error {
	cluster, err := apache.Start(context.Background(), apache.Options{Directory: filepath.Join(p.directory, "kafka")})
	if err != nil {
		return err
	}
	k := &kafka{cluster: cluster, notes: p.notes}
	k.follow()
	p.broker = k
	p.brokerAt = address{"tcp", cluster.Addresses()[0]}
	return nil
}

func (k *kafka) id() string { return "broker" }

func (k *kafka) up() error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.life.runs() {
		return nil
	}
	// The cluster forgets a process that ended by itself only when it is told to.
	if err := k.cluster.Kill(0); err != nil {
		return err
	}
	if err := k.cluster.Launch(0); err != nil {
		return err
	}
	k.follow()
	return nil
}

// follow takes note of the process that was just started and of its end. One that nobody
// asked for is a death, after which the broker is started again.
func (k *kafka) follow() {
	l := &life{began: time.Now(), wanted: true, ended: make(chan struct{})}
	k.life = l
	k.cluster.OnEnd(0, func(state *os.ProcessState) {
		k.mutex.Lock()
		l.state = state
		unasked := l.wanted
		close(l.ended)
		k.mutex.Unlock()
		if unasked {
			k.died(state.ExitCode())
		}
	})
}

func (k *kafka) died(code int) {
	k.notes.died(k.id(), code)
	time.AfterFunc(time.Second, func() {
		if k.notes.ended() {
			return
		}
		if err := k.up(); err != nil {
			k.notes.say("%v", err)
		}
	})
}

func (l *life) runs() bool {
	select {
	case <-l.ended:
		return false
	default:
		return true
	}
}

// unwanted says that the present process is to end, and whether it ran until now.
func (k *kafka) unwanted() (l *life, ran bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if ran = k.life.runs(); ran {
		k.life.wanted = false
	}
	return k.life, ran
}

func (k *kafka) kill(delivered func()) {
	l, ran := k.unwanted()
	if !ran {
		return
	}
	if err := k.cluster.Kill(0); err != nil {
		k.notes.say("%v", err)
		return
	}
	<-l.ended
	delivered()
}

func (k *kafka) freeze(delivered func()) {
	k.mutex.Lock()
	runs := k.life.runs()
	k.mutex.Unlock()
	if !runs {
		return
	}
	if err := k.cluster.Freeze(0); err != nil {
		k.notes.say("%v", err)
		return
	}
	delivered()
}

// thaw lets it go on; where it does not run, nobody froze it.
func (k *kafka) thaw() { _ = k.cluster.Thaw(0) }

func (k *kafka) terminate(delivered func()) error {
	l, ran := k.unwanted()
	if !ran {
		return l.fault()
	}
	delivered() // before the signal, because Stop returns when all is over
	if err := k.cluster.Stop(0); err != nil {
		return fmt.Errorf("%s, asked to end: %w", k.id(), err)
	}
	<-l.ended
	// A broker that is asked to end while it starts says so with a code of failure. That
	// is not ours to judge: what it had acknowledged is counted.
	if err := l.fault(); err != nil {
		k.notes.say("%v", err)
	}
	return nil
}

// fault says what was wrong with an end.
func (l *life) fault() error {
	code := l.state.ExitCode()
	if l.wanted {
		return fmt.Errorf("broker was to be asked to end and had done so by itself with code %d", code)
	}
	status, _ := l.state.Sys().(syscall.WaitStatus)
	switch {
	case status.Signaled() && status.Signal() == syscall.SIGKILL: // it was killed before
		return nil
	case status.Signaled() && status.Signal() == syscall.SIGTERM && time.Since(l.began) < loadTime: // it did not listen yet
		return nil
	case code != apache.OrderlyExit:
		return fmt.Errorf("broker, asked to end, did so with code %d", code)
	}
	return nil
}

func (k *kafka) measure()     { k.held.measure(k.cluster.PID(0)) }
func (k *kafka) peak() uint64 { return k.held.peak() }
