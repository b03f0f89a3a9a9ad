package syslog

import (
	"strings"
	"sync"
)

// lastLine is what a sender said last, as far as a line that says it was said again
// needs it. Its memory is used again from line to line.
type lastLine struct {
	lock     sync.Mutex
	known    bool
	severity uint8
	hostname []byte
	appName  []byte
	mnemonic []byte
}

// mostRemembered bounds the names of a line that are remembered, octets: senders are many.
const mostRemembered = 512

// remember takes note of a line. Of the crowd nobody's last line is known, nor one whose
// names are longer than names are.
func (l *lastLine) remember(line *Line, from source) {
	if from.crowd {
		return
	}
	if len(line.Hostname)+len(line.AppName)+len(line.Mnemonic) > mostRemembered {
		l.forget()
		return
	}
	l.lock.Lock()
	l.known, l.severity = true, line.Severity
	l.hostname = append(l.hostname[:0], line.Hostname...)
	l.appName = append(l.appName[:0], line.AppName...)
	l.mnemonic = append(l.mnemonic[:0], line.Mnemonic...)
	l.lock.Unlock()
}

// forget is called where a line was not taken: what is repeated then is not known.
func (l *lastLine) forget() {
	l.lock.Lock()
	l.known = false
	l.lock.Unlock()
}

// lend gives a line that says that the last one was repeated what it is counted by:
// the severity, mnemonic and application of that one, and says whether it did. Behind
// a relay the host must be the same.
func (l *lastLine) lend(to *Line) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	if !l.known || to.Hostname != "" && to.Hostname != string(l.hostname) {
		return false
	}
	to.Severity, to.AppName, to.Mnemonic = l.severity, string(l.appName), string(l.mnemonic)
	return true
}

// occurrences returns how many messages a line stands for. One that repeats the last one
// of its sender is counted as that was, and one that bears what it repeats is read as
// that; both keep their own form in Raw.
func (i *intake) occurrences(line *Line, from source) uint32 {
	if line.Repeated > 0 && strings.HasPrefix(line.Message, lastRepeated) {
		if from.last.lend(line) {
			line.Raw = line.Text
		}
		return line.Repeated
	}
	if line.Repeated > 0 {
		if message := repeatedMessage(line.Message); message != "" {
			line.Message, line.Raw = message, line.Text
		}
	}
	from.last.remember(line, from)
	return max(1, line.Repeated)
}

// repeatedMessage returns the message within rsyslog's "message repeated N times:
// [ message]", empty where there is none.
func repeatedMessage(text string) string {
	_, message, found := strings.Cut(text, ": [")
	message, closed := strings.CutSuffix(message, "]")
	if !found || !closed {
		return ""
	}
	return strings.TrimPrefix(message, " ")
}
