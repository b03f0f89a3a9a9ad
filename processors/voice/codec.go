package voice

import (
	"maps"
	"slices"
)

// Codec is what a codec does to speech: its impairment without loss and its
// robustness against loss (ITU-T G.113).
type Codec struct {
	Ie    float64 `yaml:"ie"`    // equipment impairment factor on the scale, 0 to 95 (fb: to 132)
	Bpl   float64 `yaml:"bpl"`   // packet-loss robustness factor, above 0
	Scale Scale   `yaml:"scale"` // nb, wb or fb: what Ie was measured on; default nb
}

// itu holds the figures of ITU-T G.113. G.711 stands for a receiver that plays silence
// for a lost packet, G.711+PLC for one that conceals it. Bpl is 0 where the ITU has an
// Ie alone: what such a codec makes of loss is not known.
//
// There are none for Opus, iLBC and AMR, and those that are quoted for G.722 disagree:
// the operator supplies figures for these.
var itu = map[string]Codec{
	"G.711":           {Ie: 0, Bpl: 4.3, Scale: Narrowband},
	"G.711+PLC":       {Ie: 0, Bpl: 25.1, Scale: Narrowband},
	"G.723.1-5.3":     {Ie: 19, Scale: Narrowband},
	"G.723.1-6.3":     {Ie: 15, Scale: Narrowband},
	"G.723.1+VAD-6.3": {Ie: 15, Bpl: 16.1, Scale: Narrowband},
	"G.726-16":        {Ie: 50, Scale: Narrowband},
	"G.726-24":        {Ie: 25, Scale: Narrowband},
	"G.726-32":        {Ie: 7, Scale: Narrowband},
	"G.726-40":        {Ie: 2, Scale: Narrowband},
	"G.728-12.8":      {Ie: 20, Scale: Narrowband},
	"G.728-16":        {Ie: 7, Scale: Narrowband},
	"G.729":           {Ie: 10, Scale: Narrowband},
	"G.729A":          {Ie: 10, Scale: Narrowband},
	"G.729A+VAD":      {Ie: 11, Bpl: 19, Scale: Narrowband},
	"GSM-EFR":         {Ie: 5, Bpl: 10, Scale: Narrowband},
	"GSM-HR":          {Ie: 23, Scale: Narrowband},

	// Wideband, listened to with one ear (monotic) or both (diotic).
	"AMR-WB 6.6 monotic":   {Ie: 41, Scale: Wideband},
	"AMR-WB 8.85 monotic":  {Ie: 26, Scale: Wideband},
	"AMR-WB 12.65 monotic": {Ie: 13, Scale: Wideband},
	"AMR-WB 14.25 monotic": {Ie: 10, Scale: Wideband},
	"AMR-WB 15.85 monotic": {Ie: 7, Scale: Wideband},
	"AMR-WB 18.25 monotic": {Ie: 5, Scale: Wideband},
	"AMR-WB 19.85 monotic": {Ie: 3, Scale: Wideband},
	"AMR-WB 23.05 monotic": {Ie: 1, Scale: Wideband},
	"AMR-WB 23.85 monotic": {Ie: 8, Scale: Wideband},
	"AMR-WB 12.65 diotic":  {Ie: 20, Bpl: 4.3, Scale: Wideband},
	"AMR-WB 23.05 diotic":  {Ie: 8, Bpl: 4.6, Scale: Wideband},
	"AMR-WB 23.85 diotic":  {Ie: 10, Bpl: 4.9, Scale: Wideband},

	// Super-wideband, on the fullband scale.
	"EVS-SWB 9.6":  {Ie: 22.7, Bpl: 13, Scale: Fullband},
	"EVS-SWB 13.2": {Ie: 17.1, Bpl: 11.7, Scale: Fullband},
	"EVS-SWB 16.4": {Ie: 10.8, Bpl: 10.3, Scale: Fullband},
	"EVS-SWB 24.4": {Ie: 7.2, Bpl: 11.4, Scale: Fullband},
	"EVS-SWB 32":   {Ie: 8.7, Bpl: 9.3, Scale: Fullband},
	"EVS-SWB 48":   {Ie: 10.2, Bpl: 9.6, Scale: Fullband},
}

// aliases are other names that codecs go by.
var aliases = map[string]string{
	"G.711-noPLC":       "G.711",
	"G.711-PLC":         "G.711+PLC",
	"G.723.1+VAD(6.3k)": "G.723.1+VAD-6.3",
	"G.723.1(6.3k)":     "G.723.1-6.3",
	"G.723.1(5.3k)":     "G.723.1-5.3",
}

// FindCodec returns the ITU's figures of a codec; false where it has none. Bpl is 0
// where it has an Ie alone.
func FindCodec(name string) (Codec, bool) {
	if other, ok := aliases[name]; ok {
		name = other
	}
	codec, ok := itu[name]
	return codec, ok
}

// CodecNames returns the names of all codecs with figures of the ITU, sorted.
func CodecNames() []string { return slices.Sorted(maps.Keys(itu)) }
