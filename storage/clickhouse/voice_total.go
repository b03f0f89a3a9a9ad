package clickhouse

import (
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// voiceTotal is what the voice of a path on a scale adds up to: the columns of voiceCounts and those behind it.
type voiceTotal struct {
	customer, site, path sample.ID
	scale                string
	startMs              int64
	counts               [12]uint64
	sums                 [8]float64
	lowest               [2]float64
	peaks                [3]float64
}

// targets are where a row is scanned to.
func (t *voiceTotal) targets() []any {
	all := []any{&t.customer, &t.site, &t.path, &t.scale, &t.startMs}
	for i := range t.counts {
		all = append(all, &t.counts[i])
	}
	for _, figures := range [][]float64{t.sums[:], t.lowest[:], t.peaks[:]} {
		for i := range figures {
			all = append(all, &figures[i])
		}
	}
	return all
}

// minutes is how many minutes with something sent it is of.
func (t *voiceTotal) minutes() uint64 { return t.counts[1] }

// add adds another of the same path and scale.
func (t *voiceTotal) add(other *voiceTotal) {
	for i, lowest := range other.lowest {
		switch {
		case other.minutes() == 0:
		case t.minutes() == 0:
			t.lowest[i] = lowest
		default:
			t.lowest[i] = min(t.lowest[i], lowest)
		}
	}
	for i, count := range other.counts {
		t.counts[i] += count
	}
	for i, sum := range other.sums {
		t.sums[i] += sum
	}
	for i, peak := range other.peaks {
		t.peaks[i] = max(t.peaks[i], peak)
	}
}

// period is what is told of it, with the path's id alone of its entity.
func (t *voiceTotal) period() storage.VoicePeriod {
	c, s := &t.counts, &t.sums
	one := storage.VoicePeriod{
		Start: instant(t.startMs), Scale: t.scale,
		CoveredMs: c[0], Minutes: c[1], PoorMinutes: c[2], Sent: c[4], Received: c[5], Lost: c[6], Late: c[7], Duplicates: c[8], Reordered: c[9],
		IPSLAMinutes: c[10], ReportedMinutes: c[11],
		R: mean(s[0], c[1]), MOS: mean(s[1], c[1]), MOSLQ: mean(s[2], c[3]),
		DelayMs: mean(s[3], c[5]), JitterMs: mean(s[4], c[5]), RTTMs: mean(s[5], c[5]),
		ReportedMOS: mean(s[6], c[11]), ReportedICPIF: mean(s[7], c[11]),
		RMin: t.lowest[0], MOSMin: t.lowest[1], DelayMaxMs: t.peaks[0], JitterMaxMs: t.peaks[1], LossPctMax: t.peaks[2],
	}
	one.ID = t.path
	return one
}

func mean(sum float64, n uint64) float64 {
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
