package syslog

import (
	"strings"
	"time"

	"mimamori/ingest/sample"
)

// maxCiscoHeader bounds the search for the mnemonic, bytes.
const maxCiscoHeader = 256

// cisco reads "counter: [origin:] [sequence:] [*|.]stamp [zone]: %FAC[-SUB]-SEV-MNEMONIC: text"
// of IOS and IOS XE, the node and process of IOS XR, the year first of NX-OS and the
// header a relay puts in front. The message counter only counts what the transport
// carried and is left out; a sequence number keeps the raw line.
func (l *Line) cisco(text string, at time.Time) bool {
	for from := 0; from < maxCiscoHeader; {
		percent := strings.IndexByte(text[from:], '%')
		if percent < 0 || from+percent > maxCiscoHeader {
			return false
		}
		percent += from
		from = percent + 1
		mnemonic, severity, message, ok := readMnemonic(text[from:])
		if !ok {
			continue
		}
		read := *l
		if !read.ciscoHeader(text[:percent], at) {
			return false
		}
		*l = read
		l.Format, l.Mnemonic, l.Message = sample.SyslogCisco, mnemonic, message
		if l.Severity == sample.SeverityUnknown {
			l.Severity = severity
		}
		return true
	}
	return false
}

// readMnemonic reads FACILITY[-SUBFACILITY]-SEVERITY-MNEMONIC: and the text after
// it. The severity is a digit, or a letter on small switches.
func readMnemonic(text string) (mnemonic string, severity uint8, message string, ok bool) {
	end, dash := 0, -1 // dash stands before the severity
	for end < len(text) && isMnemonic(text[end]) {
		if end+2 < len(text) && text[end] == '-' && text[end+2] == '-' {
			if level := severityOf(text[end+1]); level != sample.SeverityUnknown {
				dash, severity = end, level
			}
		}
		end++
	}
	if dash <= 0 || end == dash+3 || !isUpper(text[0]) {
		return "", 0, "", false
	}
	after := strings.TrimPrefix(text[end:], " ")
	if !strings.HasPrefix(after, ":") {
		return "", 0, "", false
	}
	return text[:end], severity, strings.TrimPrefix(after[1:], " "), true
}

func isMnemonic(char byte) bool {
	return isLetter(char) || isDigit(char) || char == '-' || char == '_' || char == '/' || char == '.'
}

func severityOf(char byte) uint8 {
	switch {
	case char >= '0' && char <= '7':
		return char - '0'
	case char == 'A':
		return 1
	case char == 'C':
		return 2
	case char == 'E':
		return 3
	case char == 'W':
		return 4
	case char == 'N':
		return 5
	case char == 'I':
		return 6
	case char == 'D':
		return 7
	}
	return sample.SeverityUnknown
}

// ciscoHeader reads what stands before the percent sign: parts that each end with a
// colon. Any part may be missing. A second stamp replaces a relay's.
func (l *Line) ciscoHeader(header string, at time.Time) bool {
	numbers := 0
	for parts := 0; ; parts++ {
		header = strings.TrimLeft(header, " ")
		if header == "" {
			return true
		}
		if parts == 8 {
			return false
		}
		var part string
		part, header = cutPart(header)
		switch {
		case part == "":
		case isNumber(part):
			if numbers++; numbers > 1 || part[0] == '0' {
				l.lossy = true // a sequence number
			}
		case l.ciscoStamp(part, at):
		case strings.IndexByte(part, ' ') >= 0:
			return false
		case !l.ciscoName(part):
			return false
		}
	}
}

// cutPart returns the text before the colon that ends a part, and what follows. A
// colon ends a part where a space or nothing follows it.
func cutPart(header string) (part, rest string) {
	end := strings.Index(header, ": ")
	switch {
	case end >= 0:
		rest = header[end+2:]
	case header[len(header)-1] == ':':
		end = len(header) - 1
	default:
		end = len(header)
	}
	return strings.TrimRight(header[:end], " "), rest
}

func isNumber(text string) bool {
	_, size := number(text, len(text))
	return size == len(text)
}

// ciscoName takes a single word as the origin or, where that is known, the process.
func (l *Line) ciscoName(part string) bool {
	name, id, ok := process(part)
	switch {
	case !ok:
		return false
	case id == "" && l.Hostname == "":
		l.Hostname = part
	case l.AppName == "":
		l.AppName, l.ProcessID = name, id
	default:
		return false
	}
	return true
}

// ciscoStamp reads a stamp and, after it, a zone, a relay's host and its counter.
func (l *Line) ciscoStamp(part string, at time.Time) bool {
	node := ""
	if slash := strings.IndexByte(part, '/'); slash > 0 {
		// IOS XR: RP/0/RSP0/CPU0:Oct 11 22:14:15.003
		if before, after, ok := strings.Cut(part[slash:], ":"); ok && after != "" {
			node, part = part[:slash]+before, after
		}
	}
	complaint := ""
	switch part[0] {
	case '*':
		complaint, part = "its clock was not set", part[1:]
	case '.':
		complaint, part = "its clock had lost synchronisation", part[1:]
	}
	if first, rest := word(part); rest == "" && isUptime(first) {
		l.setOrigin(node)
		l.complain("stamped with the uptime " + first)
		return true
	}
	stamped, rest, ok := readBSD(part)
	if !ok {
		stamped, rest, ok = readNXOS(part)
	}
	if !ok {
		stamped, rest, ok = readISO(part)
	}
	if !ok || (rest != "" && rest[0] != ' ') {
		return false
	}
	rest = strings.TrimLeft(rest, " ")
	if first, after := word(rest); first != "" {
		switch east, found := readZone(first); found {
		case knownZone:
			stamped.east, rest = east, after
		case ambiguousZone:
			rest = after
			l.complain("its zone " + first + " is not known, taken as UTC")
		case notZone: // the host
		}
	}
	if host, after := word(rest); host != "" && !isNumber(host) {
		l.setOrigin(host)
		rest = after
	}
	if rest != "" && !isNumber(rest) {
		return false
	}
	l.setOrigin(node)
	l.StampedMs = stamped.nearest(at)
	if complaint != "" {
		l.complain(complaint)
	}
	return true
}

func (l *Line) setOrigin(name string) {
	if name != "" {
		l.Hostname = name
	}
}
