package main

import (
	"math"
	"slices"
	"time"

	probe "mimamori/ingest/voice"
	"mimamori/processors/voice"
)

// measure makes figures of a session.
func (p *voiceProbe) measure(once probe.Once, session *probe.Session) probed {
	sent := session.Sent()
	measured := probed{
		Target: p.Target, Address: session.Address.String(), Codec: once.Codec, PacketBytes: session.PacketSize,
		IntervalMs: inMs(once.Interval), DurationS: (time.Duration(sent) * once.Interval).Seconds(),
		Sent: sent, Received: session.Count(probe.InTime), Lost: session.Count(probe.Missing), Late: session.Count(probe.Overdue),
		Duplicates: session.Duplicates(), Reordered: session.Reordered(),
		JitterBasis: basisRoundTrip, JitterBufferMs: inMs(p.JitterBuffer), DSCPSent: int(once.DSCP),
		Complaints: complaintsOut(session), Notes: []string{},
	}
	if sent > 0 {
		measured.LossPct = new(voice.LossPct(uint64(measured.Lost), uint64(measured.Late), uint64(sent)))
	}
	oneWay := p.clocks(&measured, session)
	if measured.Received > 0 {
		measured.takeDelays(session, oneWay)
		p.rate(&measured, session, oneWay)
	}
	measured.Notes = append(measured.Notes, notes(session, once)...)
	return measured
}

// takeDelays fills in what the answers say of the round trip and of each way.
func (m *probed) takeDelays(session *probe.Session, oneWay bool) {
	trips := delaysOf(session, roundTrip)
	m.RTT = spreadOf(trips)
	variation := voice.PDV(trips)
	m.PDV = variationOut{new(voice.Quantile(variation, 0.95)), new(voice.Quantile(variation, 0.99)), new(slices.Max(variation))}
	m.JitterMs = jitterOf(session, roundTrip)
	last := &session.Exchanges[session.Arrivals[len(session.Arrivals)-1]]
	m.Ways.Forward = wayOut{JitterMs: jitterOf(session, forward), TTL: ttlOut(last.TTLThere)}
	m.Ways.Backward = wayOut{JitterMs: jitterOf(session, backward), TTL: ttlOut(last.TTL)}
	m.takeMarks(session)
	if there, back, known := session.LostWays(); known {
		m.Ways.Forward.Lost, m.Ways.Backward.Lost = new(there), new(back)
	}
	if oneWay {
		m.OneWay = &oneWayOut{Forward: spreadOf(delaysOf(session, forward)), Backward: spreadOf(delaysOf(session, backward))}
	}
}

// The delays of an exchange.
func roundTrip(e *probe.Exchange) time.Duration { return e.RTT }
func forward(e *probe.Exchange) time.Duration   { return e.Forward }
func backward(e *probe.Exchange) time.Duration  { return e.Backward }

// delaysOf returns a delay of each packet answered in time, milliseconds, as they came.
func delaysOf(session *probe.Session, delay func(*probe.Exchange) time.Duration) []float64 {
	delays := make([]float64, len(session.Arrivals))
	for i, sequence := range session.Arrivals {
		delays[i] = inMs(delay(&session.Exchanges[sequence]))
	}
	return delays
}

// jitterOf returns the interarrival jitter of RFC 3550 at the end, milliseconds; nil
// where there are no two packets to compare. What two clocks differ by has no part in it.
func jitterOf(session *probe.Session, delay func(*probe.Exchange) time.Duration) *float64 {
	if len(session.Arrivals) < 2 {
		return nil
	}
	var jitter voice.Jitter
	microseconds := 0.0
	for _, sequence := range session.Arrivals {
		microseconds = jitter.Add(uint32(delay(&session.Exchanges[sequence]).Microseconds()), 0)
	}
	return new(microseconds / 1000)
}

