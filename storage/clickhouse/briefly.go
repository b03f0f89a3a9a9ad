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

// ask returns the answer to a question that was given no longer than an age ago, or asks it now: once for
// all that wait for it. Who asked first may go away, the others still get theirs. The answer is everybody's
// and not to be changed.
func (b *briefly[T]) ask(ctx context.Context, age time.Duration, question string, ask func(context.Context) (T, error)) (T, error) {
	if age <= 0 {
		return ask(ctx)
	}
	if answer, known := b.known(question, age); known {
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
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case result := <-asked:
		return result.Val.(T), result.Err
	}
}

func (b *briefly[T]) known(question string, age time.Duration) (T, bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	one, known := b.kept[question]
	return one.answer, known && time.Since(one.at) < age
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
