package voice

// Scale is the scale of a transmission rating. The three differ in their ends and in
// what a codec's Ie means on them: a rating is never compared across scales, a MOS may
// be.
type Scale string

// The scales.
const (
	Narrowband Scale = "nb" // ITU-T G.107, 300 to 3400 Hz: R up to 93.2
	Wideband   Scale = "wb" // ITU-T G.107.1, 50 to 7000 Hz: R up to 129
	Fullband   Scale = "fb" // ITU-T G.107.2, 20 to 20000 Hz: R up to 148
)

// bounds are the constants of a scale.
type bounds struct {
	top     float64 // R of an unimpaired connection; of the narrowband one it follows from the model
	ceiling float64 // what Ie,eff goes to as loss grows
	stretch float64 // R on this scale to R on the narrowband one, where MOS is defined
	model   string
}

var scales = map[Scale]bounds{
	Narrowband: {ceiling: 95, stretch: 1, model: "G.107-2015/2"},
	Wideband:   {top: 129, ceiling: 95, stretch: 1.29, model: "G.107.1/2"},
	Fullband:   {top: 148, ceiling: 132, stretch: 1.48, model: "G.107.2/2"},
}

// Known reports whether it is one of the scales there are.
func (s Scale) Known() bool {
	_, known := scales[s]
	return known
}

// Model names the step from measurements to R and MOS on this scale; it changes
// whenever a result would.
func (s Scale) Model() string { return scales[s].model }

// Narrowed returns the narrowband rating that users like as much as a rating of this
// scale: R, R/1.29 or R/1.48.
func (s Scale) Narrowed(r float64) float64 { return r / scales[s].stretch }

// MOS returns the estimated mean opinion score of a transmission rating, 1 to 4.5.
func (s Scale) MOS(r float64) float64 { return MOS(s.Narrowed(r)) }

// Band returns the user satisfaction of a transmission rating.
func (s Scale) Band(r float64) string { return Band(s.Narrowed(r)) }
