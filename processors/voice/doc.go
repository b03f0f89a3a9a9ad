// Package voice turns what a probe stream met into the quality a caller would hear:
// the E-model of ITU-T G.107 (06/2015) with its wideband and fullband scales, and, per
// voice path and minute, delay, loss, burstiness, R and MOS.
//
// What lives here: the model (emodel.go), its scales (scale.go), what a rating means to
// users (opinion.go), the codecs' impairments (codec.go), the measures of a stream of
// packets (jitter.go, variation.go, loss.go), the step from a minute's measurements to
// the model's parameters (quality.go), the figure that gathers the minutes (figure.go),
// and what a router's own operations report (operation.go). What does not: the probe, which counts losses, bursts and jitter
// (ingest/voice), and how minutes are stored or asked for (storage).
//
// recompute.go makes minutes of the past anew when somebody asks.
//
// To add a codec with ITU figures: a line in codec.go. A codec without them belongs
// into the configuration. A change to quality.go or emodel.go that moves a result needs
// a new model name in scale.go, because stored minutes carry it. A minute is stored
// with all that the model was given: a new parameter goes into storage.VoiceMinute too.
//
// Hot path: none to speak of, one row per path and slot; BenchmarkQuality.
package voice
