package verify

import (
	"fmt"
	"time"

	"mimamori/bench/failures"
	"mimamori/bench/fleet"
	"mimamori/storage"
)

// turning is how long an episode may take to begin and to end.
const turning = 2 * time.Second

// episodes checks that the minutes of a path in which it was impaired all the time can be told from those in which it was
// not at all. Nothing is asked of the others, nor of those in which the appliance had no line, which the packets need as
// well.
func (c *comparison) episodes(path *fleet.PathTruth, minutes []time.Time, stored func(time.Time) *storage.PathVoice) Check {
	check := Check{Name: "voice episodes", Entity: entity(path.Customer, path.Site, path.Name), OK: true}
	done := map[int64]*fleet.VoiceMinute{}
	for i := range path.Minutes {
		done[path.Minutes[i].Minute.UnixMilli()] = &path.Minutes[i]
	}
	bad, good := 0, 0
	for _, minute := range minutes {
		whole, touched, why := c.impaired(path, minute)
		found, was := stored(minute), done[minute.UnixMilli()]
		if found == nil || was == nil {
			continue // the quality itself is wrong then
		}
		at := minute.UTC().Format(time.TimeOnly)
		switch {
		case whole && found.MOS >= failures.ImpairedMOS:
			check.Expected, check.Found, check.OK = fmt.Sprintf("%s: MOS below %.1f for %s", at, failures.ImpairedMOS, why), fmt.Sprintf("MOS %.3f", found.MOS), false
			return check
		case !touched && found.MOS < failures.GoodMOS && c.rated(was).MOS >= failures.GoodMOS:
			check.Expected, check.Found, check.OK = fmt.Sprintf("%s: MOS %.1f or more", at, failures.GoodMOS), fmt.Sprintf("MOS %.3f", found.MOS), false
			return check
		case whole:
			bad++
		case !touched:
			good++
		}
	}
	check.Expected = fmt.Sprintf("%d minutes in %d episodes below MOS %.1f, %d outside from %.1f on", bad, len(path.Episodes), failures.ImpairedMOS, good, failures.GoodMOS)
	check.Found = "so they are"
	return check
}

// impaired says whether a path was impaired for all of a minute, and whether for any of it.
func (c *comparison) impaired(path *fleet.PathTruth, minute time.Time) (whole, touched bool, why string) {
	end := minute.Add(time.Minute)
	for _, episode := range path.Episodes {
		if episode.From.Add(-turning).Before(end) && episode.To.Add(turning).After(minute) {
			touched = true
		}
		if !episode.From.Add(turning).After(minute) && !episode.To.Add(-turning).Before(end) {
			whole, why = true, episode.Why
		}
	}
	for _, silence := range c.truth.Silences {
		if silence.Customer == path.Customer && silence.Site == path.Site && silence.From.Before(end) && silence.To.After(minute) {
			touched = true
		}
	}
	return whole, touched, why
}
