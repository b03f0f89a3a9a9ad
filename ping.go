package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"mimamori/ingest/icmp"
	"mimamori/storage/report"
)

// pingCommand pings hosts once, as the poller does.
type pingCommand struct {
	Hosts    []string      `arg:"" name:"host" help:"Host names or IP addresses."`
	Count    int           `help:"Requests to each host." short:"c" default:"5"`
	Interval time.Duration `help:"Time between two requests to a host." short:"i" default:"1s"`
	Timeout  time.Duration `help:"An answer that takes longer is lost." short:"t" default:"1s"`
	Size     int           `help:"Payload of a request in octets, 16 to 1400, which routers may not fragment." short:"s" default:"16"`
	DSCP     icmp.DSCP     `name:"dscp" help:"DiffServ code point of the requests, 0 to 63 or a name such as EF, CS3 or AF41." default:"0"`
	TTL      uint8         `name:"ttl" help:"Time to live, or hop limit, of the requests. Default the system's."`
	Source   string        `help:"Address of this machine that the requests come from." placeholder:"ADDRESS"`
	IPv4     bool          `name:"ipv4" short:"4" help:"IPv4 alone." xor:"version"`
	IPv6     bool          `name:"ipv6" short:"6" help:"IPv6 alone." xor:"version"`
	MaxRate  int           `help:"Packets sent in a second at most, to all hosts." default:"10000"`
	JSON     bool          `name:"json" help:"Print JSON, one object a line for each host."`
}

// once returns what the flags ask for. What it refuses is the caller's mistake.
func (p *pingCommand) once() (icmp.Once, error) {
	once := icmp.Once{
		Count: p.Count, Interval: p.Interval, Timeout: p.Timeout, Size: p.Size, DSCP: p.DSCP, TTL: p.TTL, MaxRate: p.MaxRate,
	}
	switch {
	case p.IPv4:
		once.Version = 4
	case p.IPv6:
		once.Version = 6
	}
	if p.Source != "" {
		var err error
		if once.Source, err = netip.ParseAddr(p.Source); err != nil {
			return once, usageError{fmt.Errorf("source is %q, which is no IP address", p.Source)}
		}
	}
	if err := once.Validate(); err != nil {
		return once, usageError{err}
	}
	return once, nil
}

// Run pings the hosts and prints what they answer. It is an error when one does not.
func (p *pingCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	once, err := p.once()
	if err != nil {
		return err
	}
	for i, host := range p.Hosts {
		if inner := strings.Trim(host, "[]"); strings.Contains(inner, ":") {
			p.Hosts[i] = inner // an IPv6 address as it stands before a port
		}
	}
	heard := func(icmp.Event) {}
	if !p.JSON {
		answers := newAnswerLines(output, p.Hosts)
		heard = answers.print
	}
	results, err := icmp.Ping(ctx, once, p.Hosts, heard, logger)
	if err != nil {
		return err
	}
	if p.JSON {
		err = p.encode(output, results)
	} else {
		err = printSummary(output, results)
	}
	if err != nil {
		return err
	}
	silent := 0
	for i := range results {
		if results[i].Received == 0 {
			silent++
		}
	}
	if silent > 0 {
		return fmt.Errorf("%d of %d hosts did not answer", silent, len(results))
	}
	return nil
}

// answerLines prints a line for each answer and error as it comes.
type answerLines struct {
	output io.Writer
	hosts  []string
	width  int
	begun  bool
}

func newAnswerLines(output io.Writer, hosts []string) *answerLines {
	lines := &answerLines{output: output, hosts: hosts, width: len("HOST")}
	for _, host := range hosts {
		lines.width = max(lines.width, len(host))
	}
	return lines
}

func (l *answerLines) line(host, sequence, rtt, ttl, note string) {
	line := fmt.Sprintf("%-*s  %5s  %9s  %3s  %s", l.width, host, sequence, rtt, ttl, note)
	fmt.Fprintln(l.output, strings.TrimRight(line, " "))
}

func (l *answerLines) print(event icmp.Event) {
	if !l.begun {
		l.begun = true
		l.line("HOST", "SEQ", "RTT MS", "TTL", "NOTE")
	}
	rtt, ttl, note := "-", "-", ""
	switch event.Outcome {
	case icmp.Answered, icmp.Late, icmp.Duplicate:
		rtt = milliseconds(event.RTT)
		if event.TTL != 0 {
			ttl = strconv.Itoa(int(event.TTL))
		}
		note = map[icmp.Outcome]string{icmp.Late: "too late", icmp.Duplicate: "duplicate"}[event.Outcome]
	case icmp.Errored:
		note = complaint(icmp.Complaint{Kind: event.Fault.String(), From: event.From, MTU: event.Fault.MTU})
	case icmp.Refused:
		note = "not sent: " + event.Reason
	}
	l.line(l.hosts[event.Host], strconv.Itoa(event.Sequence+1), rtt, ttl, note)
}

func milliseconds(duration time.Duration) string {
	return strconv.FormatFloat(float64(duration)/1e6, 'f', 3, 64)
}

// complaint says who said what.
func complaint(said icmp.Complaint) string {
	text := said.Kind
	if said.MTU != 0 {
		text += fmt.Sprintf(" (MTU %d)", said.MTU)
	}
	if said.From.IsValid() {
		text += " from " + said.From.String()
	}
	return text
}

