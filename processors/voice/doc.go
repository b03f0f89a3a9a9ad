// Package voice turns what a probe stream met into the quality a caller would hear:
// the E-model of ITU-T G.107 (06/2015, narrowband) and, per voice path and minute,
// delay, loss, burstiness, R and MOS.
//
// What lives here: the model (emodel.go), the codecs' impairments (codec.go), the
// step from a minute's measurements to the model's parameters (quality.go), and the
// figure that gathers the minutes (figure.go). What does not: the probe
// (ingest/voice) and how minutes are stored or asked for (storage).
//
// To add a codec with ITU figures: a line in codec.go. A codec without them belongs
// into the configuration. A change to quality.go or emodel.go that moves a result
// needs a new Model name, because stored minutes carry it.
//
// Hot path: none to speak of, one row per path and slot; BenchmarkQuality.
package voice
