package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// errInterrupted is why there are no figures where nobody else says it.
var errInterrupted = fmt.Errorf("it was interrupted before all was measured: %w", context.Canceled)

// measured measures while parts run. What goes wrong only when they are stopped is returned as ended, because what was
// measured stands; without a measurement there is nothing but the error, also where what runs parts takes an
// interruption for a good end.
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
	if err == nil {
		err = errInterrupted
	}
	return nil, err
}

// ending is how a run ended whose figures were measured before.
type ending struct {
	// Failure says what of the figures is not as it must be, and what went wrong when all was stopped, such as what did not drain.
	Failure string `json:"failure,omitempty"`
}

func (e *ending) end(with error) { e.Failure = with.Error() }

// endedFigures are figures of a run that may end badly after they were measured.
type endedFigures interface {
	end(with error)
	print(output io.Writer) error
	wrong() error // what was told and should not have been, or the other way round; nil where all is true
}

// tellMeasured prints figures, and fails with what is wrong in them and what went wrong when all was stopped.
func tellMeasured(output io.Writer, asJSON bool, figures endedFigures, ended error) error {
	if ended = errors.Join(figures.wrong(), ended); ended != nil {
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
