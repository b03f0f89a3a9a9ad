package voice

// Codec is what a codec does to speech: its impairment without loss and its
// robustness against loss (ITU-T G.113 appendix I).
type Codec struct {
	Ie  float64 `yaml:"ie"`  // equipment impairment factor, 0 to 95
	Bpl float64 `yaml:"bpl"` // packet-loss robustness factor, above 0
}

// codecs holds the figures of the ITU. G.711 stands for a receiver that plays
// silence for a lost packet, G.711+PLC for one that conceals it.
var codecs = map[string]Codec{
	"G.711":           {Ie: 0, Bpl: 4.3},
	"G.711+PLC":       {Ie: 0, Bpl: 25.1},
	"G.729A+VAD":      {Ie: 11, Bpl: 19},
	"G.723.1+VAD-6.3": {Ie: 15, Bpl: 16.1},
	"GSM-EFR":         {Ie: 5, Bpl: 10},
}
