package clickhouse

import (
	"iter"
	"time"

	"mimamori/storage"
)

// capacityFigures adds the samples of a link up to hours, hours to days and days to the link. A
// sample's load is its utilization as LinkProfile.Percent has it, at the speed of its
// hour; where that is not known it has none.
func capacityFigures(link linkSamples, profile storage.LinkProfile, expected int, zone *time.Location) storage.LinkCapacity {
	answer := storage.LinkCapacity{LinkProfile: profile, Expected: expected, BusyHour: -1}
	all := newSampleRates(len(link.all))
	var dayLoads []float64
	var days []storage.LoadDay
	var hourOfDay [24]struct {
		bits    float64
		covered int64
	}
	today := int64(-1)
	endDay := func() {
		if len(dayLoads) > 0 {
			days = append(days, storage.LoadDay{Day: today, Samples: len(dayLoads), Percent: p95(dayLoads)})
		}
		dayLoads = dayLoads[:0]
	}
	for samples := range hoursOf(link.all, zone) {
		local := instant(samples[0].bucket).In(zone)
		if date := dayNumber(local); date != today {
			endDay()
			today = date
		}
		hour := newClockHour(samples)
		answer.CoveredMs += hour.covered
		answer.InBits, answer.OutBits = answer.InBits+hour.in, answer.OutBits+hour.out
		answer.InPeakBps, answer.OutPeakBps = max(answer.InPeakBps, hour.inPeak), max(answer.OutPeakBps, hour.outPeak)
		if hour.speed > 0 {
			answer.SpeedBps = hour.speed
		}
		at := &hourOfDay[local.Hour()]
		at.bits, at.covered = at.bits+hour.in+hour.out, at.covered+hour.covered
		if mean := (hour.in + hour.out) * 1000 / float64(hour.covered); hour.covered >= hourMs/2 && (answer.Busiest.IsZero() || mean >= answer.BusiestBps) {
			answer.Busiest, answer.BusiestBps = instant(hourBegin(samples[0].bucket, zone)), mean
		}
		for _, one := range samples {
			before := len(all.loads)
			all.add(one, profile, hour.speed)
			dayLoads = append(dayLoads, all.loads[before:]...)
		}
	}
	endDay()
	for hour, at := range hourOfDay {
		if at.covered == 0 {
			continue
		}
		if mean := at.bits * 1000 / float64(at.covered); answer.BusyHour < 0 || mean > answer.BusyHourBps {
			answer.BusyHour, answer.BusyHourBps = hour, mean
		}
	}
	if answer.Samples = len(all.in); answer.Samples == 0 {
		answer.NoP95 = "not measured"
	} else {
		answer.P95 = all.percentiles()
		if !answer.P95.HasPercent {
			answer.NoTrend = "the speed is not known"
			return answer
		}
	}
	answer.Trend, answer.NoTrend = storage.TrendOf(days)
	return answer
}

// sampleRates are those of samples with a measurement, bit/s, and the loads of those of them
// whose speed is known, percent.
type sampleRates struct{ in, out, most, loads []float64 }

func newSampleRates(most int) sampleRates {
	of := func() []float64 { return make([]float64, 0, most) }
	return sampleRates{of(), of(), of(), of()}
}

func (r *sampleRates) add(one linkSample, profile storage.LinkProfile, speed uint64) {
	if one.covered <= 0 {
		return
	}
	in, out := one.in*1000/float64(one.covered), one.out*1000/float64(one.covered)
	r.in, r.out, r.most = append(r.in, in), append(r.out, out), append(r.most, max(in, out))
	if load, known := profile.Percent(in, out, speed); known {
		r.loads = append(r.loads, load)
	}
}

// percentiles are those of the rates, which are put in another order.
func (r *sampleRates) percentiles() storage.Percentiles {
	its := storage.Percentiles{InBps: p95(r.in), OutBps: p95(r.out), OfMaxBps: p95(r.most), HasPercent: len(r.loads) > 0}
	its.MaxOfBothBps = max(its.InBps, its.OutBps)
	if its.HasPercent {
		its.Percent = p95(r.loads)
	}
	return its
}

// clockHour is what the samples of one hour come to.
type clockHour struct {
	covered         int64
	in, out         float64
	inPeak, outPeak float64
	speed           uint64 // the latest that is known
}

func newClockHour(samples []linkSample) (h clockHour) {
	for _, one := range samples {
		h.covered += one.covered
		h.in, h.out = h.in+one.in, h.out+one.out
		h.inPeak, h.outPeak = max(h.inPeak, one.inPeak), max(h.outPeak, one.outPeak)
		if one.speed > 0 {
			h.speed = one.speed
		}
	}
	return h
}

// hoursOf cuts samples, which come by time, where an hour of the zone begins.
func hoursOf(samples []linkSample, zone *time.Location) iter.Seq[[]linkSample] {
	return func(yield func([]linkSample) bool) {
		for len(samples) > 0 {
			begun := hourBegin(samples[0].bucket, zone)
			n := 1
			for n < len(samples) && samples[n].bucket < begun+hourMs && hourBegin(samples[n].bucket, zone) == begun {
				n++
			}
			if !yield(samples[:n]) {
				return
			}
			samples = samples[n:]
		}
	}
}

// hourBegin is when the hour of a zone began that a moment lies in, Unix milliseconds.
func hourBegin(ms int64, zone *time.Location) int64 {
	_, ahead := instant(ms).In(zone).Zone()
	return floor(ms+int64(ahead)*1000, hourMs) - int64(ahead)*1000
}

// dayNumber is the day of a time in its zone, since 1970.
func dayNumber(at time.Time) int64 {
	_, ahead := at.Zone()
	return floor(at.UnixMilli()+int64(ahead)*1000, dayMs) / dayMs
}

// p95 is the 95th percentile of values: ascending, that of rank ceil(0.95 n), which is the
// n/20 + 1st from the top. It puts them in another order.
func p95(values []float64) float64 {
	rank := len(values) - 1 - len(values)/20
	low, high := 0, len(values)-1
	for low < high { // Hoare's selection: what is above the rank is never sorted
		pivot := values[low+(high-low)/2]
		i, j := low, high
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case rank <= j:
			high = j
		case rank >= i:
			low = i
		default:
			return values[rank]
		}
	}
	return values[rank]
}