// printSummary prints a line for each host, narrow enough for a terminal, and below what
// was wrong.
func printSummary(output io.Writer, results []icmp.Result) error {
	named := slices.ContainsFunc(results, func(result icmp.Result) bool {
		return result.Address.IsValid() && result.Host != result.Address.String()
	})
	about := func(host, address string) []string {
		if named {
			return []string{host, address}
		}
		return []string{host}
	}
	lines := [][]string{append(about("HOST", "ADDRESS"), "SENT", "RECV", "LOSS %", "MIN MS", "AVG MS", "MED MS", "P95 MS", "MAX MS", "MDEV MS", "JITTER MS")}
	for i := range results {
		result := &results[i]
		address, loss := "-", "-"
		if result.Address.IsValid() {
			address = result.Address.String()
		}
		if result.Sent > 0 {
			loss = strconv.FormatFloat(result.LossPct(), 'f', 1, 64)
		}
		line := append(about(result.Host, address), strconv.Itoa(result.Sent), strconv.Itoa(result.Received), loss)
		lines = append(lines, append(line, times(result)...))
	}
	fmt.Fprintln(output)
	if err := report.Align(output, lines); err != nil {
		return err
	}
	for i := range results {
		for _, odd := range oddities(&results[i]) {
			fmt.Fprintf(output, "%s: %s\n", results[i].Host, odd)
		}
	}
	return nil
}

// times returns the round-trip times of a host as cells.
func times(result *icmp.Result) []string {
	spread, ok := result.Spread()
	if !ok {
		return strings.Split("-------", "")
	}
	var cells []string
	for _, value := range []time.Duration{spread.Min, spread.Avg, spread.Median, spread.P95, spread.Max, spread.Mdev, spread.Jitter} {
		cells = append(cells, milliseconds(value))
	}
	if result.Received < 2 {
		cells[len(cells)-1] = "-" // jitter is between two
	}
	return cells
}

// oddities says what was not as it should be with a host.
func oddities(result *icmp.Result) []string {
	var odd []string
	if result.Err != nil {
		odd = append(odd, result.Err.Error())
	}
	for _, said := range result.Errors {
		odd = append(odd, fmt.Sprintf("%d x %s", said.Count, complaint(said)))
	}
	if result.Sent > 0 && result.Received == 0 && len(result.Errors) == 0 {
		odd = append(odd, "no answer in time, and no word from a router on the way")
	}
	if result.Duplicates > 0 {
		odd = append(odd, fmt.Sprintf("duplicate answers: %d", result.Duplicates))
	}
	if result.Reordered > 0 {
		odd = append(odd, fmt.Sprintf("answers out of order: %d", result.Reordered))
	}
	return odd
}

// pingOut is a host's result as programs see it. What is not known is null.
type pingOut struct {
	Host       string         `json:"host"`
	Address    *string        `json:"address"`
	Sent       int            `json:"sent"`
	Received   int            `json:"received"`
	Lost       int            `json:"lost"`
	LossPct    *float64       `json:"loss_pct"`
	Duplicates int            `json:"duplicates"`
	Reordered  int            `json:"reordered"`
	RTT        spreadOut      `json:"rtt_ms"`
	RTTs       []*float64     `json:"rtts_ms"`
	JitterMs   *float64       `json:"jitter_ms"`
	Errors     []complaintOut `json:"errors"`
	DSCPSent   int            `json:"dscp"`
	DSCPHeard  *int           `json:"dscp_received"`
	TTL        *int           `json:"ttl_received"`
	Error      string         `json:"error,omitempty"` // why it was not pinged
}

type spreadOut struct {
	Min    *float64 `json:"min"`
	Avg    *float64 `json:"avg"`
	Median *float64 `json:"median"`
	P95    *float64 `json:"p95"`
	Max    *float64 `json:"max"`
	Mdev   *float64 `json:"mdev"`
}

type complaintOut struct {
	Kind  string  `json:"kind"`
	From  *string `json:"from"` // null for this machine
	MTU   uint32  `json:"mtu,omitempty"`
	Count int     `json:"count"`
}

// encode prints a line for each host.
func (p *pingCommand) encode(output io.Writer, results []icmp.Result) error {
	buffered := bufio.NewWriter(output)
	encoder := json.NewEncoder(buffered)
	for i := range results {
		if err := encoder.Encode(p.out(&results[i])); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

func (p *pingCommand) out(result *icmp.Result) pingOut {
	out := pingOut{
		Host: result.Host, Address: written(result.Address), Sent: result.Sent, Received: result.Received, Lost: result.Sent - result.Received,
		Duplicates: result.Duplicates, Reordered: result.Reordered, RTTs: []*float64{}, Errors: []complaintOut{}, DSCPSent: int(p.DSCP),
	}
	if result.Sent > 0 {
		out.LossPct = new(result.LossPct())
	}
	for _, rtt := range result.RTTs {
		if rtt == icmp.Lost {
			out.RTTs = append(out.RTTs, nil)
			continue
		}
		out.RTTs = append(out.RTTs, inMilliseconds(rtt))
	}
	if spread, ok := result.Spread(); ok {
		out.RTT = spreadOut{
			inMilliseconds(spread.Min), inMilliseconds(spread.Avg), inMilliseconds(spread.Median),
			inMilliseconds(spread.P95), inMilliseconds(spread.Max), inMilliseconds(spread.Mdev),
		}
		if result.Received > 1 {
			out.JitterMs = inMilliseconds(spread.Jitter)
		}
	}
	for _, said := range result.Errors {
		out.Errors = append(out.Errors, complaintOut{said.Kind, written(said.From), said.MTU, said.Count})
	}
	if result.DSCP != nil {
		out.DSCPHeard = new(int(*result.DSCP))
	}
	if result.TTL != 0 {
		out.TTL = new(int(result.TTL))
	}
	if result.Err != nil {
		out.Error = result.Err.Error()
	}
	return out
}

func inMilliseconds(duration time.Duration) *float64 { return new(float64(duration) / 1e6) }

func written(address netip.Addr) *string {
	if !address.IsValid() {
		return nil
	}
	return new(address.String())
}
