package fleet

import (
	"context"
	"math"
	"time"
)

const (
	// quiet is how long a device must not have been asked for a poll round to be
	// over.
	quiet = 200 * time.Millisecond
	// patience is how long an incident waits for the right moment: longer than the
	// interval between two polls of a large fleet.
	patience = 17 * time.Second
	// clearOfMinute is how far the rate of a link changes from the turn of a minute:
	// a poll interval that spans both would give traffic of one minute to the other.
	clearOfMinute = 6 * time.Second
	// forever is longer than a fleet runs.
	forever = 365 * 24 * time.Hour
	// burstStep is the time between two handfuls of a burst of lines.
	burstStep = 50 * time.Millisecond
)

// play lets an incident happen at its time. It returns when the incident is over or
// the context ends.
func (f *Fleet) play(ctx context.Context, start time.Time, incident Incident) {
	if !pause(ctx, time.Until(start.Add(incident.From))) {
		return
	}
	number := f.bySite[incident.site][incident.device]
	device := f.devices[number]
	lasts := incident.To - incident.From
	if !incident.Kind.mends(f.plan.Config.Lasting) {
		lasts = forever
	}
	begun := -1
	begin := func() time.Time {
		f.logger.Info("begins: "+string(incident.Kind), "where", describe(incident))
		now := time.Now()
		begun = f.journal.happens(incident, now)
		return now
	}
	end := func() {
		f.journal.over(begun, time.Now())
		f.logger.Info("is over: "+string(incident.Kind), "where", describe(incident))
	}
	switch incident.Kind {
	case DeviceOutage, SiteOutage: // a site is cut at its edge router, its first device
		f.setDown(number, CauseDevice, begin())
		if !pause(ctx, lasts) {
			return
		}
		f.setDown(number, "", time.Now())
	case Flap:
		begin()
		for _, cause := range []Cause{CauseDevice, "", CauseDevice} {
			f.setDown(number, cause, time.Now())
			if !pause(ctx, lasts/3) {
				return
			}
		}
		f.setDown(number, "", time.Now())
	case Reboot:
		// What is known of its beginning is the last sign of life before it: that of
		// the agent, where pings are not the fleet's to answer.
		if !awaitPoll(ctx, device, !f.plan.Config.Shared) {
			return
		}
		f.setDown(number, CauseReboot, begin())
		if !pause(ctx, rebootDown) {
			return
		}
		now := time.Now()
		device.reboot(since(start, now))
		f.noteReset(number, now)
		f.setDown(number, "", now)
		f.chatter.tell(number, coldStart, device.state.Load().uptime(since(start, time.Now())), nil, 0)
	case CounterReset:
		if !awaitPoll(ctx, device, false) {
			return
		}
		now := begin()
		device.resetCounters(since(start, now))
		f.noteReset(number, now)
	case IndexReshuffle:
		if !awaitPoll(ctx, device, false) {
			return
		}
		device.state.Store(device.state.Load().shuffled(since(start, begin())))
	case SaturatedLink:
		if !pause(ctx, delayClearOfMinutes(time.Now(), lasts)) {
			return
		}
		device.saturate(since(start, begin()))
		if !pause(ctx, lasts) {
			return
		}
		device.relieve(since(start, time.Now()))
	case FanFailure:
		device.failFan(since(start, begin()))
		if !pause(ctx, lasts) {
			return
		}
		device.mendFan(since(start, time.Now()))
	case VoiceImpairment:
		path := f.pathOf(incident)
		begin()
		path.impair(voiceImpairment)
		if !pause(ctx, lasts) {
			return
		}
		path.impair(f.plan.Sites[incident.site].Paths[incident.item].Quality)
	case ApplianceSilence:
		if len(f.relays) == 0 {
			return
		}
		relay := f.relays[incident.site]
		relay.interrupt()
		begin()
		if !pause(ctx, lasts) {
			return
		}
		relay.restore()
	case SyslogBurst:
		begin()
		steps := int(lasts / burstStep)
		for step := range steps {
			for range burstLines*(step+1)/steps - burstLines*step/steps {
				f.chatter.say(ctx, number)
			}
			if !pause(ctx, burstStep) {
				return
			}
		}
	case CounterWrap, UptimeRollover: // both were laid out in the plan and come by themselves
		begin()
	}
	end()
}

func (f *Fleet) pathOf(incident Incident) *voicePath {
	for _, path := range f.paths {
		if path.site == incident.site && path.index == incident.item {
			return path
		}
	}
	return nil // not reached: the script names paths of the plan
}

// pause waits; false when the context ended first.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// awaitPoll waits until a poll round of the device is just over: an SNMP round, or
// a ping round with no SNMP round under way. So what happens next falls between two
// rounds. Where nobody polls, it waits no longer than patience. False when the
// context ended first.
func awaitPoll(ctx context.Context, device *device, ping bool) bool {
	begun := time.Now()
	for {
		now := time.Now()
		asked, echo := time.Unix(0, device.lastAsked.Load()), time.Unix(0, device.lastEcho.Load())
		round := asked
		if ping {
			round = echo
		}
		over := round.After(begun) && now.Sub(round) >= quiet && now.Sub(round) < 2*quiet && now.Sub(asked) >= quiet/2
		if over || now.Sub(begun) > patience {
			return true
		}
		if !pause(ctx, quiet/20) {
			return false
		}
	}
}

// delayClearOfMinutes returns how long to wait so that something that lasts so long
// neither begins nor ends near the turn of a minute.
func delayClearOfMinutes(now time.Time, lasts time.Duration) time.Duration {
	isClear := func(at time.Time) bool {
		second := at.Sub(at.Truncate(time.Minute))
		return second >= clearOfMinute && second <= time.Minute-clearOfMinute
	}
	for delay := time.Duration(0); delay < time.Minute; delay += 100 * time.Millisecond {
		if isClear(now.Add(delay)) && isClear(now.Add(delay+lasts)) {
			return delay
		}
	}
	return 0
}

// The changes below are made to one device by one incident alone, so a state that is
// read, changed and stored is never changed by another in between.

// reboot makes the device as one that was just switched on.
func (d *device) reboot(at float64) {
	next := d.state.Load().copied()
	next.boot = at
	next.engineBoots++
	next.tableChange = 0
	for i, before := range next.interfaces {
		next.interfaces[i] = before.reset(at)
		next.interfaces[i].discontinuity = 0
	}
	d.state.Store(next)
}

// resetCounters sets the counters to 0 and says so.
func (d *device) resetCounters(at float64) {
	next := d.state.Load().copied()
	for i, before := range next.interfaces {
		next.interfaces[i] = before.reset(at)
		next.interfaces[i].discontinuity = next.uptime(at)
	}
	d.state.Store(next)
}

// saturate fills the first interface with incoming traffic.
func (d *device) saturate(at float64) {
	next := d.state.Load().copied()
	rate := saturation * float64(d.Interfaces[0].SpeedBps) / 8
	next.interfaces[0].in = next.interfaces[0].in.with(Change{From: at, To: math.Inf(1), Rate: rate})
	d.state.Store(next)
}

// relieve ends the saturation.
func (d *device) relieve(at float64) {
	next := d.state.Load().copied()
	next.interfaces[0].in = next.interfaces[0].in.until(at)
	d.state.Store(next)
}
