package peers

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mimamori/bench/child"
)

// telegrafPing sends what PingLoad has, by the method that its documentation advises for many addresses. All addresses of a
// round begin at once, for it has no way to spread them.
func telegrafPing(load PingLoad) string {
	addresses := make([]string, load.Targets)
	for i := range addresses {
		addresses[i] = strconv.Quote(load.address(i))
	}
	return fmt.Sprintf("[[inputs.ping]]\n  urls = [%s]\n  method = \"native\"\n  count = %d\n  ping_interval = %g\n  timeout = %g\n",
		strings.Join(addresses, ", "), pingPackets, pingInterval.Seconds()/(pingPackets+1), pingTimeout.Seconds())
}

// mostTelegrafTargets is up to how many addresses Telegraf's figure says something of it: by that method each address has a raw socket,
// and the kernel hands every answer to all of them.
const mostTelegrafTargets = 200

// startTelegrafPing starts Telegraf on a load, and returns what counts the requests that it says were answered.
func startTelegrafPing(ctx context.Context, path string, load PingLoad) (t *telegraf, answered func() (int, error), err error) {
	if load.Targets > mostTelegrafTargets && path == "" {
		return nil, nil, fmt.Errorf("%d addresses at once are more than it is made for: say --targets %d or fewer, or --telegraf PATH", load.Targets, mostTelegrafTargets)
	}
	t, err = startTelegraf(ctx, path, telegrafOrder{plugin: "ping", inputs: telegrafPing(load), interval: pingInterval, flush: pingInterval / 10, toFile: true})
	if err != nil {
		return nil, nil, err
	}
	received := 0
	t.output.each = func(line []byte) { received += receivedOf(line) }
	return t, func() (int, error) {
		_, err := t.output.count()
		return received, err
	}, nil
}

// receivedOf reads how many requests were answered from a line such as
// "ping,url=127.64.0.1 packets_transmitted=3i,packets_received=3i,... 1700000000000000000".
func receivedOf(line []byte) int {
	_, rest, _ := bytes.Cut(line, []byte("packets_received="))
	digits, _, _ := bytes.Cut(rest, []byte("i"))
	received, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0
	}
	return received
}

// How the end of a round is known: nothing more is written for so long, or it has gone on for too long.
const (
	roundQuiet    = 250 * time.Millisecond
	roundPatience = 10 * time.Second
)

// between lets the program run and measures from the end of one of its rounds to that of another, after a while: what
// it counted, and its processor time.
func (t *telegraf) between(ctx context.Context, period time.Duration, count func() (int, error)) (counted int, used time.Duration, err error) {
	if err := t.proceed(); err != nil {
		return 0, 0, err
	}
	before, began, err := t.roundEnd(ctx, count)
	if err != nil {
		return 0, 0, err
	}
	if err := pause(ctx, period); err != nil {
		return 0, 0, err
	}
	after, ended, err := t.roundEnd(ctx, count)
	if err != nil {
		return 0, 0, err
	}
	if after == before {
		return 0, 0, fmt.Errorf("telegraf counted nothing in %s, and said: %s", period, lastLine(t.log.Bytes()))
	}
	return after - before, ended - began, t.halt()
}

// roundEnd waits for the end of a round, and returns what was counted and used until then.
func (t *telegraf) roundEnd(ctx context.Context, count func() (int, error)) (counted int, used time.Duration, err error) {
	const look = roundQuiet / 5
	deadline := time.Now().Add(roundPatience)
	begun, err := count()
	if err != nil {
		return 0, 0, err
	}
	for last, since := begun, time.Now(); ; {
		if counted, err = count(); err != nil {
			return 0, 0, err
		}
		if counted != last {
			last, since = counted, time.Now()
			if used, err = child.ProcessorTime(t.command.Process.Pid); err != nil {
				return 0, 0, err
			}
		}
		if counted != begun && time.Since(since) >= roundQuiet || time.Now().After(deadline) {
			return counted, used, nil
		}
		if err := pause(ctx, look); err != nil {
			return 0, 0, err
		}
	}
}
