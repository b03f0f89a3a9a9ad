package availability

import (
	"context"
	"fmt"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

const (
	// stepRows is about how many ping rows one step of a request reads, and tickRows how
	// many rows all requests read with one tick before the live rows have their turn.
	stepRows = 250_000
	tickRows = 500_000
	// tickSteps bounds the steps of a tick where there are hardly any rows.
	tickSteps = 100
	// shortestStep and longestStep bound how much time one step judges again, ms. No step
	// goes beyond a day's end in UTC, because raw rows are given up by the day.
	shortestStep = 10 * 60_000
	longestStep  = 86_400_000
)

// request is a stretch of an appliance's record that is to be judged again from its raw
// rows because somebody asked. It is worked off step by step, with each tick some: a
// step takes the next stretch of time of all the appliance's devices, so that what
// leads to others is judged with them.
type request struct {
	storage.Recompute
	// covered is up to when devices were judged, where a window reached beyond its step.
	// Judging them once more would change nothing, so it need not be kept.
	covered map[key]int64
}

// accept takes requests up. The block's appliance says whose devices they are about.
func (f *Figure) accept(block *storage.Block, rows *sample.Recomputes) {
	if f.out == nil {
		return // restored, not replayed
	}
	for i := block.From; i < block.To; i++ {
		r := &request{covered: map[key]int64{}, Recompute: storage.Recompute{
			Request: rows.Request[i], Customer: block.Customer, Site: block.Site, Appliance: block.Appliance, Figure: Name,
			FromMs: max(0, rows.FromMs[i]), ToMs: min(rows.ToMs[i], block.SlotMs), AskedMs: block.SlotMs,
			By: rows.By[i], Why: rows.Why[i], Partition: f.partition, Offset: block.Offset,
		}}
		if rows.Figure[i] != "" && rows.Figure[i] != Name || f.asked(r) {
			continue
		}
		r.NextMs = r.FromMs
		devices := f.devicesOf(r)
		r.Entities = len(devices)
		begin := r.ToMs // before a device's first row there is nothing to judge
		for _, d := range devices {
			begin = min(begin, d.firstSeen)
		}
		r.NextMs = max(r.NextMs, begin)
		if r.NextMs >= r.ToMs {
			r.NextMs, r.Done = r.ToMs, true
		} else {
			f.requests = append(f.requests, r)
		}
		f.out.Recomputes = append(f.out.Recomputes, r.Recompute)
	}
}

// asked says whether a request is being worked off already: a producer that was not
// sure sent it again.
func (f *Figure) asked(r *request) bool {
	for _, other := range f.requests {
		if other.Request == r.Request && other.Appliance == r.Appliance && other.Customer == r.Customer {
			return true
		}
	}
	return false
}

// devicesOf returns the devices a request is about, by key.
func (f *Figure) devicesOf(r *request) []*device {
	var devices []*device
	for _, d := range f.all() {
		if d.customer == r.Customer && d.appliance == r.Appliance && d.firstSeen < r.ToMs {
			devices = append(devices, d)
		}
	}
	return devices
}

// recompute goes on with the requests.
func (f *Figure) recompute(ctx context.Context, now Tick) error {
	limit := f.rowsRead + tickRows
	for steps := 0; len(f.requests) > 0 && steps < tickSteps && f.rowsRead < limit; {
		r := f.requests[0]
		for ; !r.Done && steps < tickSteps && f.rowsRead < limit; steps++ {
			if err := f.step(ctx, r, now); err != nil {
				return err
			}
		}
		r.Offset = now.Offset
		f.out.Recomputes = append(f.out.Recomputes, r.Recompute)
		if r.Done {
			f.requests = f.requests[1:]
		}
	}
	return nil
}

// step judges the next stretch of a request's time.
func (f *Figure) step(ctx context.Context, r *request, now Tick) error {
	devices := f.devicesOf(r)
	from, to := r.NextMs, f.stepEnd(r, devices)
	var due []task
	for _, d := range devices {
		t := task{device: d, request: &r.Recompute, stretch: dirt{from: max(from, d.firstSeen), to: to - 1}}
		if t.stretch.from > t.stretch.to || r.covered[d.key] >= to {
			continue
		}
		if from == r.FromMs {
			if err := f.widen(ctx, &t); err != nil {
				return err
			}
		}
		due = append(due, t)
	}
	err := f.judgeAndConclude(ctx, due, now, func(t task, j *judgement) {
		begin := max(from, t.firstSeen)
		switch {
		case j == nil:
			r.KeptMs += to - begin
		case j.undecided(): // left to the dirt, which waits for the decision
			f.soil(t.device, t.stretch.from, t.stretch.to, now.Offset)
		default:
			r.KeptMs += max(begin, min(to, j.window.from)) - begin + to - max(begin, min(to, j.window.to))
			r.covered[t.key] = j.window.to
		}
	})
	if err != nil {
		return fmt.Errorf("judge %d devices again because of request %016x: %w", len(due), r.Request, err)
	}
	r.NextMs, r.Done = to, to >= r.ToMs
	return nil
}

// widen lets a task begin with the interval that reaches into it.
func (f *Figure) widen(ctx context.Context, t *task) error {
	stored, err := f.intervals(ctx, t.device, t.stretch.from, t.stretch.from+1)
	if err != nil {
		return err
	}
	for _, interval := range stored {
		t.stretch.from = min(t.stretch.from, interval.FromMs)
	}
	return nil
}

// stepEnd returns until when the next step of a request goes.
func (f *Figure) stepEnd(r *request, devices []*device) int64 {
	perHour := int64(0)
	for _, d := range devices {
		if interval := int64(d.pingInterval); interval > 0 {
			perHour += 3_600_000 / max(1000, interval)
		} else {
			perHour += 60
		}
	}
	length := f.longestStep
	if perHour > 0 {
		length = min(length, max(shortestStep, stepRows*3_600_000/perHour))
	}
	midnight := (r.NextMs/longestStep + 1) * longestStep
	return min(r.NextMs+length, midnight, r.ToMs)
}

// restoreRequests takes up the requests that were not done before the offset first.
func (f *Figure) restoreRequests(ctx context.Context, first int64) error {
	pending, err := f.store.PendingRecomputes(ctx, f.partition, Name, first)
	if err != nil {
		return fmt.Errorf("restore the requests before offset %d: %w", first, err)
	}
	for _, r := range pending {
		f.requests = append(f.requests, &request{Recompute: r, covered: map[key]int64{}})
	}
	return nil
}
