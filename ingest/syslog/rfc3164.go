package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// rfc3164 reads "Mmm dd hh:mm:ss HOSTNAME TAG[pid]: message", also with an ISO 8601
// stamp, a day of the week before it, a zone or a year after the time (RFC 3164, section
// 5.4), and without the host name where the first word ends as a tag does or is not one,
// or where a colon ends the stamp. The first word of prose is a host name too: nothing in
// the form tells them apart.
func (l *Line) rfc3164(text string, receipt *Receipt) bool {
	text = strings.TrimLeft(text, " ")
	whole := len(text)
	text = withoutWeekday(text)
	var s stamp
	rest, ok := s.readBSD(text)
	if !ok {
		if rest, ok = s.readISO(text); !ok {
			return false
		}
	}
	stamped := text[:len(text)-len(rest)]
	rest, ended := strings.CutPrefix(rest, ":")
	if rest != "" && rest[0] != ' ' {
		return false
	}
	l.Format, l.Stamp, l.lossy = sample.SyslogRFC3164, stamped, l.lossy || len(text) < whole
	rest = strings.TrimLeft(rest, " ")
	if !ended {
		rest, ended = l.zoneAndYear(&s, rest)
		rest = strings.TrimLeft(rest, " ")
	}
	if !ended {
		rest = l.host(rest)
		if rest != "" && beginsHeader[rest[0]] && l.relayed(rest, receipt) {
			return true
		}
	}
	l.settle(&s, receipt)
	l.tag(rest)
	return true
}

// withoutWeekday returns text without the day of the week before a stamp.
func withoutWeekday(text string) string {
	if len(text) < 4 || text[3] != ' ' && text[3] != ',' {
		return text
	}
	switch text[:3] {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return strings.TrimLeft(text[4:], " ")
	}
	return text
}

// zoneAndYear reads a zone, a year or both after the time. A word in capitals is a
// zone only where it is a known one or a year follows: it may be the host's name. It
// says whether a colon ended the stamp there.
func (l *Line) zoneAndYear(s *stamp, text string) (rest string, ended bool) {
	if text != "" && text[0] >= 'a' {
		return text, false
	}
	first, rest := word(text)
	if len(first) > 3 && first[len(first)-1] == ':' {
		first, ended = first[:len(first)-1], true
	}
	found, ok := readZone(first)
	if !ok {
		first, rest = "", text
	}
	yearWord, afterYear := word(rest)
	if year, size := number(yearWord, 4); !ended && size == 4 && len(yearWord) == 4 && year >= 1970 && s.year == 0 {
		s.year = year
		if ok {
			s.zone, l.Zone = found, first
		}
		return afterYear, false
	}
	if ok && first != "Z" && (found.known || zonesNamed(first) != nil) {
		s.zone, l.Zone = found, first
		return rest, ended
	}
	return text, false
}

// host reads the host name and returns what follows.
func (l *Line) host(text string) string {
	if strings.HasPrefix(text, lastRepeated) {
		return text // some leave out the host
	}
	if forwarded, ok := strings.CutPrefix(text, "Message forwarded from "); ok { // AIX
		if name, rest, ok := strings.Cut(forwarded, ": "); ok && isHost(name) {
			l.Hostname, l.lossy = name, true
			return rest
		}
	}
	end := nameLength(text)
	switch {
	case end == 0 || text[end-1] == ':' || !isHost(text[:end]):
		return text
	case end == len(text):
		l.Hostname = text
		return ""
	case text[end] != ' ' && text[end] != '\t':
		return text
	}
	l.Hostname = text[:end]
	return strings.TrimLeft(text[end+1:], " ")
}

// isHost says whether a word may be the name or address of a host.
func isHost(word string) bool { return isName(word) && strings.IndexByte(word, '[') < 0 }

// isName says whether a word has only characters that names and tags have.
func isName(word string) bool {
	return word != "" && len(word) <= 255 && nameLength(word) == len(word)
}

// nameLength returns how many bytes at the front are of a name.
func nameLength(text string) int {
	end := 0
	for end < len(text) && !notInNames[text[end]] {
		end++
	}
	return end
}

// notInNames are the bytes that no host and no tag has: spaces, controls, and what
// text, tables and JSON have instead.
var notInNames = func() (bytes [256]bool) {
	for char := range byte(' ') + 1 {
		bytes[char] = true
	}
	for _, char := range []byte("\x7f\"'={}<>;|") {
		bytes[char] = true
	}
	return bytes
}()

// tag reads TAG[pid]: and leaves the rest as the message. The TAG may be empty, or stand
// behind the name of a severity, as F5 writes it.
func (l *Line) tag(text string) {
	if l.readTag(text) {
		return
	}
	l.Message = text
	if strings.HasPrefix(text, ": ") {
		l.Message = strings.TrimLeft(text[2:], " ")
		return
	}
	if level, rest := word(text); isLevel(level) && l.readTag(rest) {
		l.lossy = true
	}
}

// isLevel says whether a word is the name of a severity as syslog(3) has them.
func isLevel(word string) bool {
	switch word {
	case "emerg", "alert", "crit", "err", "error", "warning", "warn", "notice", "info", "debug":
		return true
	}
	return false
}

// readTag reads TAG[pid]: with the message behind it, and says whether there was one.
func (l *Line) readTag(text string) bool {
	end := 0
	for end < len(text) && text[end] != ' ' && text[end] != '\t' && text[end] != ':' {
		end++
	}
	if end == 0 || end == len(text) || text[end] == ' ' {
		return false
	}
	if text[end] == ':' {
		if open := strings.IndexByte(text[:end], '['); open >= 0 {
			// A colon within the brackets belongs to the id.
			space := strings.IndexByte(text, ' ')
			if closed := strings.Index(text, "]:"); closed > open && (space < 0 || closed < space) {
				end = closed + 1
			}
		}
	}
	name, id, ok := process(text[:end])
	after := text[end+1:]
	if !ok || !isName(name) || len(name) > 64 || isDigit(name[0]) && after != "" && after[0] != ' ' {
		return false
	}
	l.AppName, l.ProcessID = name, id
	l.Message = strings.TrimPrefix(after, " ")
	l.MessageID = messageID(l.Message)
	return true
}
