package syslog

import "mimamori/ingest/sample"

// beginsHeader are the bytes that the header of a line begins with: those of a PRI, a
// counter, a mark of the clock, a stamp, and of the nodes RP and LC of IOS XR.
var beginsHeader = func() (bytes [256]bool) {
	for _, char := range []byte("<0123456789*.:JFMASONDRL") {
		bytes[char] = true
	}
	return bytes
}()

// relayed reads what a sender wrote where a relay put a header of its own in front: the
// PRI, the stamp and the host are the sender's then. It is a line of its own only with a
// PRI and a known form or, since messages begin with dates too, with a stamp and either
// Cisco's form or both a host and a tag. A repetition has no tag.
func (l *Line) relayed(text string, receipt *Receipt) bool {
	if l.behind || l.Hostname == "" && text[0] != '<' {
		return false
	}
	sent := Line{Facility: l.Facility, Severity: l.Severity, Complaint: l.Complaint, lossy: true, behind: true}
	sent.Priority, sent.Text, sent.Relay = l.Priority, l.Text, l.Hostname
	rest, hasPriority, ok := sent.priority(text)
	if !ok || text[0] == '<' && !hasPriority {
		return false
	}
	if !hasPriority || !sent.rfc5424(rest, receipt) {
		sent.unversioned(rest, receipt)
	}
	switch {
	case sent.Stamp == "" && (!hasPriority || sent.Format == sample.SyslogRaw):
		return false
	case hasPriority, sent.Format == sample.SyslogCisco:
	case sent.Hostname != "" && (sent.AppName != "" || repeated(sent.Message) > 0):
	default:
		return false
	}
	if sent.Hostname == "" {
		sent.Hostname = sent.Relay
	}
	*l = sent
	return true
}
