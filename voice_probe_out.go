package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// What delays are of.
const (
	basisRoundTrip     = "round trip"
	basisHalfRoundTrip = "half the round trip"
	basisForward       = "the way there"
)

// probed is a measurement as programs see it. What is not known is null. Delays are in
// milliseconds.
type probed struct {
	Target      string  `json:"target"`
	Address     string  `json:"address"` // of the reflector, with its port
	Codec       string  `json:"codec"`
	PacketBytes int     `json:"packet_bytes"` // UDP payload
	IntervalMs  float64 `json:"interval_ms"`
	DurationS   float64 `json:"duration_s"` // of what was sent

	Sent       int      `json:"sent"`     // received, lost and late
	Received   int      `json:"received"` // answered within the timeout
	Lost       int      `json:"lost"`     // never answered
	Late       int      `json:"late"`     // answered after the timeout
	Duplicates int      `json:"duplicates"`
	Reordered  int      `json:"reordered"` // RFC 4737
	LossPct    *float64 `json:"loss_pct"`  // lost and late

	RTT         delaysOut    `json:"rtt_ms"`
	OneWay      *oneWayOut   `json:"one_way_ms"`
	JitterMs    *float64     `json:"jitter_ms"` // RFC 3550
	JitterBasis string       `json:"jitter_basis"`
	PDV         variationOut `json:"pdv_ms"` // RFC 5481, of the round trip
	Ways        waysOut      `json:"ways"`

	JitterBufferMs  float64  `json:"jitter_buffer_ms"`
	Discarded       int      `json:"discarded"`      // too late for the jitter buffer
	HeardLossPct    *float64 `json:"heard_loss_pct"` // lost, late and discarded: Ppl of G.107
	BurstR          *float64 `json:"burst_r"`        // G.107
	Bursts          int      `json:"bursts"`         // RFC 3611
	BurstDensityPct float64  `json:"burst_density_pct"`
	GapDensityPct   float64  `json:"gap_density_pct"`
	BurstMeanMs     float64  `json:"burst_mean_ms"`

	DSCPSent     int  `json:"dscp_sent"`
	DSCPReceived *int `json:"dscp_received"` // what the network made of it, on either way

	DelayMs    *float64 `json:"delay_ms"`    // mouth to ear: Ta of G.107
	DelayBasis *string  `json:"delay_basis"` // what of it the network takes
	R          *float64 `json:"r"`
	MOS        *float64 `json:"mos"`    // conversational
	MOSLQ      *float64 `json:"mos_lq"` // listening
	Band       *string  `json:"band"`   // ITU-T G.109
	Scale      *string  `json:"scale"`
	ITU        *bool    `json:"itu"` // the codec's figures are the ITU's

	Clock      clockOut       `json:"clock"`
	Complaints []complaintOut `json:"icmp_errors"`
	Notes      []string       `json:"notes"`
}

type delaysOut struct {
	Min    *float64 `json:"min"`
	Avg    *float64 `json:"avg"`
	Median *float64 `json:"median"`
	P95    *float64 `json:"p95"`
	P99    *float64 `json:"p99"`
	Max    *float64 `json:"max"`
}

type oneWayOut struct {
	Forward  delaysOut `json:"forward"`
	Backward delaysOut `json:"backward"`
}

type variationOut struct {
	P95 *float64 `json:"p95"`
	P99 *float64 `json:"p99"`
	Max *float64 `json:"max"`
}

type waysOut struct {
	Forward  wayOut `json:"forward"`
	Backward wayOut `json:"backward"`
}

// wayOut is what is known of one way without synchronised clocks.
type wayOut struct {
	Lost     *int     `json:"lost"`      // known where the reflector counts
	JitterMs *float64 `json:"jitter_ms"` // RFC 3550
	DSCP     *int     `json:"dscp"`      // with which most packets came; there only where the reflector tells
	TTL      *int     `json:"ttl"`       // with which the last packet came, 255 at the start
}

type clockOut struct {
	Synchronised       bool     `json:"synchronised"` // this machine's
	ErrorMs            *float64 `json:"error_ms"`
	RemoteSynchronised *bool    `json:"remote_synchronised"`
	RemoteErrorMs      *float64 `json:"remote_error_ms"`
	OffsetMs           *float64 `json:"offset_ms"` // the reflector's clock is ahead by about so much
	Note               string   `json:"note"`
}

// fewPackets are too few to see a loss of one percent in.
const fewPackets = 100

// table prints a measurement for a person.
func (m *probed) table(output io.Writer) error {
	writer := tabwriter.NewWriter(output, 2, 8, 2, ' ', 0)
	fmt.Fprintf(writer, "path\t%s, %s: %d octets every %g ms for %.1f s\n", m.Address, m.Codec, m.PacketBytes, m.IntervalMs, m.DurationS)
	fmt.Fprintf(writer, "packets\t%d sent, %d answered in time, %d lost, %d late; %d duplicates, %d out of order\n", m.Sent, m.Received, m.Lost, m.Late, m.Duplicates, m.Reordered)
	switch {
	case m.Received > 0:
		m.figures(writer)
		fmt.Fprintf(writer, "clocks\t%s\n", m.Clock.Note)
		if m.Sent < fewPackets {
			fmt.Fprintf(writer, "caution\tloss, percentiles and MOS of %d packets say little: lengthen --for\n", m.Sent)
		}
	case m.LossPct != nil:
		fmt.Fprintf(writer, "loss\t%.2f %%\n", *m.LossPct)
	}
	for _, note := range m.Notes {
		fmt.Fprintf(writer, "note\t%s\n", note)
	}
	return writer.Flush()
}

// figures prints what is known where something was answered.
func (m *probed) figures(writer io.Writer) {
	spread := func(name string, of delaysOut) {
		fmt.Fprintf(writer, "%s\t%.3f ms mean; %.3f least, %.3f median, %.3f 95 %%, %.3f 99 %%, %.3f most\n", name, *of.Avg, *of.Min, *of.Median, *of.P95, *of.P99, *of.Max)
	}
	spread("round trip", m.RTT)
	if m.OneWay != nil {
		spread("way there", m.OneWay.Forward)
		spread("way back", m.OneWay.Backward)
	}
	fmt.Fprintf(writer, "variation\t%.3f ms 95 %%, %.3f 99 %%, %.3f most over the least round trip\n", *m.PDV.P95, *m.PDV.P99, *m.PDV.Max)
	if m.JitterMs != nil {
		fmt.Fprintf(writer, "jitter\t%.3f ms of the round trip; %.3f there, %.3f back\n", *m.JitterMs, *m.Ways.Forward.JitterMs, *m.Ways.Backward.JitterMs)
	}
	fmt.Fprintf(writer, "loss\t%.2f %%, and %d packets too late for a jitter buffer of %g ms; burst ratio %.2f\n", *m.LossPct, m.Discarded, m.JitterBufferMs, *m.BurstR)
	fmt.Fprintf(writer, "DSCP\t%d sent, %d received\n", m.DSCPSent, *m.DSCPReceived)
	fmt.Fprintf(writer, "MOS\t%.2f\tconversational; listening %.2f\n", *m.MOS, *m.MOSLQ)
	fmt.Fprintf(writer, "R\t%.1f\t%s, scale %s; %.1f ms from mouth to ear\n", *m.R, *m.Band, *m.Scale, *m.DelayMs)
}
