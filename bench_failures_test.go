package main

import (
	"path/filepath"
	"testing"

	"mimamori/bench/failures"
	"mimamori/bench/fleet"
	"mimamori/bench/pipeline"
)

// checkBenchFailures: much has failed in a small fleet, and what is stored is what happened.
func checkBenchFailures(t *testing.T, figures pipeline.FailingFigures, run smallRun) {
	printed := run.printed
	all := pipeline.Agreement{Yes: 100}
	if figures.Devices != 100 || figures.Agreement != all || figures.Available != all || figures.Sensors != all || figures.Lines != all ||
		figures.Voice.Yes < 4 || figures.Wrong() != 0 || len(figures.Mismatches) > 0 || figures.Rows < 100*60 {
		t.Error(printed)
	}
	for _, kind := range []failures.Kind{failures.Heat, failures.FeedLoss, failures.VoiceDelay, failures.VoiceJitter, failures.VoiceLoss, failures.Chatter, failures.LogStorm} {
		if figures.Events[kind] == 0 {
			t.Errorf("there is no %s: %s", kind, printed)
		}
	}
	if figures.Events[failures.Reboot] < 10 || figures.Events[failures.Flap] < 3 || figures.Outages < 20 || figures.Windows == 0 {
		t.Errorf("little happened: %s", printed)
	}
	truth, err := fleet.ReadTruth(filepath.Join(run.folder, "truth.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	outages := 0
	for i := range truth.Devices {
		outages += len(truth.Devices[i].Down)
	}
	if outages != figures.Outages || len(truth.Silences) != figures.Silences || len(truth.Work) != figures.Windows {
		t.Errorf("the truth has %d outages, %d silences and %d windows: %s", outages, len(truth.Silences), len(truth.Work), printed)
	}
}
