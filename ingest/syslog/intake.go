package syslog

import (
	"fmt"
	"time"

	"mimamori/ingest/sample"
)

// A batch is emitted when the first of these is reached.
const (
	batchLines  = 1000
	batchBytes  = 128 << 10 // of lines as received
	batchLinger = 200 * time.Millisecond
)

// slotMs is the length of the slots that lines count from, milliseconds: long enough that
// a block that waits for the centre has many of them.
const slotMs = 60_000

// intake turns the messages of one listener or connection into rows. It belongs to one
// goroutine.
type intake struct {
	*Receiver

	rows  sample.Syslog
	texts arena
	slot  int64     // of the rows gathered, Unix milliseconds
	bytes int       // of the rows gathered
	due   time.Time // when the rows gathered are emitted; zero while there are none
	tally tally     // of the rows gathered

	grouping grouping
	grouped  sample.Syslog // the rows gathered, by sender

	patient bool          // the sender can be kept waiting: nothing is left out of it
	pause   time.Duration // that it is to be kept waiting for, where it sent too much
	cutOff  string        // why the message being taken is not whole; empty where it is
}

// tally is what the metrics have not been told yet.
type tally struct {
	lines               [sample.SyslogCisco + 1]int // by form
	complaints, unknown int
}

// tell tells the metrics.
func (t *tally) tell(metrics *metrics) {
	for format, lines := range t.lines {
		if lines > 0 {
			metrics.lines[format].Add(float64(lines))
		}
	}
	metrics.complaints.Add(float64(t.complaints))
	metrics.unknown.Add(float64(t.unknown))
	*t = tally{}
}

// takeCutOff adds what came of a message, with the reason why it is not whole.
func (i *intake) takeCutOff(message []byte, from source, now time.Time, reason string) {
	i.cutOff = reason
	i.take(message, from, now)
	i.cutOff = ""
}

// take adds a message to the rows gathered.
func (i *intake) take(message []byte, from source, now time.Time) {
	truncated := len(message) > i.config.MaxMessageBytes
	if truncated {
		message = message[:i.config.MaxMessageBytes]
	}
	if !from.relay && !i.admit(message, from, now) {
		return
	}
	line := ParseString(i.texts.keep(message), Receipt{At: now, Zone: i.zone, Charset: i.charset})
	if truncated {
		i.metrics.truncated.Inc()
		line.complain(fmt.Sprintf("cut off after %d bytes", i.config.MaxMessageBytes))
	}
	if i.cutOff != "" {
		line.complain(i.cutOff)
	}
	if !from.tells() {
		from = i.sources.named(from, &line)
		if from.relay && !i.admit(message, from, now) {
			return
		}
	}
	occurrences := i.occurrences(&line, from)
	received := now.UnixMilli()
	slot := received - received%slotMs
	if i.rows.Len() > 0 && (slot != i.slot || i.rows.Len() >= batchLines || i.bytes+len(message) > batchBytes) {
		i.flush()
	}
	if i.rows.Len() == 0 {
		i.slot, i.due = slot, now.Add(batchLinger)
	}
	if from.device == 0 {
		i.tally.unknown++
	}
	if line.Complaint != "" {
		i.tally.complaints++
	}
	i.tally.lines[line.Format]++
	i.bytes += len(message)

	i.grouping.add(from.sender)
	rows := &i.rows
	rows.Device = append(rows.Device, from.device)
	rows.OffsetMs = append(rows.OffsetMs, uint32(received-slot))
	rows.Sequence = append(rows.Sequence, 0) // until they are emitted
	rows.Format = append(rows.Format, line.Format)
	rows.Facility = append(rows.Facility, line.Facility)
	rows.Severity = append(rows.Severity, line.Severity)
	rows.StampedMs = append(rows.StampedMs, line.StampedMs)
	rows.Source = append(rows.Source, from.address)
	rows.Hostname = append(rows.Hostname, line.Hostname)
	rows.AppName = append(rows.AppName, line.AppName)
	rows.ProcessID = append(rows.ProcessID, line.ProcessID)
	rows.MessageID = append(rows.MessageID, line.MessageID)
	rows.Mnemonic = append(rows.Mnemonic, line.Mnemonic)
	rows.Message = append(rows.Message, line.Message)
	rows.Raw = append(rows.Raw, line.Raw)
	rows.Complaint = append(rows.Complaint, line.Complaint)
	rows.Occurrences = append(rows.Occurrences, occurrences)
	rows.Relayed = append(rows.Relayed, from.relayedFlag())
}

// flush emits the rows gathered, those of a sender together. They are numbered in that
// order.
func (i *intake) flush() {
	if count := i.rows.Len(); count > 0 {
		rows := &i.rows
		if i.grouping.several() {
			sample.Truncate(&i.grouped, 0)
			_ = sample.AppendOrder(&i.grouped, rows, i.grouping.rows()) // never fails: they are of one kind
			rows = &i.grouped
		}
		last := i.sequence.Add(uint64(count))
		for row := range rows.Sequence {
			rows.Sequence[row] = last - uint64(count-1-row)
		}
		i.tally.tell(i.metrics)
		i.emit(i.slot, rows)
	}
	sample.Truncate(&i.rows, 0)
	i.grouping.reset()
	i.bytes, i.due = 0, time.Time{}
}
