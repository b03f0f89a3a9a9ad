package clickhouse

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"mimamori/storage"
)

// rounds make together what several callers want written: rows, with one INSERT for each table, which
// costs ClickHouse 10 to 20 ms of processor time however few rows it has, and leaves a part that has to
// be merged; or hours added up, of which what is read is the same for many.
//
// A round is made of all who wait when it begins; who comes later is in the next. Where
// there was company before, it is waited for, a fraction of what a round takes.
type rounds[T any] struct {
	write func(ctx context.Context, of []T) error

	runs    sync.WaitGroup // ended when nobody makes rounds
	mutex   sync.Mutex
	waiting []*writing[T]
	going   bool          // somebody makes rounds
	came    chan struct{} // holds something when somebody has come

	// Of run, of which there is one at a time.
	expected int           // how many are waited for
	took     time.Duration // the round before
}

// writing is what one caller wants written.
type writing[T any] struct {
	ctx   context.Context
	wants T
	ended chan error // has room for the one error
}

// A round waits for company as long as this part of the one before took, and no longer
// than longestPatience.
const (
	patience        = 4
	longestPatience = 2 * time.Second
)

// errLeft is the end of a round for those who stay when somebody leaves it.
var errLeft = errors.New("whoever else was in the round has gone: it is made again without")

func newRounds[T any](write func(ctx context.Context, of []T) error) *rounds[T] {
	return &rounds[T]{write: write, came: make(chan struct{}, 1)}
}

// do writes what is wanted. Nobody looks at it any more once it has returned.
func (r *rounds[T]) do(ctx context.Context, wants T) error {
	for {
		mine := &writing[T]{ctx: ctx, wants: wants, ended: make(chan error, 1)}
		r.join(mine)
		if err := r.await(mine); !errors.Is(err, errLeft) {
			return err
		}
	}
}

// close waits until the last round is over. Nobody may want anything written any more.
func (r *rounds[T]) close() { r.runs.Wait() }

func (r *rounds[T]) await(mine *writing[T]) error {
	select {
	case err := <-mine.ended:
		return err
	case <-mine.ctx.Done():
	}
	if r.leave(mine) {
		return context.Cause(mine.ctx)
	}
	return <-mine.ended // its round is given up
}

func (r *rounds[T]) join(mine *writing[T]) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.waiting = append(r.waiting, mine)
	if !r.going {
		r.going = true
		r.runs.Go(r.run)
	}
	select {
	case r.came <- struct{}{}:
	default:
	}
}

// leave takes a caller back who is in no round yet, and says whether it was so.
func (r *rounds[T]) leave(mine *writing[T]) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	at := slices.Index(r.waiting, mine)
	if at < 0 {
		return false
	}
	r.waiting = slices.Delete(r.waiting, at, at+1)
	return true
}

// run makes rounds until nobody waits for one.
func (r *rounds[T]) run() {
	for r.wanted() {
		r.gather()
		r.mutex.Lock()
		members := r.waiting
		r.waiting = nil
		r.mutex.Unlock()
		began := time.Now()
		r.round(members)
		r.mutex.Lock()
		r.expected, r.took = max(len(members)+len(r.waiting), r.expected-1), time.Since(began)
		r.mutex.Unlock()
	}
}

// wanted says whether somebody waits; where nobody does, the next to come begins anew.
func (r *rounds[T]) wanted() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.going = len(r.waiting) > 0
	return r.going
}

// gather waits for as many as came before, but no longer than is worth it.
func (r *rounds[T]) gather() {
	late := time.NewTimer(min(r.took/patience, longestPatience))
	defer late.Stop()
	for {
		r.mutex.Lock()
		here := len(r.waiting)
		r.mutex.Unlock()
		if here >= r.expected {
			return
		}
		select {
		case <-r.came:
		case <-late.C:
			return
		}
	}
}

// round writes what the members want and tells them how that ended.
func (r *rounds[T]) round(members []*writing[T]) {
	if len(members) < 2 {
		for _, alone := range members { // who may have left just now
			alone.ended <- r.write(alone.ctx, []T{alone.wants})
		}
		return
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(members[0].ctx))
	defer cancel(nil)
	all := make([]T, len(members))
	for i, member := range members {
		all[i] = member.wants
		defer context.AfterFunc(member.ctx, func() { cancel(errLeft) })()
	}
	err := r.write(ctx, all)
	refused := (*storage.Failure)(nil)
	if errors.As(err, &refused) && !refused.Heals() {
		// Nobody is to be held up by what another one has.
		for _, member := range members {
			member.ended <- r.write(member.ctx, []T{member.wants})
		}
		return
	}
	for _, member := range members {
		if ended := err; ended != nil && member.ctx.Err() == nil && errors.Is(context.Cause(ctx), errLeft) {
			member.ended <- errLeft
		} else {
			member.ended <- ended
		}
	}
}
