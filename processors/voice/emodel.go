package voice

import (
	"errors"
	"fmt"
	"math"
)

// Parameters are the inputs of the E-model, named as in ITU-T G.107 (06/2015) table 2.
// Loudness ratings and noise are in dB, delays in milliseconds. On the wideband and
// fullband scales only Ta with ST and MT, Ie, Bpl, Ppl, BurstR and A count. Start from
// Default: the zero value is not a telephone connection.
type Parameters struct {
	Scale  Scale   // of Ie and of the rating
	SLR    float64 // send loudness rating
	RLR    float64 // receive loudness rating
	STMR   float64 // sidetone masking rating
	LSTR   float64 // listener sidetone rating
	Ds     float64 // D-value of the telephone, send side
	TELR   float64 // talker echo loudness rating
	WEPL   float64 // weighted echo path loss
	T      float64 // mean one-way delay of the echo path, ms
	Tr     float64 // round-trip delay in a four-wire loop, ms
	Ta     float64 // absolute delay in echo-free connections, ms
	Qdu    float64 // number of quantisation distortion units
	Ie     float64 // equipment impairment factor
	Bpl    float64 // packet-loss robustness factor
	Ppl    float64 // random packet-loss probability, percent
	BurstR float64 // burst ratio, 1 for random loss
	Nc     float64 // circuit noise at the 0 dBr point, dBm0p
	Nfor   float64 // noise floor at the receive side, dBmp
	Ps     float64 // room noise at the send side, dB(A)
	Pr     float64 // room noise at the receive side, dB(A)
	A      float64 // advantage factor, 0 (wirebound) to 20
	ST     float64 // delay sensitivity: 1 default, 0.55 low, 0.4 very low
	MT     float64 // minimum perceivable delay, ms: 100 default, 120 low, 150 very low
}

// Default returns the default parameters of G.107 table 2, without delay or loss.
func Default() Parameters {
	return Parameters{
		Scale: Narrowband, SLR: 8, RLR: 2, STMR: 15, LSTR: 18, Ds: 3, TELR: 65, WEPL: 110,
		Qdu: 1, Bpl: 4.3, BurstR: 1, Nc: -70, Nfor: -64, Ps: 35, Pr: 35,
		ST: 1, MT: 100,
	}
}

// Delay classes of G.107 (table 1 with 7.4): how sensitive a conversation is to delay.
// Each is ST and MT.
var (
	DelayDefault = [2]float64{1, 100}
	DelayLow     = [2]float64{0.55, 120}
	DelayVeryLow = [2]float64{0.4, 150}
)

// Validate says in which parameter the model has no meaning. It does not hold the
// standard's narrower recommended ranges.
func (p Parameters) Validate() error {
	var problems []error
	demand := func(ok bool, format string, arguments ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, arguments...))
		}
	}
	demand(p.Scale.Known(), "scale %q is none: use nb, wb or fb", p.Scale)
	ceiling := scales[p.Scale].ceiling
	for _, delay := range []struct {
		name string
		ms   float64
	}{{"delay", p.Ta}, {"echo path delay", p.T}, {"round-trip delay", p.Tr}} {
		demand(delay.ms >= 0 && delay.ms <= maxDelayMs, "the %s is %g ms: use 0 to %g", delay.name, delay.ms, float64(maxDelayMs))
	}
	demand(p.Ppl >= 0 && p.Ppl <= 100, "the loss is %g %%: use 0 to 100", p.Ppl)
	demand(p.BurstR >= 1 && p.BurstR <= maxBurstR, "the burst ratio is %g: use 1 (random loss) to %g", p.BurstR, float64(maxBurstR))
	demand(p.Ie >= 0 && p.Ie <= ceiling, "ie is %g: use 0 to %g", p.Ie, ceiling)
	demand(p.Bpl > 0 && p.Bpl <= maxBpl, "bpl is %g: use a number above 0, up to %g", p.Bpl, float64(maxBpl))
	demand(p.A >= 0 && p.A <= 20, "the advantage is %g: use 0 (wirebound) to 20 (hard to reach)", p.A)
	demand(p.Qdu >= 1 && p.Qdu <= 14, "qdu is %g: use 1 to 14", p.Qdu)
	demand(p.ST > 0 && p.ST <= 1 && p.MT >= 1 && p.MT <= maxDelayMs, "the delay sensitivity is %g with %g ms: use 0.4 to 1 and 100 to 150 ms", p.ST, p.MT)
	for _, level := range []struct {
		name      string
		value     float64
		low, high float64
	}{
		{"slr", p.SLR, -30, 60}, {"rlr", p.RLR, -30, 60}, {"stmr", p.STMR, 0, 60}, {"lstr", p.LSTR, 0, 60}, {"ds", p.Ds, -10, 10},
		{"telr", p.TELR, 0, 120}, {"wepl", p.WEPL, 0, 150}, {"nc", p.Nc, -120, 0}, {"nfor", p.Nfor, -120, 0}, {"ps", p.Ps, 0, 120}, {"pr", p.Pr, 0, 120},
	} {
		demand(level.value >= level.low && level.value <= level.high, "%s is %g: use %g to %g", level.name, level.value, level.low, level.high)
	}
	return errors.Join(problems...)
}

// Beyond these a number is a mistake and not a connection.
const (
	maxDelayMs = 60_000
	maxBurstR  = 1000
	maxBpl     = 1000
)

