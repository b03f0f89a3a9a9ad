package profile

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"mimamori/ingest/sample"
)

// TestTheDocumentIsComplete holds that docs/profiles.md explains every key of a file,
// every kind of sensor and every family.
func TestTheDocumentIsComplete(t *testing.T) {
	text, err := os.ReadFile("../../../docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	set, err := Families()
	if err != nil {
		t.Fatal(err)
	}
	words := append(set.Names(), sample.SensorKindNames()...)
	for _, written := range []any{file{}, fileMatch{}, fileTable{}} {
		for field := range reflect.TypeOf(written).Fields() {
			words = append(words, field.Tag.Get("yaml"))
		}
	}
	for _, word := range words {
		if !strings.Contains(string(text), "`"+word+"`") {
			t.Errorf("docs/profiles.md does not explain `%s`", word)
		}
	}
}
