package syslog

import (
	"strings"

	"mimamori/ingest/sample"
)

// rfc5424 reads "1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]".
// Structured data has no column of its own: a line that has some keeps its raw form.
func (l *Line) rfc5424(text string, receipt *Receipt) bool {
	rest, ok := strings.CutPrefix(text, "1 ")
	if !ok {
		return false
	}
	var s stamp
	stamped, rest, ok := s.timestamp(rest)
	if !ok {
		return false
	}
	var fields [4]string
	for i := range fields {
		if fields[i], rest = word(rest); fields[i] == "" || (rest == "" && i < len(fields)-1) {
			return false
		}
	}
	if stamped != "-" {
		l.Stamp = stamped
		if s.month != 0 {
			l.settle(&s, receipt)
		}
		if !s.zone.known || stamped[10] != 'T' || stamped[4] != '-' {
			l.complain("its timestamp is not one of RFC 5424")
		}
	}
	for i, into := range [4]*string{&l.Hostname, &l.AppName, &l.ProcessID, &l.MessageID} {
		if fields[i] != "-" {
			*into = fields[i]
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

// timestamp returns the first field and what follows. A stamp may have a space in place
// of the T; a field that only begins as one does leaves the stamp without a month. Any
// other is not of this form: a message may begin with "1 " too.
func (s *stamp) timestamp(text string) (field, rest string, ok bool) {
	if after, ok := s.readISO(text); ok && after != "" && after[0] == ' ' {
		return text[:len(text)-len(after)], after[1:], true
	}
	*s = stamp{}
	field, rest = word(text)
	_, size := number(field, 4)
	return field, rest, field == "-" || size == 4 && len(field) > 4 && (field[4] == '-' || field[4] == '/')
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