// Rating is the outcome of the E-model with the terms it is made of:
// R = Ro - Is - Idte - Idle - Idd - IeEff + A.
type Rating struct {
	Scale Scale   // of R and its terms
	R     float64 // transmission rating; may be negative
	MOS   float64 // conversational quality (MOS-CQE), 1 to 4.5
	MOSLQ float64 // listening quality: without what delay and echo take away, 1 to 4.5
	Ro    float64 // basic signal-to-noise ratio; on the wider scales what there is to lose
	Is    float64 // impairments simultaneous with the voice; 0 on the wider scales
	Idte  float64 // talker echo
	Idle  float64 // listener echo
	Idd   float64 // absolute delay
	IeEff float64 // equipment and loss; may exceed 95 (132 on the fullband scale) when loss comes in bursts
}

// Exceeded reports that the impairment of equipment and loss is beyond what the model
// was made for, as it may be where much is lost in bursts: R is low, but no more than
// that is known.
func (r Rating) Exceeded() bool { return r.IeEff > scales[r.Scale].ceiling }

// DelayImpairment is what delay and echo take away of R: the model's Id.
func (r Rating) DelayImpairment() float64 { return r.Idte + r.Idle + r.Idd }

// Rating evaluates the model. On the wider scales echo has no part: those telephones
// are taken to cancel it.
func (p Parameters) Rating() Rating {
	bounds := scales[p.Scale]
	result := Rating{Scale: p.Scale, Ro: bounds.top, Idd: bounds.stretch * p.absoluteDelay(), IeEff: p.equipment(bounds.ceiling)}
	if p.Scale == Narrowband {
		no, ist := p.noise(), p.sidetone()
		result.Ro = 15 - 1.5*(p.SLR+no)
		result.Is = p.loudness(no) + ist + p.quantisation(result.Ro)
		result.Idte = p.talkerEcho(no, ist)
		result.Idle = p.listenerEcho(result.Ro)
	}
	result.R = result.Ro - result.Is - result.Idte - result.Idle - result.Idd - result.IeEff + p.A
	result.MOS = p.Scale.MOS(result.R)
	result.MOSLQ = p.Scale.MOS(result.R + result.DelayImpairment())
	return result
}

// noise returns No, the power sum of all noise sources (G.107, 7.2).
func (p Parameters) noise() float64 {
	olr := p.SLR + p.RLR
	nos := p.Ps - p.SLR - p.Ds - 100 + 0.004*square(p.Ps-olr-p.Ds-14)
	pre := p.Pr + 10*math.Log10(1+math.Pow(10, (10-p.LSTR)/10))
	nor := p.RLR - 121 + pre + 0.008*square(pre-35)
	nfo := p.Nfor + p.RLR
	return 10 * math.Log10(decibel(p.Nc)+decibel(nos)+decibel(nor)+decibel(nfo))
}

// loudness returns Iolr, the cost of too low a loudness rating (7.3).
func (p Parameters) loudness(no float64) float64 {
	x := (p.SLR + p.RLR + 0.2*(64+no-p.RLR)) / 8
	return 20 * (math.Pow(1+math.Pow(x, 8), 1.0/8) - x)
}

// sidetone returns Ist, the cost of a sidetone that is not optimal (7.3).
func (p Parameters) sidetone() float64 {
	stmro := -10 * math.Log10(decibel(-p.STMR)+math.Exp(-p.T/4)*decibel(-p.TELR))
	return 12*root(8, (stmro-13)/6) - 28*root(35, (stmro+1)/19.4) - 13*root(13, (stmro-3)/33) + 29
}

// quantisation returns Iq, the cost of quantisation distortion (7.3).
func (p Parameters) quantisation(ro float64) float64 {
	q := 37 - 15*math.Log10(p.Qdu)
	g := 1.07 + 0.258*q + 0.0602*q*q
	y := (ro-100)/15 + 46/8.4 - g/9
	z := 46.0/30 - g/40
	return 15 * math.Log10(1+math.Pow(10, y)+math.Pow(10, z))
}

// talkerEcho returns Idte (7.4).
func (p Parameters) talkerEcho(no, ist float64) float64 {
	if p.T < 1 {
		return 0
	}
	terv := p.TELR - 40*math.Log10((1+p.T/10)/(1+p.T/150)) + 6*math.Exp(-0.3*p.T*p.T)
	if p.STMR < 9 {
		terv += ist / 2
	}
	half := (-1.5*(no-p.RLR) - (80 + 2.5*(terv-14))) / 2
	idte := (half + math.Sqrt(half*half+100) - 1) * (1 - math.Exp(-p.T))
	if p.STMR > 20 {
		idte = math.Hypot(idte, ist)
	}
	return idte
}

// listenerEcho returns Idle (7.4).
func (p Parameters) listenerEcho(ro float64) float64 {
	half := (ro - 10.5*(p.WEPL+7)*math.Pow(p.Tr+1, -0.25)) / 2
	return half + math.Sqrt(half*half+169)
}

// absoluteDelay returns Idd (7.4).
func (p Parameters) absoluteDelay() float64 {
	if p.Ta <= p.MT {
		return 0
	}
	x := math.Log2(p.Ta / p.MT)
	return 25 * (root(6*p.ST, x) - 3*root(6*p.ST, x/3) + 2)
}

// equipment returns Ie,eff (7.5). With bursts it may exceed the ceiling.
func (p Parameters) equipment(ceiling float64) float64 {
	if p.Ppl <= 0 {
		return p.Ie
	}
	return p.Ie + (ceiling-p.Ie)*p.Ppl/(p.Ppl/p.BurstR+p.Bpl)
}

// root returns (1+x^n)^(1/n), a form G.107 uses throughout.
func root(n, x float64) float64 { return math.Pow(1+math.Pow(x, n), 1/n) }

func decibel(x float64) float64 { return math.Pow(10, x/10) }

func square(x float64) float64 { return x * x }
