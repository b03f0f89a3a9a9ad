package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// chaosOutcome is what a run printed that matters here.
type chaosOutcome struct {
	Produced, Stored, Lost, Doubled int
	Kills, Freezes, Cuts, Restarts  int
	Problems                        []string
}

// TestChaos is a short run in which two rows are made wrong behind the pipeline's back:
// one is left out after the ledger has it, and one is stored a second time under another
// key. These two are found and named, and whatever happens to the parts, no other.
func TestChaos(t *testing.T) {
	t.Parallel()
	needEngine(t)
	output, problems, code := call(t, "chaos", "--json", "--rate", "1200", "--for", "8s", "--every", "700ms", "--seed", "5", "--spoil",
		"--directory", filepath.Join(t.TempDir(), "run"))
	var o chaosOutcome
	if err := json.Unmarshal([]byte(output), &o); err != nil {
		t.Fatalf("it ended with code %d and printed no outcome: %v\n%s\n%s", code, err, output, problems)
	}
	if code != exitFailed || o.Produced != 8*1200 || o.Stored != o.Produced-1 || o.Lost != 1 || o.Doubled != 1 || len(o.Problems) != 1 {
		t.Errorf("code %d, %+v\n%s", code, o, problems)
	}
	for _, want := range []string{"interfaces of alpha-south, slot 4", "numbers 1607 are missing", "number 1608 is there 2 times"} {
		if !strings.Contains(strings.Join(o.Problems, "\n"), want) {
			t.Errorf("it does not say %q: %q", want, o.Problems)
		}
	}
	if o.Kills == 0 || o.Kills+o.Freezes+o.Cuts+o.Restarts < 5 {
		t.Errorf("hardly anything happened: %+v\n%s", o, problems)
	}
}
