package processors

import (
	"context"
	"slices"
	"sync"
	"time"
)

// company has the partitions of a process write their batches at the same time: what the
// store is given at the same time it writes with one INSERT for each table, and an INSERT
// has a price of its own, however small it is.
//
// It is a courtesy and no lock. A batch waits for others where they came the last time too,
// and never long; one that takes its time is not waited for.
type company struct {
	mutex    sync.Mutex
	waiting  []chan *outing // of batches, in the order they came
	writing  *outing        // nil where nobody writes, or nobody who is waited for
	expected int            // how many are waited for
	took     time.Duration  // to write the last batch
	late     *time.Timer    // when those who wait go as they are
}

// outing is some batches that are written at the same time.
type outing struct {
	began   time.Time
	batches int // that are not written yet
}

const (
	// A batch waits for others for this part of the time that writing one took, and no longer
	// than longestWait.
	waitingShare = 4
	longestWait  = 2 * time.Second
	// It waits for those that are being written for twice the time, and no longer than
	// longestPatience.
	patienceFactor  = 2
	leastPatience   = time.Second
	longestPatience = 5 * time.Second
)

// join waits until a batch is to be written and returns what to call once it is. The error
// is the context's.
func (c *company) join(ctx context.Context) (leave func(), err error) {
	turn := make(chan *outing, 1)
	c.wait(turn)
	select {
	case with := <-turn:
		return func() { c.leave(with) }, nil
	case <-ctx.Done():
	}
	if c.withdraw(turn) {
		return nil, context.Cause(ctx)
	}
	with := <-turn
	return func() { c.leave(with) }, nil
}

func (c *company) wait(turn chan *outing) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.waiting = append(c.waiting, turn)
	switch first := len(c.waiting) == 1; {
	case c.writing == nil:
		c.consider(first)
	case first:
		c.goIn(min(max(patienceFactor*c.took, leastPatience), longestPatience))
	}
}

func (c *company) leave(with *outing) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	with.batches--
	c.took = time.Since(with.began)
	if with.batches > 0 || c.writing != with {
		return
	}
	c.writing = nil
	if len(c.waiting) > 0 {
		c.consider(true)
	}
}

// withdraw takes back a batch and says whether it was before its turn.
func (c *company) withdraw(turn chan *outing) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	at := slices.Index(c.waiting, turn)
	if at < 0 {
		return false
	}
	c.waiting = slices.Delete(c.waiting, at, at+1)
	return true
}

// consider has those who wait go where they are as many as are expected, and otherwise, where
// told so, waits for the rest from now on. The caller holds the mutex.
func (c *company) consider(anew bool) {
	switch {
	case len(c.waiting) >= c.expected:
		c.start()
	case anew:
		c.goIn(min(c.took/waitingShare, longestWait))
	}
}

// goIn has those who wait go after a while. The caller holds the mutex.
func (c *company) goIn(while time.Duration) {
	c.stay()
	var late *time.Timer
	late = time.AfterFunc(while, func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if c.late == late {
			c.start()
		}
	})
	c.late = late
}

// stay puts off that those who wait go. The caller holds the mutex.
func (c *company) stay() {
	if c.late != nil {
		c.late.Stop()
		c.late = nil
	}
}

// start has those who wait go. The caller holds the mutex.
func (c *company) start() {
	c.stay()
	if len(c.waiting) == 0 {
		return
	}
	here := len(c.waiting)
	if c.writing != nil { // they are not waited for now, but may come the next time
		here += c.writing.batches
	}
	c.expected = max(here, c.expected-1)
	c.writing = &outing{began: time.Now(), batches: len(c.waiting)}
	for _, turn := range c.waiting {
		turn <- c.writing
	}
	c.waiting = nil
}
