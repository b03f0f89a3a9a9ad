package icmp

import "container/heap"

// turn is when something is to be done for a device next.
type turn struct {
	when   int64 // Unix nanoseconds
	target int32
}

// queue holds one turn for each device, the next first.
type queue []turn

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].when < q[j].when }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push and Pop complete heap.Interface; the number of turns never changes.
func (q queue) Push(any) { panic("icmp: a queue does not grow") }

// Pop is not used, see Push.
func (q queue) Pop() any { panic("icmp: a queue does not shrink") }

// settle orders turns that were set one by one.
func (q queue) settle() { heap.Init(q) }

// postpone puts the first turn off.
func (q queue) postpone(when int64) {
	q[0].when = when
	heap.Fix(q, 0)
}
