package pipeline

import "testing"

// TestGrowthSaysNothingOfAMarkThatItDidNotTry: a small fleet within the memory of a large one says nothing.
func TestGrowthSaysNothingOfAMarkThatItDidNotTry(t *testing.T) {
	for name, one := range map[string]struct {
		devices int
		bytes   uint64
		want    string
	}{
		"a small one that keeps it":          {1000, MarkBytes / 2, "nothing"},
		"a small one that takes more":        {1000, MarkBytes, "missed"},
		"that of the mark, which keeps it":   {MarkDevices, MarkBytes - 1, "met"},
		"that of the mark, which takes more": {MarkDevices, MarkBytes, "missed"},
		"a larger one that keeps it":         {2 * MarkDevices, MarkBytes / 2, "met"},
		"a larger one that takes more":       {2 * MarkDevices, MarkBytes, "nothing"},
	} {
		got := "nothing"
		if within := withinMark([]Size{{Devices: 40, ResidentBytes: 1}, {Devices: one.devices, ResidentBytes: one.bytes}}); within != nil {
			got = map[bool]string{true: "met", false: "missed"}[*within]
		}
		if got != one.want {
			t.Errorf("%s: %s, want %s", name, got, one.want)
		}
	}
}
