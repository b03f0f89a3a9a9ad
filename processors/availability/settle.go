package availability

import (
	"cmp"
	"context"
	"math"
	"slices"

	"mimamori/storage"
)

const (
	// firstLook is how far around the dirt rows are read at first, ms; where no answer
	// is found in it, the look becomes wider by widening until one is, or all was seen.
	firstLook = 10 * 60_000
	widening  = 8
	// readRows is about how many ping rows are read at a time.
	readRows = 500_000
	// patience is how long dirt may wait for rest, ms of the ticks. The rounds of it are
	// counted from 1970, so that whoever takes over settles with the same tick.
	patience = 60_000
	// endOfTime is later than any row.
	endOfTime = 4_102_444_800_000
)

// task is a stretch of a device's time to be judged again.
type task struct {
	*device
	stretch dirt
	request *storage.Recompute // nil where nobody asked
}

// judgement is what the rows of a window say about a device.
type judgement struct {
	task
	window    window
	history   *history
	machine   *machine
	stretches []stretch
	boots     []boot
}

// undecided says that the last round of a judgement up to the present waits for its
// repeat.
func (j *judgement) undecided() bool { return j.window.open && j.machine.undecided() }

// settle judges the dirty ranges that saw no new dirt since the previous tick, and
// once in a while all of them, for a device may be soiled between any two ticks. A
// device with an undecided round waits for the next tick.
func (f *Figure) settle(ctx context.Context, previous, now Tick) error {
	impatient := now.TimeMs/patience != previous.TimeMs/patience
	var due []task
	for _, d := range f.soiled() {
		if (impatient || d.dirt.offset < previous.Offset) && !d.undecided() {
			due = append(due, task{device: d, stretch: d.dirt})
		}
	}
	return f.judgeAndConclude(ctx, due, now, func(t task, j *judgement) {
		if j == nil || !j.undecided() {
			f.clean(t.device, t.stretch, now.Offset)
		}
	})
}

// clean forgets a device's dirt, unless it became more while it was judged.
func (f *Figure) clean(d *device, judged dirt, offset int64) {
	if d.dirt.from < judged.from || d.dirt.to > judged.to {
		return // something it is reached through was judged anew: once more
	}
	if d.dirt.stored {
		f.forgetDirt(d, offset)
	}
	d.dirt = dirt{}
	delete(f.dirty, d.key)
}

// judgeAndConclude judges tasks, no two of one device, and writes what that changes.
// done hears of each: without a judgement where nothing is left to judge it from, with
// an undecided one where it must be tried again.
func (f *Figure) judgeAndConclude(ctx context.Context, due []task, now Tick, done func(task, *judgement)) error {
	if len(due) == 0 {
		return nil
	}
	judged := make(map[key]*judgement, len(due))
	if err := f.judgeAll(ctx, due, firstLook, now, judged); err != nil {
		return err
	}
	if err := f.recall(ctx, judged); err != nil {
		return err
	}
	defer func() { f.past = nil }()
	// What leads to others goes first: their causes depend on it.
	depth := func(t task) int { return len(f.ancestors(t.key)) }
	slices.SortStableFunc(due, func(a, b task) int { return cmp.Compare(depth(a), depth(b)) })
	for _, t := range due {
		j := judged[t.key]
		if j != nil && !j.undecided() {
			if err := f.conclude(ctx, j, judged, now); err != nil {
				return err
			}
		}
		done(t, j)
	}
	return nil
}

// judgeAll judges tasks, those with near stretches together, and looks wider for those
// whose windows are not found. What there are no rows left of is not judged.
func (f *Figure) judgeAll(ctx context.Context, due []task, look int64, now Tick, judged map[key]*judgement) error {
	slices.SortStableFunc(due, func(a, b task) int { return cmp.Compare(a.stretch.from, b.stretch.from) })
	for len(due) > 0 {
		group, low, high := together(due, look)
		due = due[len(group):]
		histories, err := f.read(ctx, group, low, high, now.Offset)
		if err != nil {
			return err
		}
		var unfound []task
		for _, t := range group {
			w, h, found := t.window(histories[t.key], low, high)
			switch {
			case !found && (low > 0 || high < endOfTime):
				unfound = append(unfound, t)
			case w.from < w.to:
				judged[t.key] = f.judge(t, h, w, now)
			}
		}
		if err := f.judgeAll(ctx, unfound, look*widening, now, judged); err != nil {
			return err
		}
	}
	return nil
}

// together returns the first tasks whose rows are worth reading in one go, and the
// time to read.
func together(due []task, look int64) (group []task, low, high int64) {
	low, high = max(0, due[0].stretch.from-look), due[0].stretch.to+look
	for i, t := range due {
		wide := max(high, t.stretch.to+look)
		rows := int64(i+1) * (wide - low) / max(1000, int64(t.pingInterval))
		if i > 0 && (t.stretch.from-look > high || rows > readRows) {
			return due[:i], low, high
		}
		high = min(wide, endOfTime)
	}
	return due, low, high
}

func (f *Figure) judge(t task, h *history, w window, now Tick) *judgement {
	d := t.device
	m := f.replay(d, h, w)
	if w.open {
		m.tick(now.TimeMs, f.silence(m, d.appliance), f.quiet[d.appliance], &f.rules)
	}
	j := &judgement{task: t, window: w, history: h, machine: m, stretches: m.closed}
	m.closed = nil
	for _, b := range h.boots {
		if !w.has(b.at) {
			continue
		}
		j.boots = append(j.boots, b)
		if b.kind == storage.RebootDevice {
			j.account(b)
		}
	}
	return j
}

// account lets a boot explain an outage: the one that pings saw around it, or, where
// they saw none, the time from the last sign of life to the boot. Time that nobody
// watched stays unknown.
func (j *judgement) account(b boot) {
	from, found := j.history.lastSign(b.at)
	if !found || from < j.window.from {
		return
	}
	m := j.machine
	reach := b.at + int64(m.pingInterval)
	explained := false
	explain := func(start, end int64, state storage.State, cause *storage.Cause) {
		switch {
		case state == storage.StateUnknown:
			explained = explained || start < b.at && end > from
		case state == storage.StateDown && start <= reach && end >= from:
			explained = true
			if *cause == storage.CauseNoAnswer {
				*cause = storage.CauseReboot
			}
		}
	}
	for i := range j.stretches {
		s := &j.stretches[i]
		explain(s.from, s.to, s.state, &s.cause)
	}
	if j.window.open && m.state != storage.StateUp {
		explain(m.since, math.MaxInt64, m.state, &m.cause)
	}
	if explained {
		return
	}
	if m.state == storage.StateDegraded && j.window.open && m.since < b.at {
		j.stretches = append(j.stretches, stretch{from: m.since, to: b.at, state: m.state, cause: m.cause})
		m.since = b.at
	}
	j.insert(stretch{from: from, to: b.at, state: storage.StateDown, cause: storage.CauseReboot, evidence: b.evidence})
}

// insert adds an outage. Where the device was degraded around it, that ends with it
// and begins again.
func (j *judgement) insert(outage stretch) {
	var apart []stretch
	for _, s := range append(j.stretches, outage) {
		if s.state == storage.StateDegraded && s.from < outage.to && s.to > outage.from {
			before, after := s, s
			before.to, after.from = outage.from, outage.to
			for _, rest := range []stretch{before, after} {
				if rest.from < rest.to {
					apart = append(apart, rest)
				}
			}
			continue
		}
		apart = append(apart, s)
	}
	slices.SortFunc(apart, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	j.stretches = apart
}
