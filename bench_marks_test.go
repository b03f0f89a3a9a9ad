package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"mimamori/bench/answers"
	"mimamori/bench/durability"
	"mimamori/bench/footprint"
	"mimamori/bench/pipeline"
	"mimamori/bench/uplink"
)

// TestMarksAreToldAlike: each benchmark that has a mark says whether it is kept, in JSON by one key and for people in the same
// words; and a missed mark is no failure.
func TestMarksAreToldAlike(t *testing.T) {
	told := func(figures endedFigures) func(io.Writer, bool) error {
		return func(output io.Writer, asJSON bool) error { return tellMeasured(output, asJSON, figures, nil) }
	}
	for _, within := range []bool{true, false} {
		year := answers.Figures{Asked: 2, Kept: 2, Year: 1500, PageMark: answers.PageMark, YearMark: answers.YearMark}
		if within {
			year.Year, year.Within = 500, true
		}
		for mark, tell := range map[string]func(io.Writer, bool) error{
			"mark 250,000": telling(pipeline.Figures{Mark: pipeline.Mark, Within: within}, printPipeline),
			"mark 5,000":   told(&latencyFigures{Mark: latencyMark, Within: within}),
			"mark 2,000":   telling(pipeline.GrowthFigures{Mark: pipeline.MarkBytes, Within: &within}, printGrowth),
			"mark 1,000":   telling(year, printAnswers),
			"mark 12":      telling(footprint.Figures{Mark: footprint.Mark, Within: within}, printStorage),
			"mark 289":     telling(uplink.Figures{Mark: uplink.Mark, Within: within}, printUplink),
			"mark 15":      telling(durability.Figures{Mark: durability.MostForIntents, Within: within}, printDurability),
		} {
			want := mark + map[bool]string{true: ": met", false: ": missed"}[within]
			var people, object bytes.Buffer
			if err := tell(&people, false); err != nil || !strings.Contains(people.String(), want) {
				t.Errorf("no %q, %v:\n%s", want, err, people.String())
			}
			var printed struct {
				Within *bool `json:"within_mark"`
			}
			if err := tell(&object, true); err != nil || json.Unmarshal(object.Bytes(), &printed) != nil || printed.Within == nil || *printed.Within != within {
				t.Errorf("%s, kept %v: %v %s", mark, within, err, object.String())
			}
		}
	}
	var people bytes.Buffer
	if err := printGrowth(&people, pipeline.GrowthFigures{Mark: pipeline.MarkBytes}); err != nil || !strings.Contains(people.String(), "mark 2,000: not measured") {
		t.Errorf("%v: %s", err, people.String())
	}
}

func telling[Figures any](figures Figures, forPeople func(io.Writer, Figures) error) func(io.Writer, bool) error {
	return func(output io.Writer, asJSON bool) error { return printFigures(output, asJSON, figures, forPeople) }
}

func TestCountsHaveTheirPlural(t *testing.T) {
	for count, want := range map[int]string{0: "0 hours", 1: "1 hour", 2: "2 hours", 1000: "1,000 hours"} {
		if got := countOf(count, "hour"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
