package main

import (
	"context"
	"encoding/json"
	"io"
)

// measured measures while parts run. What goes wrong only when they are stopped is returned as ended, because what was
// measured stands; without a measurement there is nothing but the error.
func measured(run func(started func(context.Context) error) error, measure func(context.Context) error) (ended, err error) {
	whole := false
	err = run(func(ctx context.Context) error {
		err := measure(ctx)
		whole = err == nil
		return err
	})
	if whole {
		return err, nil
	}
	return nil, err
}

// ending is how a run ended whose figures were measured before.
type ending struct {
	// Failure says what went wrong when all was stopped, such as what did not drain.
	Failure string `json:"failure,omitempty"`
}

func (e *ending) end(with error) { e.Failure = with.Error() }

// tellMeasured prints figures, and fails with what went wrong when all was stopped.
func tellMeasured(output io.Writer, asJSON bool, figures interface {
	end(with error)
	print(output io.Writer) error
}, ended error) error {
	if ended != nil {
		figures.end(ended)
	}
	tell := figures.print
	if asJSON {
		tell = func(output io.Writer) error { return json.NewEncoder(output).Encode(figures) }
	}
	err := tell(output)
	if err == nil && ended != nil {
		err = unfinished{ended}
	}
	return err
}
