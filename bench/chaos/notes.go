package chaos

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// notes are what happened: each event is a line with the time since the beginning.
type notes struct {
	mutex  sync.Mutex
	to     io.Writer
	began  time.Time
	counts map[Deed]int
	deaths []string
	faults []string // ends that were not clean
	over   bool
}

func newNotes(to io.Writer) *notes {
	return &notes{to: to, began: time.Now(), counts: map[Deed]int{}}
}

// begin sets the time that lines count from.
func (n *notes) begin(at time.Time) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.began = at
}

func (n *notes) say(format string, arguments ...any) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.line(format, arguments...)
}

func (n *notes) line(format string, arguments ...any) {
	fmt.Fprintf(n.to, "%+9.3fs  %s\n", time.Since(n.began).Seconds(), fmt.Sprintf(format, arguments...))
}

// did notes an event that has reached its target.
func (n *notes) did(event Event) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.counts[event.Deed]++
	if event.For == 0 {
		n.line("%-8s %s", event.Deed, event.Target)
		return
	}
	n.line("%-8s %s for %s", event.Deed, event.Target, event.For)
}

// died notes that a part ended though nobody had asked it to.
func (n *notes) died(name string, code int) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	text := fmt.Sprintf("%s ended by itself with code %d", name, code)
	n.deaths = append(n.deaths, text)
	n.line("%s", text)
}

// fault notes an end that was asked for and was not clean.
func (n *notes) fault(err error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.faults = append(n.faults, err.Error())
	n.line("%v", err)
}

// finish says that the run is over: what ends from now on is not started again.
func (n *notes) finish() {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.over = true
}

func (n *notes) ended() bool {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return n.over
}
