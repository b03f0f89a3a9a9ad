package verify

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"mimamori/bench/fleet"
	"mimamori/ingest/inventory"
	"mimamori/processors/voice"
	"mimamori/storage"
)

// qualityTolerance is how far a stored MOS may be from that of the impairments.
const qualityTolerance = 0.05

// Voice compares the quality of every voice path up to a time with the truth, two checks a path where any was impaired, where
// nothing else is known of the fleet.
func Voice(ctx context.Context, store Store, truth *fleet.Truth, options Options, to time.Time) ([]Check, error) {
	c := &comparison{store: store, truth: truth, options: options, from: truth.Start, to: to}
	return c.quality(ctx)
}

// quality compares the MOS of every path in each whole minute with that of the
// E-model on what the simulator really did to the packets, one check a path.
func (c *comparison) quality(ctx context.Context) ([]Check, error) {
	stored, err := c.store.Voice(ctx, c.query())
	if err != nil {
		return nil, fmt.Errorf("ask for the voice quality: %w", err)
	}
	found := map[qualityKey]*storage.PathVoice{}
	for i := range stored {
		found[qualityKey{entity(stored[i].Entity.Customer, stored[i].Entity.Site, stored[i].Name), stored[i].MinuteMs}] = &stored[i]
	}
	// A stream begins with the first whole slot after the start.
	const warming = 15 * time.Second
	minutes := wholeMinutes(c.from.Add(warming), c.to)
	steady := slices.DeleteFunc(slices.Clone(minutes), c.stoodStill)
	impaired := slices.ContainsFunc(c.truth.Paths, func(path fleet.PathTruth) bool { return len(path.Episodes) > 0 })
	away := c.away()
	var checks []Check
	for i := range c.truth.Paths {
		path := &c.truth.Paths[i]
		name := entity(path.Customer, path.Site, path.Name)
		check := Check{Name: "voice quality", Entity: name, Expected: "at least one whole minute", Found: "none"}
		if len(steady) == 0 && len(minutes) > 0 {
			check.Expected, check.Found, check.OK = "nothing", "the machine stood still in or near every whole minute", true
		}
		heard := steady
		if since, is := away[entity(path.Customer, path.Site)]; is {
			heard = slices.DeleteFunc(slices.Clone(steady), func(minute time.Time) bool { return minute.Add(time.Minute + lingering).After(since) })
			check.OK = len(heard) == 0
		}
		for _, minute := range heard {
			check = c.minute(path, minute, found[qualityKey{name, minute.UnixMilli()}])
			if !check.OK {
				break // the first mismatch is the one worth reading
			}
		}
		checks = append(checks, check)
		if impaired {
			checks = append(checks, c.episodes(path, heard, func(minute time.Time) *storage.PathVoice { return found[qualityKey{name, minute.UnixMilli()}] }))
		}
	}
	return checks, nil
}

// aftermath is how far from a standstill voice may be missing: the slots that were not over are given up.
const aftermath = 10 * time.Second

// stoodStill says whether the machine stood still in a minute, or so near it that voice of it may be missing.
func (c *comparison) stoodStill(minute time.Time) bool {
	return slices.ContainsFunc(c.truth.Standstills, func(stood fleet.Standstill) bool {
		return stood.From.Add(-aftermath).Before(minute.Add(time.Minute)) && stood.To.Add(aftermath).After(minute)
	})
}

type qualityKey struct {
	path   string
	minute int64
}

func (c *comparison) minute(path *fleet.PathTruth, minute time.Time, stored *storage.PathVoice) Check {
	check := Check{Name: "voice quality", Entity: entity(path.Customer, path.Site, path.Name), Found: "no such minute"}
	at := minute.UTC().Format(time.TimeOnly)
	done := fleet.VoiceMinute{}
	for _, each := range path.Minutes {
		if each.Minute.Equal(minute) {
			done = each
		}
	}
	if done.Seen == 0 {
		check.Expected = at + ": packets, but none came to the simulator"
		return check
	}
	expected := c.rated(&done)
	check.Expected = fmt.Sprintf("%s: MOS %.3f (loss %.2f %%, burst ratio %.2f, delay %.1f ms)", at, expected.MOS, expected.LossPct, expected.BurstR, expected.DelayMs)
	if stored == nil {
		return check
	}
	check.Found = fmt.Sprintf("MOS %.3f (loss %.2f %%, burst ratio %.2f, delay %.1f ms)", stored.MOS, stored.LossPct, stored.BurstR, stored.DelayMs)
	check.OK = math.Abs(expected.MOS-stored.MOS) <= qualityTolerance
	return check
}

// rated is the quality that follows from what was done to the packets of a minute.
func (c *comparison) rated(done *fleet.VoiceMinute) voice.Result {
	return voice.Quality(c.options.Voice, voice.Inputs{
		Codec: inventory.DefaultCodec, Sent: uint64(done.Seen), Received: uint64(done.Seen - done.Dropped),
		RunLengths: bars(done.RunLengths), Delays: bars(done.Delays),
		SumRTTUs: done.SumDelayUs, MinRTTUs: done.MinDelayUs,
	})
}

// bars turns the journal's flat pairs into a histogram.
func bars(pairs []uint32) []voice.Count {
	var histogram []voice.Count
	for i := 0; i+1 < len(pairs); i += 2 {
		histogram = append(histogram, voice.Count{Key: pairs[i], N: uint64(pairs[i+1])})
	}
	return histogram
}
