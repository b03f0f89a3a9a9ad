package journal

import (
	"context"
	"time"
)

// SetNow lets a test say what time it is.
func (j *Journal) SetNow(now func() time.Time) { j.now = now }

// Tidy forgets what is too old, and the oldest beyond a number.
func (j *Journal) Tidy(ctx context.Context, most int) error { return j.tidy(ctx, most) }
