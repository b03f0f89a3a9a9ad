package syslog

import (
	"strings"
	"unicode"
)

// longestApplication bounds what a firewall's line is filed under, octets.
const longestApplication = 64

// firewall names the application of a line whose header names none, by what its message
// says of itself: the pairs of FortiGate, Sophos and SonicWall, the values between commas
// of PAN-OS.
func (l *Line) firewall() {
	if l.Message == "" || !isLetter(l.Message[0]) && !isDigit(l.Message[0]) {
		return
	}
	if kind, subkind, ok := panOS(l.Message); ok {
		l.application(kind, subkind, "")
		return
	}
	if _, _, _, ok := readPair(l.Message); ok {
		read := readPairs(l.Message)
		l.application(read.kind, read.subkind, read.id)
	}
}

// application takes the kind of a firewall's line, such as "traffic/forward" or
// "THREAT/url", as its application.
func (l *Line) application(kind, subkind, id string) {
	if !isApplication(kind) {
		return
	}
	l.AppName = kind
	if isApplication(subkind) {
		l.AppName = kind + "/" + subkind
	}
	if l.MessageID == "" && isApplication(id) {
		l.MessageID = id
	}
}

func isApplication(text string) bool {
	return text != "" && len(text) <= longestApplication && strings.IndexFunc(text, unicode.IsControl) < 0
}

// panOS reads "FUTURE_USE,receive time,serial,TYPE,subtype," of PAN-OS.
func panOS(message string) (kind, subkind string, ok bool) {
	var fields [5]string
	for i := range fields {
		if fields[i], message, ok = strings.Cut(message, ","); !ok {
			return "", "", false
		}
	}
	var s stamp
	if rest, ok := s.readISO(fields[1]); !ok || rest != "" || !isCapitals(fields[3]) {
		return "", "", false
	}
	if fields[4] == "0" {
		fields[4] = "" // of a type that has none
	}
	return fields[3], fields[4], true
}

// isCapitals says whether a word has only capitals, digits, "-" and "_".
func isCapitals(word string) bool {
	for i := range len(word) {
		if char := word[i]; !isUpper(char) && !isDigit(char) && char != '-' && char != '_' {
			return false
		}
	}
	return word != ""
}
