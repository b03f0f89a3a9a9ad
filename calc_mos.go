package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"text/tabwriter"

	"mimamori/processors/voice"
)

// calcMos rates a connection by the E-model.
type calcMos struct {
	Codec   string   `help:"Codec, as in G.729A+VAD; an unknown one gives the list of those known." placeholder:"NAME"`
	DelayMs *float64 `name:"delay-ms" help:"Absolute one-way delay Ta, milliseconds, jitter buffer and packetisation not included. Default 0." placeholder:"MS"`
	LossPct *float64 `help:"Packets lost, percent. Default 0." placeholder:"PCT"`
	BurstR  *float64 `help:"Burst ratio: 1 for random loss (the default), higher for bursts." placeholder:"RATIO"`

	Ie             *float64 `help:"Equipment impairment factor in place of the codec's; the result is then not the ITU's."`
	Bpl            *float64 `help:"Packet-loss robustness factor in place of the codec's; the result is then not the ITU's."`
	Scale          string   `help:"Scale of --ie where no codec is named: nb (G.107), wb (G.107.1) or fb (G.107.2). A codec has its own." enum:"nb,wb,fb," default:""`
	JitterBufferMs float64  `help:"Depth of the jitter buffer, milliseconds, which adds to the delay." placeholder:"MS"`
	PacketMs       float64  `help:"Speech in a packet, milliseconds, which adds to the delay." placeholder:"MS"`
	NoEcho         bool     `help:"Take the path for free of echo: T and Tr are 0. Otherwise T is Ta and Tr twice that."`
	Advantage      float64  `help:"What users forgive for the sake of access, A: 0 wirebound, up to 5 in a building, 10 in an area, 20 hard to reach." placeholder:"A"`
	DelayClass     string   `help:"How sensitive the conversation is to delay: default, low or very-low." enum:"default,low,very-low" default:"default"`
	Set            []string `help:"Another parameter of G.107 by its name, as in --set telr=55: slr, rlr, stmr, lstr, ds, telr, wepl, t, tr, qdu, nc, nfor, ps, pr." placeholder:"NAME=VALUE"`

	Stdin bool `help:"Rate each line of standard input: codec,delay_ms,loss_pct,burst_r. Prints a JSON object a line."`
	JSON  bool `name:"json" help:"Print JSON."`
}

// connection is what is rated.
type connection struct {
	codec                    string
	delayMs, lossPct, burstR float64
}

// Run prints the rating.
func (c *calcMos) Run(output stdout) error {
	if c.Stdin {
		if c.Codec != "" || c.DelayMs != nil || c.LossPct != nil || c.BurstR != nil {
			return usageError{errors.New("--codec, --delay-ms, --loss-pct and --burst-r come from standard input with --stdin: leave them out")}
		}
		return c.rateLines(os.Stdin, output)
	}
	asked := connection{codec: c.Codec, delayMs: given(c.DelayMs, 0), lossPct: given(c.LossPct, 0), burstR: given(c.BurstR, 1)}
	rated, err := c.rate(asked)
	if err != nil {
		return usageError{err}
	}
	if c.JSON {
		return json.NewEncoder(output).Encode(rated)
	}
	return rated.table(output)
}

func given(value *float64, otherwise float64) float64 {
	if value == nil {
		return otherwise
	}
	return *value
}

// rate evaluates the model. What it refuses is the caller's mistake.
func (c *calcMos) rate(asked connection) (ratedConnection, error) {
	codec, official, err := c.figures(asked)
	if err != nil {
		return ratedConnection{}, err
	}
	for _, part := range []struct {
		name string
		ms   float64
	}{{"delay", asked.delayMs}, {"jitter buffer", c.JitterBufferMs}, {"packet", c.PacketMs}} {
		if !(part.ms >= 0) || math.IsInf(part.ms, 0) {
			return ratedConnection{}, fmt.Errorf("the %s is %g ms: use 0 or more", part.name, part.ms)
		}
	}
	parameters := voice.Default()
	parameters.Scale, parameters.Ie, parameters.Bpl = codec.Scale, codec.Ie, codec.Bpl
	parameters.Ppl, parameters.BurstR, parameters.A = asked.lossPct, asked.burstR, c.Advantage
	parameters.Ta = asked.delayMs + c.JitterBufferMs + c.PacketMs
	if !c.NoEcho {
		parameters.T, parameters.Tr = parameters.Ta, 2*parameters.Ta
	}
	class := map[string][2]float64{"default": voice.DelayDefault, "low": voice.DelayLow, "very-low": voice.DelayVeryLow}[c.DelayClass]
	parameters.ST, parameters.MT = class[0], class[1]
	if err := setParameters(&parameters, c.Set); err != nil {
		return ratedConnection{}, err
	}
	if err := parameters.Validate(); err != nil {
		return ratedConnection{}, err
	}
	rating := parameters.Rating()
	if math.IsNaN(rating.R) || math.IsInf(rating.R, 0) {
		return ratedConnection{}, errors.New("the model has no result for these parameters: they are too far from those of a telephone connection")
	}
	return newRatedConnection(asked.codec, official, parameters, rating), nil
}

