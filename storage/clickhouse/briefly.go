package clickhouse

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// mostBrief bounds the answers that are kept of one kind.
const mostBrief = 1000

// briefly keeps answers that many questions begin with, such as where roll-ups hold: a page asks several questions
// at a time, and their viewers each again. What is kept is no older than Config.Remember, so that
// an answer is at most as far behind the store as if it had been asked for that much earlier.
type briefly[T any] struct {
	mutex  sync.Mutex
	kept   map[string]brief[T]
	asking singleflight.Group
}

type brief[T any] struct {
	answer T
	at     time.Time
}

// renewed is in which part of its age, the last, an answer is asked anew behind the back of who asks for it.
const renewed = 4

// ask returns the answer to a question that was given no longer than an age ago, or asks it now: once for
// all that wait for it. Who asked first may go away, the others still get theirs. The answer is everybody's
// and not to be changed.
func (b *briefly[T]) ask(ctx context.Context, age time.Duration, question string, ask func(context.Context) (T, error)) (T, error) {
	if age <= 0 {
		return ask(ctx)
	}
	answer, old, known := b.known(question)
	if known && old < age-age/renewed {
		return answer, nil
	}
	asked := b.asking.DoChan(question, func() (any, error) {
		began := time.Now()
		var answer T
		err := together(context.WithoutCancel(ctx), func(ctx context.Context) (err error) { answer, err = ask(ctx); return err }) // Config.QueryTimeout ends it
		if err == nil {
			b.keep(question, brief[T]{answer, began}, age)
		}
		return answer, err
	})
	if known && old < age {
		return answer, nil // who asks next finds what is being asked
	}
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case result := <-asked:
		return result.Val.(T), result.Err
	}
}

// known returns the answer that is kept to a question, and how old it is.
func (b *briefly[T]) known(question string) (answer T, old time.Duration, known bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	one, known := b.kept[question]
	return one.answer, time.Since(one.at), known
}

func (b *briefly[T]) keep(question string, one brief[T], age time.Duration) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for other, its := range b.kept {
		if time.Since(its.at) >= age {
			delete(b.kept, other)
		}
	}
	if b.kept == nil || len(b.kept) >= mostBrief {
		b.kept = map[string]brief[T]{}
	}
	b.kept[question] = one
}
