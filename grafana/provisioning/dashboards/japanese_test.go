package dashboards

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the dashboards in Japanese anew")

func japaneseWords(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("japanese.json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(text, &words); err != nil {
		t.Fatalf("japanese.json: %v", err)
	}
	return words
}

func englishFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("en/*.json")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d dashboards, %v", len(files), err)
	}
	return files
}

// TestJapanese holds that every text of every dashboard has its Japanese, and that the files are those that
// the English ones yield.
func TestJapanese(t *testing.T) {
	words := japaneseWords(t)
	for _, file := range englishFiles(t) {
		english, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Japanese(english, words)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		there := filepath.Join("ja", filepath.Base(file))
		if *update {
			if err := os.WriteFile(there, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(there); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what %s yields (%v): go test ./grafana/provisioning/dashboards -update", there, file, err)
		}
	}
	japanese, err := filepath.Glob("ja/*.json")
	if err != nil || len(japanese) != len(englishFiles(t)) {
		t.Errorf("%d dashboards in Japanese of %d: remove what has no English one", len(japanese), len(englishFiles(t)))
	}
}

// TestJapaneseWords holds that no text stands there for nothing, and that none is English still.
func TestJapaneseWords(t *testing.T) {
	var all strings.Builder
	for _, file := range englishFiles(t) {
		english, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(english)
	}
	same := []string{"MOS", "Prometheus", "mimamori", "p95"}
	for english, japanese := range japaneseWords(t) {
		written, err := json.Marshal(english)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(all.String(), string(written)) {
			t.Errorf("no dashboard says %q any more: remove it", english)
		}
		if japanese == "" || japanese == english && !slices.Contains(same, english) {
			t.Errorf("%q has no Japanese", english)
		}
	}
}

// TestNewPanelNeedsJapanese holds that a text which somebody adds is not forgotten, wherever it stands.
func TestNewPanelNeedsJapanese(t *testing.T) {
	words := map[string]string{"Site": "拠点"}
	for where, board := range map[string]string{
		"title of a panel":      `{"uid":"u","title":"Site","panels":[{"title":"New"}]}`,
		"description":           `{"uid":"u","title":"Site","panels":[{"description":"New"}]}`,
		"heading of a column":   `{"uid":"u","title":"Site","panels":[{"transformations":[{"options":{"renameByName":{"mos":"New"}}}]}]}`,
		"word for a value":      `{"uid":"u","title":"Site","panels":[{"fieldConfig":{"overrides":[{"properties":[{"value":[{"options":{"up":{"text":"New"}}}]}]}]}}]}`,
		"name of an annotation": `{"uid":"u","title":"Site","annotations":{"list":[{"name":"New"}]}}`,
		"label of a variable":   `{"uid":"u","title":"Site","templating":{"list":[{"name":"site","label":"New"}]}}`,
		"legend":                `{"uid":"u","title":"Site","panels":[{"targets":[{"legendFormat":"New {{stage}}"}]}]}`,
		"field nobody knows":    `{"uid":"u","title":"Site","panels":[{"options":{"headline":"New and unheard of"}}]}`,
	} {
		if written, err := Japanese([]byte(board), words); err == nil || !strings.Contains(err.Error(), "New") {
			t.Errorf("%s without Japanese passes as %s, %v", where, written, err)
		}
	}
}

// TestJapaneseDashboard reads one as Grafana and the data source do.
func TestJapaneseDashboard(t *testing.T) {
	english := `{"uid":"mimamori-site","title":"Site","revision":3,"tags":["mimamori","site"],"links":[{"tags":["mimamori"]}],
"templating":{"list":[{"name":"site","label":"Site"}]},
"panels":[{"title":"Site","targets":[{"figure":"sites","site":"${site}","expr":"sum by (a) (b)","legendFormat":"{{topic}} {{partition}}"}],"fieldConfig":{"defaults":{"displayName":"${__field.labels.path}"}}}]}`
	written, err := Japanese([]byte(english), map[string]string{"Site": "拠点"})
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	japanese := strings.NewReplacer(`"mimamori-site"`, `"mimamori-site-ja"`, `["mimamori"`, `["mimamori-ja"`, `"Site"`, `"拠点"`).Replace(english)
	if err := json.Unmarshal([]byte(japanese), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(written, &got); err != nil {
		t.Fatal(err)
	}
	one, _ := json.Marshal(got)
	other, _ := json.Marshal(want)
	if !bytes.Equal(one, other) {
		t.Errorf("got  %s\nwant %s", one, other)
	}
}
