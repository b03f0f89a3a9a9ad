package syslog

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
	"time"
)

// Years and zones: each line with when and where it was received.
func TestParseYearsAndZones(t *testing.T) {
	file, err := os.Open("testdata/zones.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := 0
	for scanner := bufio.NewScanner(file); scanner.Scan(); lines++ {
		var v struct {
			Name, Line, Zone, Stamped, Complaint string
			Received                             time.Time
			East                                 int32
		}
		if err := json.Unmarshal(scanner.Bytes(), &v); err != nil {
			t.Fatalf("line %d: %v", lines+1, err)
		}
		t.Run(v.Name, func(t *testing.T) {
			place, err := time.LoadLocation(v.Zone)
			if err != nil {
				t.Fatal(err)
			}
			got := Parse([]byte(v.Line), Receipt{At: v.Received, Zone: place})
			stamped := ""
			if got.StampedMs != 0 {
				stamped = time.UnixMilli(got.StampedMs).UTC().Format(time.RFC3339)
			}
			if stamped != v.Stamped || got.East != v.East || got.Complaint != v.Complaint {
				t.Errorf("%s\n got %s %d %q\nwant %s %d %q", v.Line, stamped, got.East, got.Complaint, v.Stamped, v.East, v.Complaint)
			}
			if (got.Raw != "") != (v.Complaint != "") {
				t.Errorf("raw %q beside the complaint %q", got.Raw, v.Complaint)
			}
		})
	}
	if lines == 0 {
		t.Fatal("no vectors")
	}
}

// TestStampsAreCountedAsTheCalendarDoes holds the arithmetic of stamps against the
// standard library's.
func TestStampsAreCountedAsTheCalendarDoes(t *testing.T) {
	for day := time.Date(1970, time.January, 1, 23, 59, 58, 0, time.UTC); day.Year() < 2110; day = day.AddDate(0, 0, 1) {
		var s stamp
		rest, ok := s.read(day.Format("2006 Jan _2 15:04:05"))
		if !ok || rest != "" || s.civil(s.year) != day.Unix() {
			t.Fatalf("%s is read as %d %v %q", day, s.civil(s.year), ok, rest)
		}
	}
}