// figures returns the codec's figures and whether they are the ITU's.
func (c *calcMos) figures(asked connection) (voice.Codec, bool, error) {
	codec, known := voice.FindCodec(asked.codec)
	if name, usual := speechCodec(asked.codec); usual && !known { // g711 as well as G.711
		codec, known = voice.FindCodec(name)
	}
	switch {
	case asked.codec == "" && c.Ie == nil:
		return codec, false, errors.New("nothing says what the codec does to speech: give --codec, or --ie with --bpl")
	case !known && c.Ie == nil:
		return codec, false, fmt.Errorf("the codec %q is not known: use one of %s, or give its --ie and --bpl", asked.codec, strings.Join(voice.CodecNames(), ", "))
	case known && c.Scale != "" && voice.Scale(c.Scale) != codec.Scale && (c.Ie == nil || c.Bpl == nil):
		return codec, false, fmt.Errorf("the figures of %s are of the scale %s, not %s: scales do not mix", asked.codec, codec.Scale, c.Scale)
	}
	official := known && c.Ie == nil && c.Bpl == nil
	if c.Scale != "" {
		codec.Scale = voice.Scale(c.Scale)
	} else if !known {
		codec.Scale = voice.Narrowband
	}
	codec.Ie = given(c.Ie, codec.Ie)
	codec.Bpl = given(c.Bpl, codec.Bpl)
	if codec.Bpl == 0 && c.Bpl == nil {
		if asked.lossPct != 0 {
			return codec, false, fmt.Errorf("there is no Bpl of the ITU for %s: what it makes of loss is not known; give one with --bpl", codecTitle(asked.codec))
		}
		codec.Bpl = voice.Default().Bpl // without loss it has no part
	}
	return codec, official, nil
}

func codecTitle(codec string) string {
	if codec == "" {
		return "a codec without a name"
	}
	return codec
}

// ratedConnection is a result as programs see it. Nothing is rounded.
type ratedConnection struct {
	R               float64 `json:"r"`
	MOS             float64 `json:"mos"`
	MOSLQ           float64 `json:"mos_lq"` // listening quality: without delay and echo
	Band            string  `json:"band"`   // ITU-T G.109
	GoBPct          float64 `json:"gob_pct"`
	PoWPct          float64 `json:"pow_pct"`
	Scale           string  `json:"scale"`
	Codec           string  `json:"codec,omitempty"`
	ITU             bool    `json:"itu"` // Ie and Bpl are the ITU's
	Ie              float64 `json:"ie"`
	Bpl             float64 `json:"bpl"`
	DelayMs         float64 `json:"delay_ms"` // Ta, with jitter buffer and packet
	LossPct         float64 `json:"loss_pct"`
	BurstR          float64 `json:"burst_r"`
	Ro              float64 `json:"ro"`
	Is              float64 `json:"is"`
	Idte            float64 `json:"idte"`
	Idle            float64 `json:"idle"`
	Idd             float64 `json:"idd"`
	DelayImpairment float64 `json:"id"` // what delay and echo take away
	IeEff           float64 `json:"ie_eff"`
	Model           string  `json:"model"`
	Note            string  `json:"note,omitempty"`
}

func newRatedConnection(codec string, official bool, p voice.Parameters, r voice.Rating) ratedConnection {
	narrow := p.Scale.Narrowed(r.R)
	rated := ratedConnection{
		R: r.R, MOS: r.MOS, MOSLQ: r.MOSLQ, Band: voice.Band(narrow), GoBPct: voice.GoodOrBetter(narrow), PoWPct: voice.PoorOrWorse(narrow),
		Scale: string(p.Scale), Codec: codec, ITU: official, Ie: p.Ie, Bpl: p.Bpl, DelayMs: p.Ta, LossPct: p.Ppl, BurstR: p.BurstR,
		Ro: r.Ro, Is: r.Is, Idte: r.Idte, Idle: r.Idle, Idd: r.Idd, DelayImpairment: r.DelayImpairment(), IeEff: r.IeEff, Model: p.Scale.Model(),
	}
	if r.Exceeded() {
		rated.Note = "the loss is burstier than the model was made for: the quality is low, the figure is not to be relied on"
	}
	return rated
}

// table prints the result for a person.
func (r ratedConnection) table(output io.Writer) error {
	origin := "the ITU's"
	if !r.ITU {
		origin = "not the ITU's"
	}
	writer := tabwriter.NewWriter(output, 2, 8, 2, ' ', 0)
	fmt.Fprintf(writer, "MOS\t%.4f\tconversational; listening %.4f\n", r.MOS, r.MOSLQ)
	fmt.Fprintf(writer, "R\t%.4f\t%s, scale %s\n", r.R, r.Band, r.Scale)
	fmt.Fprintf(writer, "Ro\t%.4f\tsignal to noise\n", r.Ro)
	fmt.Fprintf(writer, "Is\t%.4f\tloudness, sidetone, quantisation\n", r.Is)
	fmt.Fprintf(writer, "Id\t%.4f\ttalker echo %.4f, listener echo %.4f, delay %.4f of %.6g ms\n", r.DelayImpairment, r.Idte, r.Idle, r.Idd, r.DelayMs)
	fmt.Fprintf(writer, "Ie,eff\t%.4f\tIe %g and Bpl %g, %s; loss %.6g %%, burst ratio %.6g\n", r.IeEff, r.Ie, r.Bpl, origin, r.LossPct, r.BurstR)
	if r.Note != "" {
		fmt.Fprintln(writer, r.Note)
	}
	return writer.Flush()
}
