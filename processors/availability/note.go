package availability

import (
	"context"
	"slices"

	"mimamori/storage"
)

// note keeps what a judgement changes of a record that somebody may have seen: of one
// that was asked for, and of one that late rows made necessary. Boots are settled a
// tick later than they are seen and are no correction.
func (f *Figure) note(ctx context.Context, j *judgement, stored, standing []storage.Interval, now Tick) error {
	if j.request == nil && !j.stretch.late {
		return nil
	}
	d, m, w := j.device, j.machine, j.window
	low, high := w.from, w.to
	for _, old := range stored { // a wrong one may have gone on behind the window
		high = max(high, old.ToMs)
	}
	if high > w.to {
		behind, err := f.intervals(ctx, d, w.to, high)
		if err != nil {
			return err
		}
		for _, other := range behind {
			if other.FromMs >= w.to {
				stored, standing = append(stored, other), append(standing, other)
			}
		}
	}
	before, after := piecesOf(stored), piecesOf(standing)
	if w.open {
		high = now.TimeMs
		before = append(before, storage.Piece{FromMs: d.since, ToMs: high, State: d.state, Cause: d.cause})
		after = append(after, storage.Piece{FromMs: m.since, ToMs: high, State: m.state, Cause: m.cause})
	}
	if w.begin {
		low = d.firstSeen
		if m.firstSeen < low { // nobody had seen it then
			before = slices.Insert(before, 0, storage.Piece{FromMs: m.firstSeen, ToMs: low, State: storage.StateUnknown})
			low = m.firstSeen
		}
	}
	pieces := differences(before, after, low, high)
	if len(pieces) == 0 {
		return nil
	}
	revision := storage.Revision{
		Customer: d.customer, Site: d.site, Entity: d.id, Figure: Name,
		FromMs: pieces[0].FromMs, ToMs: pieces[len(pieces)-1].ToMs,
		AtMs: now.TimeMs, By: storage.ByItself, Why: storage.LateRows, Before: pieces, Offset: now.Offset,
	}
	if r := j.request; r != nil {
		revision.StepMs = r.NextMs
		revision.Request, revision.AtMs, revision.By, revision.Why = r.Request, r.AskedMs, r.By, r.Why
	}
	f.out.Revisions = append(f.out.Revisions, revision)
	return nil
}

// noteSilence keeps that a device was held to be silent until the last tick, though the
// row at hand shows that it was not: the row came later than silence is waited for. was
// is the machine before the row.
func (f *Figure) noteSilence(d *device, was *machine, verdict verdict, at, offset int64) {
	if f.out == nil || was.state != storage.StateUnknown || was.cause != storage.CauseSilent || d.state == storage.StateUnknown {
		return
	}
	if f.tick.TimeMs-at <= f.silence(&d.machine, d.appliance)+f.rules.delivery {
		return
	}
	piece := storage.Piece{FromMs: d.since, ToMs: f.tick.TimeMs, State: was.state, Cause: was.cause}
	if verdict == premature {
		piece.FromMs = was.since
	}
	f.out.Revisions = append(f.out.Revisions, storage.Revision{
		Customer: d.customer, Site: d.site, Entity: d.id, Figure: Name, FromMs: piece.FromMs, ToMs: piece.ToMs,
		AtMs: f.tick.TimeMs, By: storage.ByItself, Why: storage.LateRows, Before: []storage.Piece{piece}, Offset: offset,
	})
}

func piecesOf(intervals []storage.Interval) []storage.Piece {
	pieces := make([]storage.Piece, 0, len(intervals)+1)
	for _, i := range intervals {
		pieces = append(pieces, storage.Piece{FromMs: i.FromMs, ToMs: i.ToMs, State: i.State, Cause: i.Cause})
	}
	slices.SortStableFunc(pieces, func(a, b storage.Piece) int { return int(a.FromMs - b.FromMs) })
	return pieces
}

// differences returns the pieces of [low, high) that are in another state, or for
// another cause, after than before, as they were before. Time in no piece is up.
func differences(before, after []storage.Piece, low, high int64) []storage.Piece {
	cuts := []int64{low, high}
	for _, pieces := range [][]storage.Piece{before, after} {
		for _, p := range pieces {
			cuts = append(cuts, min(max(p.FromMs, low), high), min(max(p.ToMs, low), high))
		}
	}
	slices.Sort(cuts)
	var different []storage.Piece
	for i := 1; i < len(cuts); i++ {
		from, to := cuts[i-1], cuts[i]
		if from >= to {
			continue
		}
		was, is := at(before, from), at(after, from)
		if was.State == is.State && was.Cause == is.Cause {
			continue
		}
		was.FromMs, was.ToMs = from, to
		if n := len(different); n > 0 && different[n-1].ToMs == from && different[n-1].State == was.State && different[n-1].Cause == was.Cause {
			different[n-1].ToMs = to
			continue
		}
		different = append(different, was)
	}
	return different
}

// at returns the first of the pieces that a time is in, one that is up where it is in
// none.
func at(pieces []storage.Piece, time int64) storage.Piece {
	for _, p := range pieces {
		if p.FromMs <= time && time < p.ToMs {
			return p
		}
	}
	return storage.Piece{State: storage.StateUp}
}
