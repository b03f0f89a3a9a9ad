package main

import (
	"context"
	"log/slog"
	"os"

	"mimamori/storage/embedded"
)

// engineProcess is the child process that serves the embedded store.
type engineProcess struct{}

// Run serves the engine until the standard input, held by the parent, ends.
func (engineProcess) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	return embedded.ServeStdio(ctx, os.Stdin, output, logger)
}
