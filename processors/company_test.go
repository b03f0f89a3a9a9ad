package processors

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// batches writes down how many are written when, in the order in which they begin.
type batches struct {
	company
	lock  sync.Mutex
	began []time.Duration
	start time.Time
	all   sync.WaitGroup
}

// come has a batch come after a while and take so long to write.
func (b *batches) come(t *testing.T, after, takes time.Duration) {
	b.all.Go(func() {
		<-time.After(after)
		leave, err := b.join(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		defer leave()
		b.lock.Lock()
		b.began = append(b.began, time.Since(b.start))
		b.lock.Unlock()
		<-time.After(takes)
	})
}

// play has batches come and returns when each began.
func (b *batches) play(t *testing.T, come func()) []time.Duration {
	b.began, b.start = nil, time.Now()
	come()
	b.all.Wait()
	return b.began
}

func TestCompany(t *testing.T) {
	const ms = time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		var b batches
		alike := func(n int, apart, takes time.Duration) func() {
			return func() {
				for i := range n {
					b.come(t, time.Duration(i)*apart, takes)
				}
			}
		}
		for _, step := range []struct {
			name string
			come func()
			want []time.Duration
		}{
			{"one alone", alike(1, 0, 800*ms), []time.Duration{0}},
			{"those who come while one is written go when it is", alike(4, 100*ms, 800*ms), []time.Duration{0, 800 * ms, 800 * ms, 800 * ms}},
			{"as many as before are waited for", alike(3, 50*ms, 800*ms), []time.Duration{100 * ms, 100 * ms, 100 * ms}},
			{"one that does not come is waited for a while", alike(2, 50*ms, 800*ms), []time.Duration{200 * ms, 200 * ms}},
			{"and the next time no more", alike(2, 50*ms, 800*ms), []time.Duration{50 * ms, 50 * ms}},
			{"one that takes long is not waited for to its end", func() {
				b.come(t, 0, time.Minute)
				b.come(t, 0, 800*ms)
				b.come(t, 1000*ms, 800*ms)
				b.come(t, 4000*ms, 800*ms)
				b.come(t, 6000*ms, 800*ms)
			}, []time.Duration{0, 0, 2600 * ms, 4200 * ms, 6000 * ms}},
		} {
			if got := b.play(t, step.come); !slices.Equal(got, step.want) {
				t.Errorf("%s: batches begin after %v, want %v", step.name, got, step.want)
			}
		}
	})
}

func TestCompanyWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c company
		leave, err := c.join(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := c.join(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("who goes while he waits has %v", err)
		}
		leave()
		if len(c.waiting) > 0 || c.writing != nil {
			t.Errorf("what is left: %+v", &c)
		}
		// Nobody waits for who has gone.
		began := time.Now()
		leave, err = c.join(t.Context())
		if err != nil || time.Since(began) > 0 {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		leave()
	})
}

// One whose time ends at the very moment at which its turn comes is in with the others: somebody counts on
// its leaving.
func TestCompanyWithdrawnAtItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c company
		for range 100 { // the runtime picks which of the two it sees
			first, err := c.join(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ending, end := context.WithCancel(t.Context())
			joined := make(chan func(), 1)
			go func() {
				leave, err := c.join(ending)
				if err != nil {
					t.Errorf("it is told to go with %v, though its turn had come", err)
				}
				joined <- leave
			}()
			synctest.Wait()
			c.mutex.Lock()
			end()
			c.start()
			c.mutex.Unlock()
			if leave := <-joined; leave != nil {
				leave()
			}
			first()
			if len(c.waiting) > 0 || c.writing != nil {
				t.Fatalf("what is left: %+v", &c)
			}
		}
	})
}
