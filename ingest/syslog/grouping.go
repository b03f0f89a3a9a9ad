package syslog

// grouping tells in which order the rows of a batch stand together by sender, each
// sender's in the order they came: what is alike takes fewer bytes side by side.
type grouping struct {
	groups map[*sender]uint32
	last   *sender
	number uint32   // the group of last
	heads  []uint32 // by group its first row
	tails  []uint32 // by group its last row
	next   []uint32 // by row the one of the same sender that follows; itself where none does
	order  []uint32
}

// add takes note of who sent the row that follows.
func (g *grouping) add(from *sender) {
	row := uint32(len(g.next))
	g.next = append(g.next, row)
	if from != g.last || row == 0 {
		number, known := g.groups[from]
		if !known {
			number = uint32(len(g.heads))
			if g.groups == nil {
				g.groups = map[*sender]uint32{}
			}
			g.groups[from] = number
			g.heads, g.tails = append(g.heads, row), append(g.tails, row)
		}
		g.last, g.number = from, number
	}
	g.next[g.tails[g.number]] = row
	g.tails[g.number] = row
}

// several says whether there is more than one sender.
func (g *grouping) several() bool { return len(g.heads) > 1 }

// rows returns the numbers of the rows in their order, valid until add is called.
func (g *grouping) rows() []uint32 {
	g.order = g.order[:0]
	for group, row := range g.heads {
		g.order = append(g.order, row)
		for row != g.tails[group] {
			row = g.next[row]
			g.order = append(g.order, row)
		}
	}
	return g.order
}

// reset begins a new batch.
func (g *grouping) reset() {
	clear(g.groups)
	g.last = nil
	g.heads, g.tails, g.next = g.heads[:0], g.tails[:0], g.next[:0]
}
