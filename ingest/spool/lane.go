package spool

import "time"

// entryOverhead is about what an entry takes in memory beside its block's bytes.
const entryOverhead = 128

// entry is a block that waits for its turn, or is under way. Its bytes are nil where
// they are on disk alone.
type entry struct {
	block   Block
	size    int // of the block's record
	since   time.Time
	taken   time.Time // when it got under way
	segment *segment  // nil while it is in memory alone
	record  int
}

// memory is what the entry takes of it, bytes.
func (e *entry) memory() int { return entryOverhead + len(e.block.Bytes) }

// lane is a queue, first in, first out.
type lane struct {
	waiting []*entry
	head    int // of waiting, what is before it was popped
}

func (l *lane) len() int { return len(l.waiting) - l.head }

func (l *lane) push(e *entry) { l.waiting = append(l.waiting, e) }

func (l *lane) first() *entry { return l.waiting[l.head] }

// all returns what waits, in order; not to be kept.
func (l *lane) all() []*entry { return l.waiting[l.head:] }

func (l *lane) pop() *entry {
	popped := l.waiting[l.head]
	l.waiting[l.head] = nil // lets go of the bytes
	l.head++
	if l.head > len(l.waiting)/2 {
		l.keep(func(*entry) bool { return true })
	}
	return popped
}

// keep leaves those in the lane that are to stay.
func (l *lane) keep(stays func(*entry) bool) {
	kept := l.waiting[:0]
	for _, e := range l.waiting[l.head:] {
		if stays(e) {
			kept = append(kept, e)
		}
	}
	clear(l.waiting[len(kept):]) // lets go of the bytes
	l.waiting, l.head = kept, 0
}
