package storage

import (
	"context"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"
)

// mostTogether is how many questions one answer asks of the store at a time: each takes a
// connection, and others ask too.
const mostTogether = 4

// Together asks several questions of one answer at once and returns the first error; the context of the others ends
// with it. A question that panics is an error of this answer alone.
func Together(ctx context.Context, parts ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(mostTogether)
	for _, part := range parts {
		group.Go(func() (err error) {
			// A fault in one answer must not end the program, which gives others to others.
			defer func() {
				if trouble := recover(); trouble != nil {
					err = fmt.Errorf("panic: %v\n%s", trouble, debug.Stack())
				}
			}()
			return part(ctx)
		})
	}
	return group.Wait()
}
