package storage

import (
	"cmp"
	"slices"
	"time"

	"mimamori/ingest/sample"
)

// Correction is what became of the record of one device or voice path when it was made
// anew from the raw rows after the fact: because somebody asked for it, or because
// rows arrived late.
type Correction struct {
	Entity
	Figure   string    // the processor that made it anew: availability, voice or utilization
	Request  sample.ID // what was asked for, 0 where rows arrived late
	From, To time.Time // from the first to the last of what was changed, cut to the time asked for
	At       time.Time // when: the centre's time
	By, Why  string
	Changed  bool // something is otherwise than before
	// Before are the pieces of time that are otherwise now, as they stood before: by
	// their beginning, none overlapping another. A piece may have been up.
	Before []Outage
	// Minutes of a path with traffic were changed; MOSBefore and MOSAfter are their means,
	// 1 to 4.5. All are 0 for devices.
	Minutes             int
	MOSBefore, MOSAfter float64
}

// Recompute is a request to make a stretch of one appliance's record anew, and how far
// one figure has come with it.
type Recompute struct {
	Request                   sample.ID
	Customer, Site, Appliance sample.ID
	Figure                    string
	FromMs, ToMs              int64 // [FromMs, ToMs), Unix milliseconds
	AskedMs                   int64 // when, the centre's time
	By, Why                   string
	Partition                 int
	NextMs                    int64 // everything before is made anew
	Entities                  int   // devices, paths or interfaces it is about
	// KeptMs is the time, added up over the entities, of which no raw rows are left:
	// its record stands as it was.
	KeptMs int64
	Done   bool
	Offset int64 // of the message that brought it this far
}

// Revision is what one step of making an entity's record anew has changed. A
// Correction is made of all revisions of one request, or of one arrival of late rows.
type Revision struct {
	Customer, Site, Entity sample.ID
	Figure                 string
	Request                sample.ID
	FromMs, ToMs           int64 // from the first to the last of what was changed, Unix milliseconds
	AtMs                   int64
	StepMs                 int64 // begin of the time that the request's step was about
	By, Why                string
	// Before are the pieces of time that are otherwise now, as they stood before.
	Before []Piece
	// MOSBefore and MOSAfter are sums over the minutes with traffic that were changed.
	Minutes             uint32
	MOSBefore, MOSAfter float64
	Offset              int64 // of the message whose processing changed it
}

// Piece is a stretch of a device's time in one state, [FromMs, ToMs).
type Piece struct {
	FromMs, ToMs int64
	State        State
	Cause        Cause
}

// ByItself stands in Correction.By where nobody asked, and LateRows in Correction.Why.
const (
	ByItself = "mimamori"
	LateRows = "rows arrived late"
)

// Before returns a device's availability as it stood before a correction. Both must
// come of the same query, so that they end at the same time. To go back over several
// corrections, begin with the latest.
func Before(now Availability, correction Correction) Availability {
	then := now
	then.Outages = slices.Clone(now.Outages)
	for _, piece := range correction.Before {
		then.overwrite(piece)
	}
	return then
}

// overwrite puts a piece of time in the place of what is there.
func (a *Availability) overwrite(piece Outage) {
	outages := make([]Outage, 0, len(a.Outages)+2)
	a.UpMs -= a.spend(piece.State, piece.From, piece.To)
	for _, outage := range a.Outages {
		from, to := later(outage.From, piece.From), earlier(outage.To, piece.To)
		if !from.Before(to) {
			outages = append(outages, outage)
			continue
		}
		a.UpMs -= a.spend(outage.State, to, from) // given back
		if outage.From.Before(from) {
			head := outage
			head.To, head.Ongoing = from, false
			outages = append(outages, head)
		}
		if to.Before(outage.To) {
			tail := outage
			tail.From = to
			outages = append(outages, tail)
		}
	}
	if piece.State != StateUp {
		outages = append(outages, piece)
	}
	slices.SortStableFunc(outages, func(x, y Outage) int { return x.From.Compare(y.From) })
	a.Outages = joined(outages)
}

// spend adds the time from from to to, which may be negative, to a state other than up
// and returns it; up itself costs nothing.
func (a *Availability) spend(state State, from, to time.Time) int64 {
	length := to.Sub(from).Milliseconds()
	switch state {
	case StateUp:
		return 0
	case StateDown:
		a.DownMs += length
	case StateDegraded:
		a.DegradedMs += length
	default:
		a.UnknownMs += length
	}
	return length
}

// joined makes one outage of those that follow each other without a gap and say the
// same.
func joined(outages []Outage) []Outage {
	answer := outages[:0]
	for _, outage := range outages {
		if n := len(answer); n > 0 {
			last := &answer[n-1]
			if last.To.Equal(outage.From) && cmp.Or(cmp.Compare(last.State, outage.State), cmp.Compare(last.Cause, outage.Cause)) == 0 {
				last.To, last.Ongoing = outage.To, outage.Ongoing
				continue
			}
		}
		answer = append(answer, outage)
	}
	return answer
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
