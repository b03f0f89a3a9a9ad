package verify

import (
	"testing"
	"time"

	"mimamori/bench/fleet"
	"mimamori/storage"
)

// TestOutagesUpToATime compares a switch and what hangs on it, pinged each 20 s and polled each minute, up to ten minutes.
func TestOutagesUpToATime(t *testing.T) {
	at := func(seconds float64) time.Time { return second(seconds) }
	down := func(from, to float64, cause storage.Cause) storage.Outage {
		return storage.Outage{From: at(from), To: at(to), State: storage.StateDown, Cause: cause}
	}
	unknown := func(from float64) storage.Outage {
		return storage.Outage{From: at(from), To: at(600), State: storage.StateUnknown, Cause: storage.CauseSilent}
	}
	span := func(from, to float64, cause fleet.Cause) fleet.Span {
		return fleet.Span{From: at(from), To: at(to), Cause: cause}
	}
	for name, c := range map[string]struct {
		above, of []fleet.Span
		silent    float64 // since when the appliance is away; 0 for never
		found     []storage.Outage
		agree     bool
	}{
		"as it was":                    {of: []fleet.Span{span(100, 200, fleet.CauseDevice)}, found: []storage.Outage{down(110, 215, storage.CauseNoAnswer)}, agree: true},
		"with another cause":           {of: []fleet.Span{span(100, 200, fleet.CauseDevice)}, found: []storage.Outage{down(110, 215, storage.CauseUnreachable)}},
		"too late":                     {of: []fleet.Span{span(100, 200, fleet.CauseDevice)}, found: []storage.Outage{down(121, 215, storage.CauseNoAnswer)}},
		"not at all":                   {of: []fleet.Span{span(100, 200, fleet.CauseDevice)}},
		"one too many":                 {of: []fleet.Span{span(100, 200, fleet.CauseDevice)}, found: []storage.Outage{down(110, 215, storage.CauseNoAnswer), down(300, 320, storage.CauseNoAnswer)}},
		"too brief to be met":          {of: []fleet.Span{span(100, 110, fleet.CauseDevice)}, agree: true},
		"brief and met":                {of: []fleet.Span{span(100, 110, fleet.CauseDevice)}, found: []storage.Outage{down(105, 125, storage.CauseNoAnswer)}, agree: true},
		"a brief start":                {of: []fleet.Span{span(100, 110, fleet.CauseReboot)}},
		"at the end, not met yet":      {of: []fleet.Span{span(585, 700, fleet.CauseDevice)}, agree: true},
		"at the end, nobody knows why": {of: []fleet.Span{span(500, 700, fleet.CauseReboot)}, found: []storage.Outage{down(510, 600, storage.CauseNoAnswer)}, agree: true},
		"after the end":                {of: []fleet.Span{span(610, 700, fleet.CauseDevice)}, agree: true},
		"about when the switch failed": {
			above: []fleet.Span{span(130, 400, fleet.CauseDevice)}, of: []fleet.Span{span(100, 400, fleet.CauseDevice)},
			found: []storage.Outage{down(115, 410, storage.CauseUnreachable)}, agree: true,
		},
		"long before the switch failed": {
			above: []fleet.Span{span(200, 400, fleet.CauseDevice)}, of: []fleet.Span{span(100, 400, fleet.CauseDevice)},
			found: []storage.Outage{down(115, 410, storage.CauseUnreachable)},
		},
		"away": {
			of: []fleet.Span{span(100, 200, fleet.CauseReboot), span(450, 500, fleet.CauseDevice)}, silent: 300,
			found: []storage.Outage{down(110, 210, storage.CauseReboot), unknown(290)}, agree: true,
		},
		"away and seen all the same": {
			of: []fleet.Span{span(450, 500, fleet.CauseDevice)}, silent: 300,
			found: []storage.Outage{unknown(290), down(460, 510, storage.CauseNoAnswer)},
		},
		"away while it is down": {
			of: []fleet.Span{span(200, 500, fleet.CauseReboot)}, silent: 300,
			found: []storage.Outage{down(210, 290, storage.CauseNoAnswer), unknown(290)}, agree: true,
		},
		"away as soon as it was down": {of: []fleet.Span{span(275, 500, fleet.CauseDevice)}, silent: 300, found: []storage.Outage{unknown(290)}, agree: true},
		"away and taken for up":       {silent: 300},
	} {
		t.Run(name, func(t *testing.T) {
			behind := device
			behind.Device = "sv-1"
			truth := &fleet.Truth{Start: began, End: at(900), Devices: []fleet.DeviceTruth{
				{Customer: device.Customer, Site: device.Site, Name: device.Device, Down: c.above},
				{Customer: device.Customer, Site: device.Site, Name: behind.Device, Behind: device.Device, Down: c.of},
			}}
			if c.silent > 0 {
				truth.Silences = []fleet.Silence{{Customer: device.Customer, Site: device.Site, From: at(c.silent), To: at(900), Open: true}}
			}
			store := &answers{availability: []storage.Availability{{Entity: device}, {Entity: behind, Outages: c.found}}}
			checks, err := Outages(t.Context(), store, truth, Options{PingInterval: 20 * time.Second, PollInterval: time.Minute}, at(600))
			if err != nil || len(checks) != 2 {
				t.Fatalf("%d checks, %v", len(checks), err)
			}
			if check := checks[1]; check.OK != c.agree {
				t.Errorf("it agrees: %t; expected %v, found %v", check.OK, check.Expected, check.Found)
			}
		})
	}
}
