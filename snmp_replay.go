package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/replay"
)

// snmpReplay answers from a recorded walk.
type snmpReplay struct {
	userFlags

	File      string `arg:"" help:"What snmp walk or snmpwalk -On printed, or a .snmprec file of snmpsim." type:"existingfile"`
	Listen    string `help:"Address to answer on, host:port; port 0 is a free one." default:"127.0.0.1:1161" placeholder:"ADDRESS"`
	Community string `help:"Community of SNMP 1 and 2c." default:"public" placeholder:"TEXT"`
	Rate      uint64 `help:"By how much every counter grows in a second. Default 0: they stand still."`
}

// Help is what kong prints below the flags.
func (*snmpReplay) Help() string {
	return "Record with: mimamori snmp walk --target HOST --community C 1.3 > device.walk. Ask it with: mimamori snmp poll --target 127.0.0.1:1161 --community public."
}

// Run answers until it is interrupted.
func (r *snmpReplay) Run(ctx context.Context, output stdout) error {
	if _, _, err := net.SplitHostPort(r.Listen); err != nil {
		return usageError{fmt.Errorf("--listen: %q is no host:port: write it as 127.0.0.1:1161", r.Listen)}
	}
	config := replay.Config{Address: r.Listen, Community: r.Community, CounterRate: r.Rate}
	if user := r.user(); user != nil {
		if err := flagProblems(user.Problems(".user")); err != nil {
			return err
		}
		config.Users = []inventory.SNMPUser{user.Resolved()}
	}
	file, err := os.Open(r.File)
	if err != nil {
		return fmt.Errorf("open the walk: %w", err)
	}
	defer file.Close()
	if config.Walk, err = replay.Read(file); err != nil {
		return usageError{fmt.Errorf("%s: %w", r.File, err)}
	}
	if config.Walk.Len() == 0 {
		return usageError{fmt.Errorf("%s has no objects: record one with mimamori snmp walk", r.File)}
	}
	agent, err := replay.New(config)
	if err != nil {
		return fmt.Errorf("answer from %s: %w; stop what listens on %s, or give another address with --listen", r.File, err, r.Listen)
	}
	fmt.Fprintf(output, "%d objects are answered on %s until Ctrl-C\n", config.Walk.Len(), agent.Addr())
	if skipped := config.Walk.Skipped(); skipped > 0 {
		fmt.Fprintf(output, "%d lines say that something is not there: they are left out\n", skipped)
	}
	return agent.Run(ctx)
}
