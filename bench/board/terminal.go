package board

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"mimamori/storage"
)

// Show draws the board on the terminal once a second until the context ends, on the
// terminal's alternate screen, which it leaves in any case. Trouble with the store
// is shown in the place of the figures.
func Show(ctx context.Context, gatherer *Gatherer, terminal *os.File, language Language, color bool) {
	_, _ = io.WriteString(terminal, "\x1b[?1049h\x1b[?25l")
	defer func() { _, _ = io.WriteString(terminal, "\x1b[?25h\x1b[?1049l") }()
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	for every := time.NewTicker(time.Second); ; {
		canvas := Canvas{Language: language, Color: color}
		var err error
		if canvas.Width, canvas.Height, err = term.GetSize(int(terminal.Fd())); err != nil {
			canvas.Width, canvas.Height = 80, 24
		}
		// What is wrong stands in the figures, and is drawn.
		figures, _ := gatherer.Gather(ctx, time.Now())
		if ctx.Err() != nil {
			return
		}
		lines := Draw(figures, canvas)
		// Each line is cleared to its end and the rest of the screen after it, so
		// that nothing flickers.
		_, _ = io.WriteString(terminal, "\x1b[H"+strings.Join(lines, "\x1b[K\r\n")+"\x1b[K\x1b[J")
		select {
		case <-ctx.Done():
			every.Stop()
			return
		case <-every.C:
		case <-resized:
		}
	}
}

// logged is how often the board is logged: asking for its figures takes a machine a good part of a second.
const logged = 5 * time.Second

// Log writes the board as one log line every few seconds until the context ends, for where
// there is no terminal.
func Log(ctx context.Context, gatherer *Gatherer, logger *slog.Logger) {
	every := time.NewTicker(logged)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		figures, err := gatherer.Gather(ctx, time.Now())
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			logger.Warn("the board has no figures", "error", err)
			continue
		}
		logger.Info("fleet", Attributes(figures)...)
	}
}

// Attributes returns the figures as the attributes of a log line.
func Attributes(figures Figures) []any {
	attributes := []any{
		"running", clock(figures.Running),
		"up", figures.States[storage.StateUp], "degraded", figures.States[storage.StateDegraded],
		"down", figures.States[storage.StateDown], "unknown", figures.States[storage.StateUnknown],
	}
	if len(figures.Worst) > 0 {
		percent, _ := figures.Worst[0].Percent()
		attributes = append(attributes, "worst_availability", fmt.Sprintf("%.3f%% %s", percent, place(figures.Worst[0].Entity)))
	}
	if len(figures.Voice) > 0 {
		attributes = append(attributes, "worst_mos", fmt.Sprintf("%.2f %s", figures.Voice[0].MOS, place(figures.Voice[0].Entity)))
	}
	if len(figures.Links) > 0 {
		percent, _ := figures.Links[0].Percent()
		attributes = append(attributes, "busiest_wan", fmt.Sprintf("%.1f%% %s", percent, place(figures.Links[0].Entity)))
	}
	return append(attributes, "rows_per_s", int(figures.RowsPerSec), "rows", figures.Rows,
		"lag", figures.Lag, "memory_mb", figures.MemoryBytes>>20)
}
