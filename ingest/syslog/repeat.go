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

// remember takes note of a line.
func (l *lastLine) remember(line *Line) {
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

// occurrences returns how many messages a line stands for. One that repeats the last
// one of its sender is counted as that was, and keeps its own form in Raw.
func (i *intake) occurrences(line *Line, message []byte, from source) uint32 {
	again := line.Repeated > 0 && strings.HasPrefix(line.Message, lastRepeated)
	switch {
	case from.crowd:
	case !again:
		from.last.remember(line)
	case from.last.lend(line) && line.Raw == "":
		line.Raw = strings.TrimRight(string(message), "\r\n\x00")
	}
	return max(1, line.Repeated)
}
