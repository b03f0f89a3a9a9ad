package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// maxCiscoHeader bounds the search for a mnemonic, bytes.
const maxCiscoHeader = 256

// mnemonic is what a line says behind a percent sign.
type mnemonic struct {
	percent  int    // where that stands
	text     string // FACILITY-SEVERITY-MNEMONIC; empty where there is none
	severity uint8
	message  string // what follows
}

// findMnemonic returns the first mnemonic of a text.
func findMnemonic(text string) mnemonic {
	for from := 0; from <= maxCiscoHeader; {
		offset := strings.IndexByte(text[from:], '%')
		if offset < 0 || from+offset > maxCiscoHeader {
			break
		}
		from += offset + 1
		if found, ok := readMnemonic(text[from:]); ok {
			found.percent = from - 1
			return found
		}
	}
	return mnemonic{}
}

// SplitMnemonic takes FACILITY[-SUBFACILITY]-SEVERITY-MNEMONIC apart, of which Cisco's
// MNEMONIC may be a number. The severity is 0 to 7, or a letter on small switches. It is
// false where there is no severity.
func SplitMnemonic(text string) (facility string, severity uint8, mnemonic string, ok bool) {
	dash, severity := findSeverity(text)
	if dash <= 0 {
		return "", sample.SeverityUnknown, "", false
	}
	return text[:dash], severity, text[dash+3:], true
}

// findSeverity returns where the dash before the severity stands, 0 where there is none.
// It is the last of those that can be one, since subfacilities are numbers too; a letter
// is one only without a digit.
func findSeverity(text string) (dash int, severity uint8) {
	severity = sample.SeverityUnknown
	for at := len(text) - 4; at > 0; at-- {
		if text[at] != '-' || text[at+2] != '-' {
			continue
		}
		level := severityOf(text[at+1])
		if level == sample.SeverityUnknown {
			continue
		}
		if isDigit(text[at+1]) {
			return at, level
		}
		if dash == 0 {
			dash, severity = at, level
		}
	}
	return dash, severity
}

// readMnemonic reads FACILITY[-SUBFACILITY]-SEVERITY-MNEMONIC: and the text after it.
func readMnemonic(text string) (mnemonic, bool) {
	end := 0
	for end < len(text) && isMnemonic(text[end]) {
		end++
	}
	message := strings.TrimPrefix(text[end:], " ")
	switch {
	case strings.HasPrefix(message, ":"):
		message = strings.TrimLeft(message[1:], " ")
	case !strings.HasPrefix(text[end:], " ["): // ACI: a fault's code without a colon
		return mnemonic{}, false
	}
	dash, severity := findSeverity(text[:end])
	if dash == 0 || !isUpper(text[0]) {
		return mnemonic{}, false
	}
	return mnemonic{text: text[:end], severity: severity, message: message}, true
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
