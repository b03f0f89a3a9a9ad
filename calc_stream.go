package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	probe "mimamori/ingest/voice"
	"mimamori/processors/voice"
)

// calcStream measures a stream of packets, one a line, and rates it.
type calcStream struct {
	Codec          string  `help:"Codec of the stream." default:"G.711"`
	IntervalMs     float64 `help:"Time between two packets and the speech in one, milliseconds." default:"20"`
	JitterBufferMs float64 `help:"Depth of the jitter buffer, milliseconds." default:"40"`
	Adaptive       bool    `help:"A jitter buffer as deep as the 99th percentile of the delay variation instead."`
	NoEcho         bool    `help:"Take the path for free of echo."`
	JSON           bool    `name:"json" help:"Print JSON."`
}

// Help is what kong prints below the flags.
func (*calcStream) Help() string {
	return "Standard input holds a line for each packet in the order sent: its one-way delay in milliseconds, or the word lost."
}

// measuredStream is what is measured, as programs see it.
type measuredStream struct {
	Packets         int             `json:"packets"`
	Lost            int             `json:"lost"`
	Late            int             `json:"late"`              // for the jitter buffer
	NetworkMs       float64         `json:"network_ms"`        // mean one-way delay
	JitterMs        float64         `json:"jitter_ms"`         // RFC 3550, at the end
	IPDVMaxMs       float64         `json:"ipdv_max_ms"`       // RFC 5481, the largest in either direction
	PDV99Ms         float64         `json:"pdv99_ms"`          // RFC 5481
	JitterBufferMs  float64         `json:"jitter_buffer_ms"`  // as deep as it was
	Bursts          uint32          `json:"bursts"`            // RFC 3611, of packets lost or late
	BurstDensityPct float64         `json:"burst_density_pct"` // RFC 3611
	GapDensityPct   float64         `json:"gap_density_pct"`   // RFC 3611
	BurstMeanMs     float64         `json:"burst_mean_ms"`     // RFC 3611
	Quality         ratedConnection `json:"quality"`
}

// Run prints the measures and the rating.
func (c *calcStream) Run(output stdout) error {
	if !(c.IntervalMs > 0 && c.IntervalMs <= 1000) {
		return usageError{fmt.Errorf("--interval-ms is %g: use a number above 0, up to 1000; 20 is what telephones use", c.IntervalMs)}
	}
	delays, err := readDelays(os.Stdin)
	if err != nil {
		return err
	}
	measured, heard, err := c.measure(delays)
	if err != nil {
		return usageError{err}
	}
	listener := calcMos{JitterBufferMs: measured.JitterBufferMs, PacketMs: c.IntervalMs, NoEcho: c.NoEcho, DelayClass: "default"}
	if measured.Quality, err = listener.rate(heard); err != nil {
		return usageError{err}
	}
	if c.JSON {
		return json.NewEncoder(output).Encode(measured)
	}
	return measured.table(output)
}

// readDelays reads a delay a line, milliseconds; that of a lost packet is not a number.
func readDelays(input io.Reader) (delays []float64, err error) {
	lines := bufio.NewScanner(input)
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		delay := math.NaN()
		if text != "lost" {
			delay, err = strconv.ParseFloat(text, 64)
			if err != nil || !(delay >= 0 && delay <= maxPacketDelayMs) {
				return nil, usageError{fmt.Errorf("line %d is %q: write a delay in milliseconds, 0 to %d, or the word lost", number, text, maxPacketDelayMs)}
			}
		}
		delays = append(delays, delay)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return delays, nil
}

// maxPacketDelayMs is a minute: no listener waits longer.
const maxPacketDelayMs = 60_000

// measure returns what the packets met and what a listener makes of it, to be rated.
func (c *calcStream) measure(delays []float64) (measuredStream, connection, error) {
	measured := measuredStream{Packets: len(delays), JitterBufferMs: c.JitterBufferMs}
	var arrived []float64
	var jitter voice.Jitter
	jitterUs := 0.0
	for i, delay := range delays {
		if math.IsNaN(delay) {
			measured.Lost++
			continue
		}
		arrived = append(arrived, delay)
		// Timestamps in microseconds; they wrap as those of RTP do.
		sent := uint64(float64(i) * c.IntervalMs * 1000)
		jitterUs = jitter.Add(uint32(sent+uint64(delay*1000)), uint32(sent))
		measured.NetworkMs += delay
	}
	if len(arrived) == 0 {
		return measured, connection{}, errors.New("no packet on standard input arrived: there is nothing to measure")
	}
	measured.NetworkMs /= float64(len(arrived))
	measured.JitterMs = jitterUs / 1000
	for _, variation := range voice.IPDV(arrived) {
		measured.IPDVMaxMs = max(measured.IPDVMaxMs, math.Abs(variation))
	}
	variation := voice.PDV(arrived)
	measured.PDV99Ms = voice.Quantile(variation, 0.99)
	if c.Adaptive {
		measured.JitterBufferMs = measured.PDV99Ms
	}
	measured.Late = voice.Late(variation, measured.JitterBufferMs)
	heard := c.follow(&measured, delays, variation)
	return measured, heard, nil
}

// follow follows the packets a listener misses, lost or late.
func (c *calcStream) follow(measured *measuredStream, delays, variation []float64) connection {
	missing := make([]bool, len(delays))
	arrived := 0
	for i, delay := range delays {
		if missing[i] = math.IsNaN(delay); !missing[i] {
			missing[i] = variation[arrived] > measured.JitterBufferMs
			arrived++
		}
	}
	counted := probe.CountBursts(missing)
	bursts := voice.Bursts{Count: uint64(counted.Count), Packets: uint64(counted.Packets), Lost: uint64(counted.Lost)}
	missed := uint64(measured.Lost + measured.Late)
	measured.Bursts = counted.Count
	measured.BurstDensityPct = 100 * bursts.Density()
	measured.GapDensityPct = 100 * bursts.GapDensity(uint64(len(delays)), missed)
	measured.BurstMeanMs = bursts.MeanMs(c.IntervalMs)
	heard := connection{codec: c.Codec, delayMs: measured.NetworkMs, burstR: 1,
		lossPct: voice.LossPct(uint64(measured.Lost), uint64(measured.Late), uint64(len(delays)))}
	if missed >= voice.FewLost {
		heard.burstR = voice.BurstRatio(voice.Gilbert(missing))
	}
	return heard
}

// table prints the measures for a person.
func (m measuredStream) table(output io.Writer) error {
	writer := tabwriter.NewWriter(output, 2, 8, 2, ' ', 0)
	fmt.Fprintf(writer, "packets\t%d\t%d lost, %d too late for a jitter buffer of %.6g ms\n", m.Packets, m.Lost, m.Late, m.JitterBufferMs)
	fmt.Fprintf(writer, "delay\t%.3f ms\tthe network one way, mean\n", m.NetworkMs)
	fmt.Fprintf(writer, "jitter\t%.3f ms\tRFC 3550; delay variation 99%% %.3f ms over the lowest, %.3f ms at most between neighbours\n", m.JitterMs, m.PDV99Ms, m.IPDVMaxMs)
	if m.Bursts > 0 {
		fmt.Fprintf(writer, "bursts\t%d\tof %.0f ms on average with %.1f %% lost; %.3f %% lost outside\n", m.Bursts, m.BurstMeanMs, m.BurstDensityPct, m.GapDensityPct)
	}
	if err := writer.Flush(); err != nil {
		return err
	}
	return m.Quality.table(output)
}
