package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/fleet"
)

// fleetOrder is what the demo tells the process of the fleet, as one line of JSON
// on its standard input. The end of that input ends the fleet.
type fleetOrder struct {
	Fleet   fleet.Config
	Broker  string // unix socket of the embedded broker
	Uplinks string // directory for the appliances' sockets
	Truth   string // where to write what happened
	Poll    string // configuration of the pollers
}

// fleetChild is the running process of the fleet, with the pollers below it.
type fleetChild struct {
	command *exec.Cmd
	leash   io.WriteCloser
	ended   chan struct{}
	result  error
	once    sync.Once
}

// startFleet starts the fleet, in a network namespace of its own unless it is to
// share the machine's: there its addresses and its pings are its own.
func startFleet(layout demoLayout, stderr io.Writer) (*fleetChild, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	command := exec.Command(binary, "fleet")
	command.Stderr = stderr
	// A group of its own: Ctrl-C reaches the demo alone, which ends the fleet in its turn.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if !layout.fleet.Shared {
		enterNamespace(command.SysProcAttr)
	}
	leash, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the simulated fleet: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the simulated fleet: %w", err)
	}
	child := &fleetChild{command: command, leash: leash, ended: make(chan struct{})}
	go func() {
		child.result = command.Wait()
		close(child.ended)
	}()
	order := fleetOrder{Fleet: layout.fleet, Broker: layout.brokerPath, Uplinks: layout.uplinks, Truth: layout.truthPath, Poll: layout.pollPath}
	if err := json.NewEncoder(leash).Encode(order); err != nil {
		return nil, errors.Join(fmt.Errorf("tell the simulated fleet what to do: %w", err), child.stop())
	}
	return child, nil
}

// wait returns when the process has ended, with its reason.
func (c *fleetChild) wait() error {
	<-c.ended
	return c.result
}

// fleetPriority is the nice value of the fleet and its pollers; a lower one takes
// the privileges of root.
const fleetPriority = -10

// fleetDrain is how long the fleet and its pollers have to end.
const fleetDrain = 4 * time.Second

// stop ends the fleet and waits for it.
func (c *fleetChild) stop() error {
	c.once.Do(func() { _ = c.leash.Close() }) // a fleet that has ended already does not mind
	timer := time.NewTimer(fleetDrain)
	defer timer.Stop()
	select {
	case <-c.ended:
		return c.result
	case <-timer.C:
		// The whole group, so that no poller is left behind.
		return errors.Join(fmt.Errorf("the simulated fleet did not end within %s", fleetDrain), syscall.Kill(-c.command.Process.Pid, syscall.SIGKILL))
	}
}

// fleetProcess is the child process of the demo.
type fleetProcess struct {
	Try bool `help:"Only prepare the network namespace."`
}

// Run prepares the namespace, simulates the fleet and runs the pollers until the
// standard input ends.
func (f fleetProcess) Run(ctx context.Context, logger *slog.Logger) error {
	if f.Try {
		return fleet.PrepareNamespace()
	}
	var order fleetOrder
	input := json.NewDecoder(os.Stdin)
	if err := input.Decode(&order); err != nil {
		return fmt.Errorf("read what fleet to simulate: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	// Devices and appliances stand for machines of their own, which do not wait for
	// what else this one does. The pollers are of the same group.
	if err := syscall.Setpriority(syscall.PRIO_PGRP, 0, fleetPriority); err != nil {
		logger.Debug("the fleet has no priority over other programs", "error", err)
	}
	if !order.Fleet.Shared {
		if err := fleet.PrepareNamespace(); err != nil {
			return err
		}
	}
	plan, err := fleet.NewPlan(order.Fleet)
	if err != nil {
		return err
	}
	simulated, err := fleet.New(plan, fleet.RunConfig{BrokerSocket: order.Broker, UplinkDirectory: order.Uplinks}, logger, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	err = supervision{
		logger: logger,
		parts: []part{
			{name: "simulated fleet", run: simulated.Run},
			{name: "pollers", run: func(ctx context.Context) error { return runPollers(ctx, order.Poll) }, drain: fleetDrain},
		},
	}.run(ctx)
	return errors.Join(err, fleet.WriteTruth(order.Truth, simulated.Truth()))
}

// runPollers runs the appliances as a process of their own: what watches the
// network is not what simulates it.
func runPollers(ctx context.Context, config string) error {
	// Pdeathsig follows the thread that started the child, so the thread must stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	command := exec.CommandContext(ctx, binary, "poll", "--config", config)
	command.Stderr = os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = fleetDrain - 500*time.Millisecond
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := command.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run the pollers: %w", err)
	}
	return nil
}
