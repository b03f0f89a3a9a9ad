package syslog

import (
	"strings"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// What is odd about lines that nobody planned; together often enough to be one text.
const (
	noForm = "no known form"
	noPRI  = "no PRI"
)

// byteOrderMark says of text that it is UTF-8. Some send it in front of all they say.
const byteOrderMark = "\ufeff"

// Receipt is what was known of a line when it was received.
type Receipt struct {
	At time.Time
	// Zone is where stamps that name no zone were written. Nil means UTC.
	Zone *time.Location
	// Charset of lines that are not UTF-8. Nil means none is known.
	Charset *inventory.Charset
}

// Parse takes a copy of a line apart, as ParseString does.
func Parse(received []byte, receipt Receipt) Line {
	return ParseString(string(received), receipt)
}

// ParseString takes a line apart. It never fails: what fits no form has the format
// sample.SyslogRaw, the line in Raw and the reason in Complaint. A stamp without a year
// has the one that brings it nearest to the receipt; one without a zone is of the
// receipt's. A line that is not UTF-8 is read in the receipt's charset, else its bytes that
// are not are written as \xNN. A trailing LF, CR or NUL belongs to the transport and is
// left out.
//
// The fields are parts of the line: where nothing is odd about it nothing is allocated, but
// for a firewall's application, which is made of two parts.
func ParseString(received string, receipt Receipt) (line Line) {
	line.Facility, line.Severity, line.Priority = sample.FacilityUnknown, sample.SeverityUnknown, -1
	text := line.text(received, receipt.Charset)
	line.Text = text
	rest, hasPriority, ok := line.priority(text)
	if strings.HasPrefix(rest, byteOrderMark) {
		line.BOM = true
		rest = rest[len(byteOrderMark):]
		if !hasPriority {
			rest, hasPriority, ok = line.priority(rest)
		}
	}
	marked := line.BOM
	switch {
	case text == "":
		line.complain("the message is empty")
	case !ok:
		// RFC 3164, section 4.3.3: with no usable PRI nothing of the header is trusted.
		line.complain("PRI is not a number from 0 to 191")
		line.Message = text
	case hasPriority && line.rfc5424(rest, &receipt):
	default:
		line.unversioned(rest, &receipt)
	}
	switch {
	case line.Priority >= 0 || !ok || text == "":
	case line.Complaint == noForm:
		line.Complaint = noForm + "; " + noPRI
	default:
		line.complain(noPRI)
	}
	if line.Mnemonic == "" && strings.HasPrefix(line.Message, "%") {
		found, _ := readMnemonic(line.Message[1:]) // in another form's message
		line.Mnemonic = found.text
	}
	if line.AppName == "" && line.Mnemonic == "" {
		line.firewall()
	}
	line.Repeated = repeated(line.Message)
	if marked {
		line.BOM, line.lossy = true, true
	}
	if line.Format == sample.SyslogRaw || line.Complaint != "" || line.lossy {
		line.Raw = text
	}
	return line
}

// unversioned reads the forms that do not say which they are.
func (l *Line) unversioned(text string, receipt *Receipt) {
	mnemonic := findMnemonic(text)
	switch {
	case text != "" && text[0] == '<' && l.relayed(text, receipt): // behind no more than a PRI
	case l.cisco(text, mnemonic, receipt):
	case l.rfc3164(text, receipt):
	case l.ciscoPlain(text, receipt):
	case l.epoch(text):
	case l.pairs(text, receipt):
	default:
		l.complain(noForm)
		l.Message = text
		l.Mnemonic = mnemonic.text // behind a header that is none
	}
}

// priority reads <PRI>. It returns what follows, whether there is a PRI, and false
// where there is one that is out of range or has leading zeros.
func (l *Line) priority(text string) (rest string, found, ok bool) {
	if text == "" || text[0] != '<' {
		return text, false, true
	}
	priority, end := 0, 1
	for end < len(text) && isDigit(text[end]) {
		priority = min(999, priority*10+int(text[end]-'0'))
		end++
	}
	if end == 1 || end == len(text) || text[end] != '>' {
		return text, false, true // no PRI, only a line that begins with "<"
	}
	if priority > 191 || (text[1] == '0' && end > 2) {
		return text, false, false
	}
	l.Priority, l.Facility, l.Severity = int16(priority), uint8(priority>>3), uint8(priority&7)
	return text[end+1:], true, true
}

func isDigit(char byte) bool { return char-'0' <= 9 }

func isUpper(char byte) bool { return char-'A' <= 'Z'-'A' }

func isLetter(char byte) bool { return char|0x20-'a' <= 'z'-'a' }

// word returns the text before the first space and the text after it.
func word(text string) (string, string) {
	if end := strings.IndexByte(text, ' '); end >= 0 {
		return text[:end], text[end+1:]
	}
	return text, ""
}

// process takes name[id] apart; ok is false where the text is more than that.
func process(text string) (name, id string, ok bool) {
	open := strings.IndexByte(text, '[')
	if open < 0 {
		return text, "", true
	}
	if open == 0 || text[len(text)-1] != ']' {
		return text, "", false
	}
	return text[:open], text[open+1 : len(text)-1], true
}