// spreadOf describes delays, at least one.
func spreadOf(delays []float64) delaysOut {
	sum := 0.0
	for _, delay := range delays {
		sum += delay
	}
	return delaysOut{
		Min: new(slices.Min(delays)), Avg: new(sum / float64(len(delays))), Median: new(voice.Quantile(delays, 0.5)),
		P95: new(voice.Quantile(delays, 0.95)), P99: new(voice.Quantile(delays, 0.99)), Max: new(slices.Max(delays)),
	}
}

// takeMarks fills in with which DSCP most packets came. Received is the one that differs
// from what was sent where one does: most reflectors return the mark a packet came
// with, but they may be asked for another.
func (m *probed) takeMarks(session *probe.Session) {
	m.Ways.Forward.DSCP = mostCommon(session, func(e *probe.Exchange) *uint8 { return e.DSCPThere })
	m.Ways.Backward.DSCP = mostCommon(session, func(e *probe.Exchange) *uint8 { return &e.DSCP })
	m.DSCPReceived = m.Ways.Backward.DSCP
	if there := m.Ways.Forward.DSCP; there != nil && *there != m.DSCPSent {
		m.DSCPReceived = there
	}
}

// mostCommon returns the value most answers have, nil where none has one.
func mostCommon(session *probe.Session, value func(*probe.Exchange) *uint8) *int {
	var counts [256]int
	for _, sequence := range session.Arrivals {
		if known := value(&session.Exchanges[sequence]); known != nil {
			counts[*known]++
		}
	}
	most := slices.Max(counts[:])
	if most == 0 {
		return nil
	}
	return new(slices.Index(counts[:], most))
}

// rate gives the packets to a listener, as calc stream does: the delay of each is what it
// took one way, or half its round trip where the clocks do not tell.
func (p *voiceProbe) rate(measured *probed, session *probe.Session, oneWay bool) {
	measured.DelayBasis = new(basisHalfRoundTrip)
	if oneWay {
		measured.DelayBasis = new(basisForward)
	}
	var delays []float64
	for i := range session.Exchanges {
		switch exchange := &session.Exchanges[i]; {
		case exchange.Fate == probe.Unsent:
		case exchange.Fate != probe.InTime:
			delays = append(delays, math.NaN())
		case oneWay:
			delays = append(delays, inMs(exchange.Forward))
		default:
			delays = append(delays, inMs(exchange.RTT)/2)
		}
	}
	listener := calcStream{IntervalMs: measured.IntervalMs, JitterBufferMs: measured.JitterBufferMs}
	stream, heard, err := listener.measure(delays)
	if err != nil {
		return // nothing was answered in time
	}
	measured.Discarded = stream.Late
	measured.Bursts, measured.BurstDensityPct, measured.GapDensityPct, measured.BurstMeanMs = int(stream.Bursts), stream.BurstDensityPct, stream.GapDensityPct, stream.BurstMeanMs
	config := voice.DefaultConfig()
	config.EchoFree = p.NoEcho
	parameters, official := config.Connection(measured.Codec, heard.delayMs+measured.JitterBufferMs+measured.IntervalMs, heard.lossPct, heard.burstR)
	rating := parameters.Rating()
	measured.BurstR, measured.HeardLossPct, measured.DelayMs = new(heard.burstR), new(heard.lossPct), new(parameters.Ta)
	measured.R, measured.MOS, measured.MOSLQ = new(rating.R), new(rating.MOS), new(rating.MOSLQ)
	measured.Band, measured.Scale, measured.ITU = new(parameters.Scale.Band(rating.R)), new(string(parameters.Scale)), new(official)
	if !config.Rates(measured.Codec) {
		measured.Notes = append(measured.Notes, "the ITU has no figures for "+measured.Codec+": it is rated as G.711")
	} else if !official {
		measured.Notes = append(measured.Notes, "the ITU does not say what loss does to "+measured.Codec+": it is taken to conceal nothing")
	}
}

func inMs(duration time.Duration) float64 { return float64(duration) / 1e6 }

func ttlOut(ttl uint8) *int {
	if ttl == 0 {
		return nil
	}
	return new(int(ttl))
}
