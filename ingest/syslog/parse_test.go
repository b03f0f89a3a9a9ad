package syslog

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// receivedAt is when every line of testdata/lines.jsonl was received.
var receivedAt = time.Date(2025, time.October, 12, 0, 0, 0, 0, time.UTC)

// vector is a line of testdata/lines.jsonl: a syslog line and what is in it.
type vector struct {
	Name string
	Line string
	Want struct {
		Format    string
		Facility  uint8
		Severity  uint8
		Stamped   time.Time
		Hostname  string
		AppName   string `json:"app_name"`
		ProcessID string `json:"process_id"`
		MessageID string `json:"message_id"`
		Mnemonic  string
		Message   string
		Raw       bool // the line is kept whole beside its fields
		Complaint string
		Repeated  uint32
		Header    *struct { // nil where it is not compared
			Clock, Stamp, Zone, Counter, Sequence, Origin, Relay, Node, Structured string
			Year, East                                                             int32
		}
	}
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	file, err := os.Open("testdata/lines.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var vectors []vector
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		var next vector
		if err := json.Unmarshal(scanner.Bytes(), &next); err != nil {
			t.Fatalf("line %d: %v", len(vectors)+1, err)
		}
		vectors = append(vectors, next)
	}
	return vectors
}

func TestParse(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			got := Parse([]byte(v.Line), Receipt{At: receivedAt})
			want := Line{
				Facility: v.Want.Facility, Severity: v.Want.Severity,
				Hostname: v.Want.Hostname, AppName: v.Want.AppName, ProcessID: v.Want.ProcessID,
				MessageID: v.Want.MessageID, Mnemonic: v.Want.Mnemonic, Message: v.Want.Message,
				Complaint: v.Want.Complaint, Repeated: v.Want.Repeated, Format: got.Format, lossy: got.lossy, behind: got.behind, Header: got.Header,
			}
			if header := v.Want.Header; header != nil {
				if got.Clock.String() != header.Clock {
					t.Errorf("clock %q, want %q", got.Clock, header.Clock)
				}
				want.Header = Header{
					Priority: got.Priority, Clock: got.Clock, BOM: got.BOM, Year: header.Year, East: header.East, Text: v.Line,
					Stamp: header.Stamp, Zone: header.Zone, Counter: header.Counter, Sequence: header.Sequence,
					Origin: header.Origin, Relay: header.Relay, Node: header.Node, Structured: header.Structured,
				}
			}
			if !v.Want.Stamped.IsZero() {
				want.StampedMs = v.Want.Stamped.UnixMilli()
			}
			if v.Want.Raw {
				want.Raw = v.Line
			}
			if FormatName(got.Format) != v.Want.Format {
				t.Errorf("format %s, want %s", FormatName(got.Format), v.Want.Format)
			}
			if got != want {
				t.Errorf("%q\n got %+v\nwant %+v", v.Line, got, want)
			}
		})
	}
}

func TestParseTrailersAreNotPartOfTheLine(t *testing.T) {
	for _, trailer := range []string{"\n", "\r\n", "\x00", "\n\x00"} {
		if got := Parse([]byte("<13>Oct 11 22:14:15 web1 su: no"+trailer), Receipt{At: receivedAt}); got.Message != "no" || got.Raw != "" {
			t.Errorf("trailer %q: %+v", trailer, got)
		}
	}
	if got := Parse([]byte("<13>Oct 11 22:14:15 web1 su: one\ntwo"), Receipt{At: receivedAt}); got.Message != "one\ntwo" {
		t.Errorf("a line feed within the message: %q", got.Message)
	}
}

func TestParseBytesThatAreNotUTF8(t *testing.T) {
	got := Parse([]byte("<13>Oct 11 22:14:15 web1 su: caf\xe9 \xff\xc3\xa9"), Receipt{At: receivedAt})
	if want := `caf\xe9 \xff` + "\u00e9"; got.Message != want || !strings.Contains(got.Complaint, "UTF-8") {
		t.Errorf("message %q, want %q; complaint %q", got.Message, want, got.Complaint)
	}
	if got.AppName != "su" || got.Raw == "" {
		t.Errorf("the rest of the line is not read: %+v", got)
	}
}

func TestParseYearIsTheNearest(t *testing.T) {
	for _, test := range []struct{ line, received, want string }{
		{"Dec 31 23:59:58 h t: m", "2026-01-01T00:00:03Z", "2025-12-31T23:59:58Z"},
		{"Jan  1 00:00:01 h t: m", "2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z"},
		{"Jul  1 12:00:00 h t: m", "2025-06-30T00:00:00Z", "2025-07-01T12:00:00Z"},
		{"Feb 29 12:00:00 h t: m", "2025-01-03T00:00:00Z", "2024-02-29T12:00:00Z"},
		{"Feb 29 12:00:00 h t: m", "2027-12-03T00:00:00Z", "2028-02-29T12:00:00Z"},
		{"Dec 31 23:30:00 EST h t: m", "2026-01-01T04:30:10Z", "2026-01-01T04:30:00Z"},
	} {
		received, _ := time.Parse(time.RFC3339, test.received)
		want, _ := time.Parse(time.RFC3339, test.want)
		got := Parse([]byte("<13>"+test.line), Receipt{At: received})
		if got.StampedMs != want.UnixMilli() {
			t.Errorf("%s received %s: %s, want %s", test.line, test.received, time.UnixMilli(got.StampedMs).UTC(), want)
		}
	}
}

func TestParseDayThatIsInNoYearNear(t *testing.T) {
	got := Parse([]byte("<13>Feb 29 22:14:15 web1 su: no"), Receipt{At: time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)})
	if got.StampedMs != 0 || got.Complaint == "" || got.Hostname != "web1" || got.Message != "no" {
		t.Errorf("%+v", got)
	}
}

// TestParseStringAllocatesNothing where a line is of a known form and nothing is odd.
func TestParseStringAllocatesNothing(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"<189>45: 000123: Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down",
		"<189>45: Oct 12 08:59:59 CST: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down",
		"<34>Oct 11 22:14:15 mymachine su[812]: 'su root' failed for lonvick on /dev/pts/8",
		"<34>1 2025-10-11T22:14:15.003Z mymachine.example.com su 812 ID47 [a@1 b=\"c\"] 'su root' failed",
	} {
		receipt := Receipt{At: receivedAt.Add(59 * time.Minute), Zone: tokyo}
		if count := testing.AllocsPerRun(100, func() { ParseString(line, receipt) }); count != 0 {
			t.Errorf("%s: %v allocations: %+v", line, count, ParseString(line, receipt))
		}
	}
}

func BenchmarkParse(b *testing.B) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name, line string
		zone       *time.Location
	}{
		{"cisco", "<189>45: Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down", nil},
		{"cisco in a zone", "<189>45: Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down", tokyo},
		{"rfc3164", "<34>Oct 11 22:14:15 mymachine su[812]: 'su root' failed for lonvick on /dev/pts/8", nil},
		{"rfc5424", "<34>1 2025-10-11T22:14:15.003Z mymachine.example.com su 812 ID47 - 'su root' failed for lonvick on /dev/pts/8", nil},
		{"raw", "%% nothing anybody could know the form of, at about the length of the others", nil},
	} {
		b.Run(test.name, func(b *testing.B) {
			line := []byte(test.line)
			b.ReportAllocs()
			for b.Loop() {
				Parse(line, Receipt{At: receivedAt, Zone: test.zone})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
