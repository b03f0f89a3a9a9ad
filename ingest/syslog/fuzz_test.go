package syslog

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// Parse must keep every line: in the fields, or whole in Raw.
func FuzzParse(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add([]byte(v.Line), receivedAt.Unix())
	}
	f.Add([]byte("<13>Oct 11 22:14:15 web1 su: caf\xe9"), receivedAt.Unix())
	f.Add([]byte("<189>45: Mar  8 02:30:00: %SYS-5-RESTART: in no hour"), int64(1772955005))
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		f.Fatal(err)
	}
	charset, err := inventory.ReadCharset("Shift_JIS")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, received []byte, at int64) {
		// A receipt is of these centuries.
		line := Parse(received, Receipt{At: time.Unix(at%(1<<32), 0), Zone: tokyo})
		fields := []string{
			line.Hostname, line.AppName, line.ProcessID, line.MessageID, line.Mnemonic, line.Message, line.Raw, line.Complaint,
			line.Text, line.Stamp, line.Zone, line.Counter, line.Sequence, line.Origin, line.Relay, line.Node, line.Structured,
		}
		for _, field := range fields {
			if !utf8.ValidString(field) {
				t.Fatalf("%q has a field that is not UTF-8: %q", received, field)
			}
		}
		if read := Parse(received, Receipt{At: receivedAt, Charset: charset}); !utf8.ValidString(read.Text + read.Message) {
			t.Fatalf("%q is read as %q", received, read.Text)
		}
		if line.Facility > 23 && line.Facility != sample.FacilityUnknown || line.Severity > 7 && line.Severity != sample.SeverityUnknown {
			t.Fatalf("%q: facility %d, severity %d", received, line.Facility, line.Severity)
		}
		if line.Format == sample.SyslogRaw && line.Complaint == "" && (line.Stamp == "" || line.Hostname+line.AppName == "") {
			t.Fatalf("%q is kept raw without a reason", received)
		}
		if utf8.Valid(received) && line.Text != strings.TrimRight(string(received), "\n\r\x00") {
			t.Fatalf("%q has the text %q", received, line.Text)
		}
		switch line.Raw {
		case line.Text:
		case "":
			keepsLetters(t, &line)
		default:
			t.Fatalf("%q is kept as %q", received, line.Raw)
		}
	})
}

// keepsLetters checks that the fields of a line have all of its letters and digits.
func keepsLetters(t *testing.T, line *Line) {
	t.Helper()
	fields := fmt.Sprint(line.Priority, line.AppName, line.ProcessID, line.MessageID, line.Mnemonic, line.Message,
		line.Stamp, line.Zone, line.Counter, line.Sequence, line.Origin, line.Relay, line.Node, line.Structured)
	if line.Origin == "" {
		fields += line.Hostname
	}
	if line.Format == sample.SyslogRFC5424 {
		fields += "1" // the version
	} else if line.Year != 0 {
		fields += fmt.Sprint(line.Year) // after the time
	}
	var have [256]int
	for i := range len(fields) {
		have[fields[i]]++
	}
	for i := range len(line.Text) {
		char := line.Text[i]
		if have[char]--; (isLetter(char) || isDigit(char)) && have[char] < 0 {
			t.Fatalf("%q: %q is in no field of %+v", line.Text, char, line)
		}
	}
}

// A stamp that is read is the time that is written, in the nearest year where it has
// none.
func FuzzStamp(f *testing.F) {
	for _, text := range []string{
		"Oct 11 22:14:15", "Oct 11 2025 22:14:15.003", "2025 Oct 11 22:14:15", "2025-10-11T22:14:15.5+09:00", "2025-10-11 22:14:15",
		"Feb 29 00:00:00", "July 22 22:45:28", "Dec 31 23:59:60",
	} {
		f.Add(text, receivedAt.Unix())
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, at int64) {
		var s stamp
		rest, ok := s.read(text)
		if !ok {
			return
		}
		if !strings.HasSuffix(text, rest) {
			t.Fatalf("%q: %q is not what follows", text, rest)
		}
		received := time.Unix(at%(1<<32), 0)
		var line Line
		line.settle(&s, &Receipt{At: received, Zone: berlin})
		if line.StampedMs == 0 {
			return // 29 February, or 1970
		}
		written := time.Unix(floor(line.StampedMs)+int64(line.East), 0).UTC()
		if s.second < 60 && (written.Month() != s.month || written.Day() != s.day || written.Hour() != s.hour || written.Second() != s.second) {
			t.Fatalf("%q is taken as %s", text, written)
		}
		if s.year != 0 && s.second < 60 && written.Year() != s.year {
			t.Fatalf("%q is taken as of %d", text, written.Year())
		}
		most := 184 * 24 * time.Hour // half a year, and a day for zones
		if s.month == time.February && s.day == 29 {
			most = 2 * 366 * 24 * time.Hour
		}
		if away := time.UnixMilli(line.StampedMs).Sub(received).Abs(); s.year == 0 && away > most {
			t.Fatalf("%q received %s is %s away", text, received, away)
		}
	})
}

// floor returns whole seconds.
func floor(ms int64) int64 {
	seconds := ms / 1000
	if ms%1000 < 0 {
		seconds--
	}
	return seconds
}
