package syslog

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mimamori/ingest/sample"
)

const (
	// tellEvery is how often the log says what was left out of it.
	tellEvery = 10 * time.Second
	// severeLevel is the least urgent severity of which nothing is left out.
	severeLevel = 2
)

// limits bound what each sender can send: a bucket each that fills at a rate up to a
// burst, and that a message takes one out of.
type limits struct {
	rate     int           // messages a second
	interval time.Duration // between messages in the long run; 0 for no limit
	burst    time.Duration // that an empty bucket takes to be full
	since    time.Time     // what buckets count from
	metrics  *metrics

	lock    sync.Mutex
	limited []*sender // of whom something was left out that was not told yet
}

// bucket holds when it would be full again, nanoseconds after limits.since; 0 where it
// was never taken out of.
type bucket struct{ full atomic.Int64 }

// leftOut is what was left out of a sender since the log last said so.
type leftOut struct {
	lines       int
	first, last time.Time
	from        source // of the last one
}

func newLimits(config RateLimit, metrics *metrics) *limits {
	l := &limits{rate: config.MessagesPerSecond, since: time.Now(), metrics: metrics}
	if l.rate > 0 {
		l.interval = time.Second / time.Duration(l.rate)
		l.burst = l.interval * time.Duration(config.Burst)
	}
	return l
}

// take takes one out of a bucket and returns 0, or leaves an empty one as it is and
// returns how long it takes until there is one. In debt it takes one all the same.
func (l *limits) take(from *bucket, now time.Time, debt bool) time.Duration {
	if l.interval == 0 {
		return 0
	}
	at := int64(now.Sub(l.since)) // unmoved by a clock that is set
	for {
		full := from.full.Load()
		next := max(full, at)
		if full == 0 {
			next = at
		}
		next += int64(l.interval)
		wait := max(0, time.Duration(next-at)-l.burst)
		if wait > 0 && !debt || from.full.CompareAndSwap(full, next) {
			return wait
		}
	}
}

// idle says whether a bucket is full.
func (l *limits) idle(b *bucket, now time.Time) bool {
	return b.full.Load() <= int64(now.Sub(l.since))
}

// admit says whether a message is taken. One of a connection that no relay shares
// always is, but the connection is to pause.
func (i *intake) admit(message []byte, from source, now time.Time) bool {
	debt := i.patient && !from.relay
	wait := i.limits.take(&from.bucket, now, debt)
	switch {
	case wait == 0:
		return true
	case debt:
		i.pause = max(i.pause, wait)
		return true
	case severe(message):
		return true
	}
	i.limits.leaveOut(from, now)
	return false
}

func (l *limits) leaveOut(from source, now time.Time) {
	reason := leftOutAddress
	switch {
	case from.crowd:
		reason = leftOutCrowd
	case from.device != 0:
		reason = leftOutDevice
	}
	l.metrics.leftOut[reason].Inc()
	from.last.forget()
	l.lock.Lock()
	defer l.lock.Unlock()
	left := &from.left
	if left.lines == 0 {
		left.first = now
		l.limited = append(l.limited, from.sender)
	}
	left.lines++
	left.last, left.from = now, from
}

// tell says in the log, and as its sender, what was left out until the context ends.
func (r *Receiver) tell(ctx context.Context) {
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			r.tellOnce(now)
		}
	}
}

// tellOnce says what was left out since it was last called.
func (r *Receiver) tellOnce(now time.Time) {
	var rows sample.Syslog
	received := now.UnixMilli()
	slot := received - received%slotMs
	r.limits.lock.Lock()
	for _, limited := range r.limits.limited {
		left := &limited.left
		r.notice(&rows, left, uint32(received-slot))
		*left = leftOut{}
	}
	r.limits.limited = r.limits.limited[:0]
	r.limits.lock.Unlock()
	if rows.Len() > 0 {
		r.emit(slot, &rows)
	}
}

// notice adds the line that says what was left out of a sender.
func (r *Receiver) notice(to *sample.Syslog, left *leftOut, offset uint32) {
	from, whose, above := left.from, "this sender", ""
	if from.crowd {
		from.address, whose = "", "senders outside of the inventory"
		above = fmt.Sprintf(" of all that are beyond the first %d", mostStrangers)
	}
	message := fmt.Sprintf("%d messages of %s were left out between %s and %s: more than %d a second%s",
		left.lines, whose, left.first.UTC().Format(time.RFC3339), left.last.UTC().Format(time.RFC3339), r.limits.rate, above)
	_ = sample.Append(to, &sample.Syslog{ // never fails: they are of one kind
		Device: []sample.ID{from.device}, OffsetMs: []uint32{offset}, Sequence: []uint64{r.sequence.Add(1)},
		Format: []sample.SyslogFormat{sample.SyslogRFC5424}, Facility: []uint8{5}, Severity: []uint8{4},
		StampedMs: []int64{left.last.UnixMilli()}, Source: []string{from.address}, Hostname: []string{""},
		AppName: []string{"mimamori"}, ProcessID: []string{""}, MessageID: []string{"rate-limit"}, Mnemonic: []string{""},
		Message: []string{message}, Raw: []string{""}, Complaint: []string{""},
		Occurrences: []uint32{1}, Relayed: []uint8{from.relayedFlag()},
	})
}

// severe says whether a message is of severity 0 to 2, by its PRI or its mnemonic.
func severe(message []byte) bool {
	if len(message) > 0 && message[0] == '<' {
		priority, end := 0, 1
		for end < len(message) && end <= 3 && isDigit(message[end]) {
			priority = priority*10 + int(message[end]-'0')
			end++
		}
		usable := end > 1 && end < len(message) && message[end] == '>' && priority <= 191 && (message[1] != '0' || end == 2)
		if usable && priority&7 <= severeLevel {
			return true
		}
	}
	for start := 0; start < min(len(message), maxCiscoHeader); start++ {
		if message[start] != '%' {
			continue
		}
		for at := start + 1; at+2 < len(message) && isMnemonic(message[at]); at++ {
			if message[at] == '-' && message[at+2] == '-' && severityOf(message[at+1]) <= severeLevel {
				return true
			}
		}
	}
	return false
}
