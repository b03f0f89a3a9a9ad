package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// rfc5424 reads "1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]".
// Structured data has no column of its own: a line that has some keeps its raw form.
func (l *Line) rfc5424(text string, receipt Receipt) bool {
	rest, ok := strings.CutPrefix(text, "1 ")
	if !ok {
		return false
	}
	var fields [5]string
	first := 0
	var s stamp
	if after, ok := s.readISO(rest); ok && rest[10] == ' ' && after != "" && after[0] == ' ' {
		// A space in place of the T.
		fields[0], rest, first = rest[:len(rest)-len(after)], after[1:], 1
	}
	for i := first; i < len(fields); i++ {
		if fields[i], rest = word(rest); fields[i] == "" || (rest == "" && i < len(fields)-1) {
			return false
		}
	}
	if fields[0] != "-" {
		if isEpoch(fields[0]) {
			return false
		}
		l.Stamp = fields[0]
		after, ok := s.readISO(fields[0])
		if ok && after == "" {
			l.settle(&s, receipt)
		}
		if !ok || after != "" || !s.zone.known || first == 1 {
			l.complain("its timestamp is not one of RFC 5424")
		}
	}
	for i, into := range []*string{&l.Hostname, &l.AppName, &l.ProcessID, &l.MessageID} {
		if fields[i+1] != "-" {
			*into = fields[i+1]
		}
	}
	l.Format = sample.SyslogRFC5424
	structured, message, ok := structuredData(rest)
	if !ok {
		l.complain("its structured data is missing or not closed")
		l.Message = rest
		return true
	}
	l.Structured = structured
	if structured != "-" {
		l.lossy = true
	}
	l.Message, l.BOM = strings.CutPrefix(message, "\ufeff")
	return true
}

// structuredData parts "-" or "[id name="value"...]..." from the message.
func structuredData(text string) (structured, message string, ok bool) {
	end := 0
	switch {
	case strings.HasPrefix(text, "-"):
		end = 1
	case strings.HasPrefix(text, "["):
		for end < len(text) && text[end] == '[' {
			length := elementLength(text[end:])
			if length == 0 {
				return "", "", false
			}
			end += length
		}
	default:
		return "", "", false
	}
	if end == len(text) {
		return text, "", true
	}
	if text[end] != ' ' {
		return "", "", false
	}
	return text[:end], text[end+1:], true
}

// elementLength returns the length of the SD-ELEMENT at the front, 0 where it is
// not closed. Within quotes a backslash takes the meaning from what follows it.
func elementLength(text string) int {
	quoted := false
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case ']':
			if !quoted {
				return i + 1
			}
		}
	}
	return 0
}

// StructuredData takes STRUCTURED-DATA apart: by SD-ID and PARAM-NAME a string, or
// several where a name is given several times. It is false where it is not well formed.
func StructuredData(text string) (map[string]map[string]any, bool) {
	elements := map[string]map[string]any{}
	if text == "-" {
		return elements, true
	}
	for text != "" {
		length := 0
		if text[0] == '[' {
			length = elementLength(text)
		}
		if length == 0 {
			return nil, false
		}
		id, parameters := word(text[1 : length-1])
		text = text[length:]
		if elements[id] == nil {
			elements[id] = map[string]any{}
		}
		if !readParameters(elements[id], parameters) {
			return nil, false
		}
	}
	return elements, true
}

// readParameters reads name="value" pairs.
func readParameters(into map[string]any, text string) bool {
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		name, rest, ok := strings.Cut(text, `="`)
		if !ok {
			return false
		}
		var value strings.Builder
		closed := false
		for i := 0; i < len(rest) && !closed; i++ {
			switch {
			case rest[i] == '"':
				closed, text = true, rest[i+1:]
			case rest[i] == '\\' && i+1 < len(rest) && strings.IndexByte(`"\]`, rest[i+1]) >= 0:
				i++
				fallthrough
			default:
				value.WriteByte(rest[i])
			}
		}
		if !closed {
			return false
		}
		switch before := into[name].(type) {
		case nil:
			into[name] = value.String()
		case string:
			into[name] = []string{before, value.String()}
		case []string:
			into[name] = append(before, value.String())
		}
	}
	return true
}
