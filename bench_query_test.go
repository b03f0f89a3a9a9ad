package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mimamori/bench/answers"
)

// checkBenchQuery: all was asked, and the history is kept for the next time.
func checkBenchQuery(t *testing.T, figures answers.Figures, run smallRun) {
	if figures.Asked != 6 || len(figures.Answers) != figures.Asked || figures.Kept > figures.Asked {
		t.Errorf("%d questions, %d answers, %d within the mark", figures.Asked, len(figures.Answers), figures.Kept)
	}
	worst := 0.0
	for _, answer := range figures.Answers {
		if answer.Rows < 1 || answer.Warm.P50 <= 0 || answer.Warm.P95 < answer.Warm.P50 || answer.CPU <= 0 || answer.First.P50 <= 0 || answer.Cold.P50 <= 0 {
			t.Errorf("%+v", answer)
		}
		worst = max(worst, answer.Warm.P95)
	}
	if figures.NOC != worst || figures.AllNOC > worst || figures.Year < figures.YearP50 || figures.YearP50 <= 0 {
		t.Errorf("the slowest takes %f ms: %+v", worst, figures)
	}
	if figures.YearCold <= 0 || figures.YearFirst <= 0 || figures.Within != (figures.Kept == figures.Asked && figures.Year < answers.YearMark) {
		t.Errorf("of a year: %+v", figures)
	}
	// The history is there the second time.
	note := filepath.Join(run.folder, "200", "history.json")
	before, err := os.Stat(note)
	if err != nil {
		t.Fatal(err)
	}
	output, problems, code := call(t, "bench", "query", "--json", "--devices", "200", "--rounds", "2", "--cold", "1", "--cache", run.folder, "--only", "wall: ")
	var again answers.Figures
	if err := json.Unmarshal([]byte(output), &again); err != nil || code != exitDone {
		t.Fatalf("exit code %d, %v: %s", code, err, problems)
	}
	if again.Asked != 1 || again.Answers[0].Rows < 1 {
		t.Errorf("the second time: %+v", again)
	}
	if after, err := os.Stat(note); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the history was made again: %v", err)
	}
}

func TestBenchQueryRefuses(t *testing.T) {
	for _, arguments := range [][]string{{"--devices", "10"}, {"--rounds", "1"}, {"--cold", "0"}, {"--only", "nosuch"}} {
		_, problems, code := call(t, append([]string{"bench", "query"}, arguments...)...)
		if code != exitUsage || strings.Contains(problems, "make the history") {
			t.Errorf("%v: exit code %d, %s", arguments, code, problems)
		}
		if arguments[0] == "--only" && !strings.Contains(problems, "\n  site: outages\n") {
			t.Errorf("it does not say which questions there are: %s", problems)
		}
	}
}
