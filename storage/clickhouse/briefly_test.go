package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestBrieflyKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answers briefly[int]
		asked := 0
		ask := func(age time.Duration, question string) int {
			t.Helper()
			answer, err := answers.ask(t.Context(), age, question, func(context.Context) (int, error) { asked++; return asked, nil })
			if err != nil {
				t.Fatal(err)
			}
			return answer
		}
		for _, step := range []struct {
			age      time.Duration
			question string
			want     int
		}{{0, "a", 1}, {0, "a", 2}, {time.Second, "a", 3}, {time.Second, "a", 3}, {time.Second, "b", 4}} {
			if got := ask(step.age, step.question); got != step.want {
				t.Errorf("%s within %s: answer %d, want %d", step.question, step.age, got, step.want)
			}
		}
		time.Sleep(time.Second) // of the bubble's clock
		if got := ask(time.Second, "a"); got != 5 {
			t.Errorf("after a second: answer %d, want one that was asked for", got)
		}
		time.Sleep(time.Second - time.Second/renewed)
		if got := ask(time.Second, "a"); got != 5 {
			t.Errorf("late in the second: answer %d, want the one that is kept", got)
		}
		synctest.Wait()
		if got := ask(time.Second, "a"); got != 6 || asked != 6 {
			t.Errorf("after that: answer %d of %d, want the one that was asked for meanwhile", got, asked)
		}
		for n := range 3 * mostBrief {
			ask(time.Second, fmt.Sprint(n))
		}
		if len(answers.kept) > mostBrief {
			t.Errorf("%d answers are kept", len(answers.kept))
		}
	})
}

func TestBrieflyAsksOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answers briefly[int]
		asked, failed := 0, errors.New("the store is away")
		slow := func(context.Context) (int, error) {
			asked++
			time.Sleep(time.Minute)
			return asked, nil
		}
		gone, cancel := context.WithCancel(t.Context())
		go func() {
			if _, err := answers.ask(gone, time.Second, "a", slow); !errors.Is(err, context.Canceled) {
				t.Errorf("who went away: %v", err)
			}
		}()
		synctest.Wait()
		for range 5 {
			go func() {
				if answer, err := answers.ask(t.Context(), time.Second, "a", slow); answer != 1 || err != nil {
					t.Errorf("answer %d, error %v", answer, err)
				}
			}()
		}
		synctest.Wait()
		cancel()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		if _, err := answers.ask(t.Context(), time.Second, "b", func(context.Context) (int, error) { return 0, failed }); !errors.Is(err, failed) {
			t.Errorf("error %v", err)
		}
		if answer, err := answers.ask(t.Context(), time.Second, "b", func(context.Context) (int, error) { return 7, nil }); answer != 7 || err != nil {
			t.Errorf("after an error: answer %d, error %v", answer, err)
		}
	})
}
