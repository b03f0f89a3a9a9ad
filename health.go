package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// health knows how the parts of a process stand, for /ready.
type health struct {
	mutex    sync.Mutex
	parts    []standing
	stopping bool

	looking sync.Mutex // one look at a time
	looked  time.Time
}

// standing is how a part stands.
type standing struct {
	name    string
	state   string // notStarted, starting or usable
	check   func(ctx context.Context) error
	problem error // what check said last
}

// What a part can be.
const (
	notStarted = "has not been started yet"
	starting   = "is starting"
	usable     = "is ready"
)

const (
	// lookTimeout bounds the look at one part.
	lookTimeout = 2 * time.Second
	// lookLeast is how long what was found stands, so that nobody loads the store by
	// asking for /ready.
	lookLeast = time.Second
)

// begin says which parts there will be.
func (h *health) begin(parts []part) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, part := range parts {
		h.parts = append(h.parts, standing{name: part.name, state: notStarted, check: part.check})
	}
}

// set says how the part of an index stands.
func (h *health) set(index int, state string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.parts[index].state = state
}

// stop says that the parts are about to be stopped.
func (h *health) stop() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.stopping = true
}

// report writes a line for each part and says whether all are ready: which is not,
// and why.
func (h *health) report(ctx context.Context, output io.Writer) (ready bool) {
	h.look(ctx)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.stopping {
		fmt.Fprintln(output, "stopping")
	}
	ready = !h.stopping && len(h.parts) > 0
	for _, part := range h.parts {
		ready = ready && part.state == usable && part.problem == nil
		switch {
		case part.problem == nil:
			fmt.Fprintf(output, "%s %s\n", part.name, part.state)
		case part.state == usable:
			fmt.Fprintf(output, "%s cannot be used just now: %v\n", part.name, part.problem)
		default:
			fmt.Fprintf(output, "%s %s: %v\n", part.name, part.state, part.problem)
		}
	}
	return ready
}

// look asks the parts that have been started how they are.
func (h *health) look(ctx context.Context) {
	h.looking.Lock()
	defer h.looking.Unlock()
	if time.Since(h.looked) < lookLeast {
		return
	}
	h.mutex.Lock()
	parts := slices.Clone(h.parts)
	h.mutex.Unlock()
	for i, part := range parts {
		if part.check == nil || part.state == notStarted {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, lookTimeout)
		problem := part.check(limited)
		cancel()
		h.mutex.Lock()
		h.parts[i].problem = problem
		h.mutex.Unlock()
	}
	h.looked = time.Now()
}
