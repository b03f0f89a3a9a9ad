package chaos

// What may happen to a device, once in each scene at most.
const (
	sceneSlots  = 30
	sceneMargin = 3
)

// Purposes that chances are drawn for.
const (
	forScene uint64 = iota + 1
	forTraffic
	forEcho
	forBoot
	forVoice
	forLog
)

type incident uint8

const (
	calm   incident = iota
	dead            // no answer to anything
	reboot          // as dead, and it booted at the end
	unseen          // the appliance does not ask, as if it had been away
	poor            // most packets are lost
)

// scene says what happens to a device in the scene that a slot is in: the incident and
// its slots [from, to).
func (s *site) scene(device, number int) (what incident, from, to int) {
	draw := s.chance(forScene, uint64(s.number), uint64(device), uint64(number))
	begin := number * sceneSlots
	from = begin + sceneMargin + int(draw>>8%8)
	to = from + 6 + int(draw>>16%10)
	switch draw % 100 {
	case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14:
		return dead, from, to
	case 15, 16, 17, 18, 19, 20, 21, 22:
		return reboot, from, to
	case 23, 24, 25, 26, 27, 28, 29, 30, 31, 32:
		return unseen, from, to
	case 33, 34, 35, 36, 37, 38:
		return poor, from, to
	}
	return calm, from, to
}

// fate is what happens to a device in a slot; a dead router hides what is behind it.
func (s *site) fate(device, slot int) incident {
	what, from, to := s.scene(device, slot/sceneSlots)
	if slot < from || slot >= to {
		what = calm
	}
	if device == 0 || what == unseen {
		return what
	}
	if router := s.fate(0, slot); router == dead || router == reboot {
		return dead
	}
	return what
}

// bootedMs is when a device booted last before a slot, Unix milliseconds.
func (s *site) bootedMs(device, slot int) int64 {
	for number := slot / sceneSlots; number >= 0; number-- {
		if what, _, to := s.scene(device, number); what == reboot && to <= slot {
			return s.at(to) - 1500
		}
	}
	days := int64(1 + s.chance(forBoot, uint64(s.number), uint64(device))%300)
	return s.BeginMs - days*86_400_000
}
