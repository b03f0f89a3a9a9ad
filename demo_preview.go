package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"mimamori/bench/fleet"
)

// previewProgram shows the Grafana plugin without a Grafana; make plugin leaves it beside
// this program.
const previewProgram = "mimamori-preview"

// How long the preview may take to start and to end. It tells the store at both.
const (
	previewPatience = 15 * time.Second
	previewDrain    = 5 * time.Second
)

// preview is the running program of the pages, the demo's child.
type preview struct {
	command *exec.Cmd
	leash   io.WriteCloser
	address string        // of the pages
	ended   chan struct{} // closed when it has ended, with how in err
	err     error
}

// startPreview starts the preview of a demo's figures, and of its alarms where an address serves them. It returns nil where the plugin is
// not built, which is no error: most demos run without.
func startPreview(ctx context.Context, engine, alarms string, plan *fleet.Plan, stderr io.Writer) (*preview, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	program := filepath.Join(filepath.Dir(binary), previewProgram)
	if _, err := os.Stat(program); err != nil {
		return nil, nil //nolint:nilerr,nilnil // not built, as said above
	}
	command := exec.Command(program, "--leash", "--engine", engine, "--customer", previewCustomer(plan), "--alarms", alarms)
	command.Stderr = stderr
	// A group of its own: Ctrl-C reaches the demo alone, which ends the preview in its turn.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	leash, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the preview: %w", err)
	}
	said, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the preview: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the preview: %w", err)
	}
	p := &preview{command: command, leash: leash, ended: make(chan struct{})}
	p.address, err = awaitAddress(ctx, said)
	go p.wait() // ends with the preview
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the preview: %w", err), p.stop())
	}
	return p, nil
}

// awaitAddress reads where the pages are from the one line that the preview prints.
func awaitAddress(ctx context.Context, said io.Reader) (string, error) {
	type line struct {
		Address string `json:"address"`
		err     error
	}
	lines := make(chan line, 1)
	go func() {
		var read line
		text, err := bufio.NewReader(said).ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(text, &read)
		}
		read.err = err
		lines <- read
	}()
	timer := time.NewTimer(previewPatience)
	defer timer.Stop()
	select {
	case read := <-lines:
		if read.err != nil {
			return "", errors.New("it ended at once: what it said stands above, or in the demo's log")
		}
		return read.Address, nil
	case <-timer.C:
		return "", fmt.Errorf("it was not there within %s", previewPatience)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// previewCustomer is the customer who looks at the pages beside the partner: one whom the
// script gives something to see.
func previewCustomer(plan *fleet.Plan) string {
	for _, incident := range plan.Script() {
		if incident.Kind == fleet.SiteOutage {
			return incident.Customer
		}
	}
	return plan.Sites[0].Customer
}

// wait waits until the preview has ended. What it started ends with it: the data source's program
// would outlive a preview that was killed.
func (p *preview) wait() {
	p.err = p.command.Wait()
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
	close(p.ended)
}

// stop ends the preview and waits for it.
func (p *preview) stop() error {
	_ = p.leash.Close() // one that has ended already does not mind
	timer := time.AfterFunc(previewDrain, func() { _ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) })
	defer timer.Stop()
	<-p.ended
	if p.err != nil {
		return fmt.Errorf("end the preview: %w", p.err)
	}
	return nil
}

// showPages starts the preview where somebody may look at it, and says where it is. The
// demo goes on without it when it does not start.
func (d *demonstration) showPages(ctx context.Context, application *application) (address string, stop func()) {
	nothing := func() {}
	if d.command.JSON || d.command.Verify {
		return "", nothing
	}
	alarms := ""
	if application.address != "" {
		alarms = "http://" + application.address
	}
	pages, err := startPreview(ctx, application.engineDirectory(), alarms, d.plan, d.stderr())
	if err != nil && ctx.Err() == nil {
		d.logger.Warn("the demo goes on without its pages", "error", err)
	}
	if pages == nil {
		return "", nothing
	}
	d.logger.Info("the pages of the Grafana plugin", "open", pages.address)
	var stopping atomic.Bool
	go func() { // ends with the preview
		<-pages.ended
		if !stopping.Load() {
			d.logger.Warn("the preview of the pages has ended, their address answers no more: start the demo again to see them", "error", pages.err)
		}
	}()
	return pages.address, func() {
		stopping.Store(true)
		warn(d.logger, pages.stop())
	}
}

func warn(logger *slog.Logger, err error) {
	if err != nil {
		logger.Warn("the preview", "error", err)
	}
}
