package sample

// Recomputes holds one row per request to make a stretch of an appliance's figures anew
// from the raw rows. Only the centre sends them, under the appliance's key, so that
// they come in the stream of the rows they are about. Whose figures they are follows
// from the key as with every block: nobody can ask for another customer's.
type Recomputes struct {
	Request []ID     // the same in the blocks of all appliances that one request is about
	Figure  []string // availability, voice or utilization; empty for all of them
	FromMs  []int64  // [FromMs, ToMs), Unix milliseconds
	ToMs    []int64
	By      []string // who asked
	Why     []string
}

// Kind returns KindRecomputes.
func (*Recomputes) Kind() Kind { return KindRecomputes }

// Len is the number of rows.
func (r *Recomputes) Len() int { return len(r.Request) }

func (r *Recomputes) columns() []column {
	return []column{ids(&r.Request), texts(&r.Figure), series(&r.FromMs), series(&r.ToMs), texts(&r.By), texts(&r.Why)}
}
