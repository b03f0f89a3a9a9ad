package record

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const keptResults = "../results"

// TestFiguresThatCountAreMeasured holds each entry against the results that are kept: a path that leads nowhere would leave
// a hole on the page.
func TestFiguresThatCountAreMeasured(t *testing.T) {
	seen := map[string]bool{} // figures that are shared are measured where one result has them
	var missing []string
	for _, board := range boards {
		if len(board.headlines) == 0 {
			t.Errorf("%s has no figure that counts", board.name)
		}
		result, err := Read(keptResults, board.name)
		if errors.Is(err, fs.ErrNotExist) {
			for _, h := range board.headlines {
				missing = append(missing, h.figure)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		root, err := parse(result.JSON)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range board.headlines {
			paths := []string{h.figure}
			for _, s := range []*span{h.rounds, h.quantiles} {
				if s != nil && !s.isNew {
					paths = append(paths, s.low, s.high)
				}
			}
			if h.mark != "" && !strings.ContainsAny(h.mark, "0123456789") {
				paths = append(paths, h.mark)
			}
			for _, path := range paths {
				if _, ok := numberAt(root, path); !ok && !h.isNew {
					t.Errorf("%s: %q stands nowhere in the result that is kept", board.name, path)
				}
				seen[path] = true
			}
			for _, peer := range h.peers {
				_, measured := numberAt(root, peer.ratio)
				if peer.isNew {
					continue
				}
				if textAt(root, peer.peer+"/name") == "" || measured == (textAt(root, peer.peer+"/missing") != "") {
					t.Errorf("%s: %+v is neither measured nor missing", board.name, peer)
				}
			}
		}
	}
	for _, figure := range missing {
		if !seen[figure] {
			t.Errorf("%s is of no result that is kept", figure)
		}
	}
	files, err := filepath.Glob(filepath.Join(keptResults, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no results are kept", err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); !slices.Contains(Names(), name) {
			t.Errorf("no figure of %s counts", name)
		}
	}
}

// TestKeptPage is the page as it follows from the results beside it.
func TestKeptPage(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(keptResults)); err != nil {
		t.Fatal(err)
	}
	if err := Page(folder, Names()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(keptResults, "README.md"))
	if err != nil || string(got) != string(want) {
		t.Errorf("bench/results/README.md is not what follows from the results: run mimamori bench record --page (%v)", err)
	}
}

// pageOf is the page of one result of bench snmp, pipeline or another, by what it printed.
func pageOf(t *testing.T, result *Result) string {
	t.Helper()
	folder := t.TempDir()
	result.Took = 3 * time.Second
	if err := Save(folder, result); err != nil {
		t.Fatal(err)
	}
	if err := Page(folder, []string{result.Name, "storm"}); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestPage(t *testing.T) {
	const snmp = `{"oids_per_cpu_s":2000,"min":1000.4,"max":3000,"v3_oids_per_cpu_s":5,"peer":{"name":"snmp_exporter","version":"0.21.0","oids_per_cpu_s":500},"ratio":4.04,
"telegraf":{"name":"telegraf","missing":"no program | is found"}}`
	const uplink = `{"half_idle":{"bytes_per_s":300,"kinds":{"a b":{"rows":1},"c":{"rows":2}}},"all_active":{"bytes_per_s":400,"kinds":{}},"mark_bytes_per_s":289,"within_mark":%}`
	for name, test := range map[string]struct {
		result *Result
		want   []string
		not    []string
	}{
		"beside others": {&Result{Name: "snmp", Command: "mimamori bench snmp", JSON: []byte(snmp)}, []string{
			"\n`mimamori bench snmp`\n",
			"\n| [snmp](#snmp) | objects polled, a second of processor time | 1,000 – **2,000** – 3,000 |  |  | 4.0 × snmp_exporter 0.21.0, Telegraf not measured | unknown | 3s |\n",
			"\n|  | objects polled by SNMP v3, a second of processor time | **5** |  |  |  |  |  |\n",
			"\nNot measured: Telegraf: no program \\| is found\n", "\nNo result is kept of storm.\n", "\n| peer / version | 0.21.0 |\n",
		}, []string{"FAILED", "✓", "✗"}},
		"a mark that is missed": {&Result{Name: "uplink", JSON: []byte(strings.Replace(uplink, "%", "false", 1))}, []string{
			" | **300** | ≤ 289 | ✗ **missed** | ", "| within_mark | **no** |", "\n**half_idle / kinds**\n\n| of | rows |\n|---|--:|\n| a b | 1 |\n| c | 2 |\n", "\n| all_active | 400 |\n",
		}, []string{"✓"}},
		"what a benchmark says of its mark counts": {&Result{Name: "uplink", JSON: []byte(strings.Replace(uplink, "%", "true", 1))}, []string{" | **300** | ≤ 289 | ✓ met | "}, []string{"missed"}},
		"what is not said of a mark is reckoned":   {&Result{Name: "uplink", JSON: []byte(strings.Replace(uplink, "%", "null", 1))}, []string{" | ≤ 289 | ✗ **missed** | "}, []string{"✓"}},
		"a mark of what is to be much": {&Result{Name: "pipeline", JSON: []byte(`{"broker":"embedded","interface_rows_per_s":300,"mark_interface_rows_per_s":250,"cpu_s_per_million":{"processors":2},"telegraf":{"name":"telegraf","version":"1.2","cpu_ratio":3,"cpu_ratio_with_engine":1.26}}`)}, []string{
			" | Telegraf 1.2 takes 1.3 × of both together | ",
			" | **300** | ≥ 250 | ✓ met | ", " | Telegraf 1.2 takes 3.0 × | ", "| broker | embedded |",
		}, []string{"missed"}},
		"a mark of more than there was":  {&Result{Name: "growth", JSON: []byte(`{"sizes":[{"devices":99999,"rss_bytes":5e6}],"mark_rss_bytes":2e9}`)}, []string{" | **5** |  |  |  | "}, []string{"✓", "✗"}},
		"a mark of as much as there was": {&Result{Name: "growth", JSON: []byte(`{"sizes":[{"devices":1,"rss_bytes":9e9},{"devices":100000,"rss_bytes":5e6}],"mark_rss_bytes":2e9}`)}, []string{" | **5** | ≤ 2,000 | ✓ met | "}, nil},
		"a failure": {&Result{Name: "failures", Failed: "some\nrows are lost", JSON: []byte(`{"outages_agree":{"yes":1,"no":0},"failure":"it did not drain"}`)}, []string{
			" | **0** | ≤ 0 | ✗ **FAILED** | ", "\n✗ **FAILED**: some rows are lost; it did not drain\n",
		}, []string{"✓"}},
		"no mail": {&Result{Name: "alarms", JSON: []byte(`{"alarm_to_webhook_s":{"p50":1,"p95":2,"max":3},"mail_missing":"no aiosmtpd"}`)}, []string{
			" | not measured |  |  | ", " | p50 1 – **2** – most 3 | ", "\nNot measured: mail: no aiosmtpd\n",
		}, nil},
		"lists": {&Result{Name: "query", JSON: []byte(`{"answers":[{"page":"wall","figure":"sites","rows":5,"warm":{"p50_ms":1.5}},{"page":"site","figure":"a, b","rows":1,"cpu_ms":7,"parts":[{"part":"x","codec":"ZSTD"}]}],"protocols":["a","b"],"none":[],"nothing":null}`)}, []string{
			"\n| page | question | rows | warm p50_ms | cpu_ms |\n|---|---|--:|--:|--:|\n| wall | sites | 5 | 1.5 |  |\n| site | a, b | 1 |  | 7 |\n",
			"\n**answers / parts**\n\n| of | part | codec |\n|---|---|---|\n| site/a,_b | x | ZSTD |\n", "| protocols | a; b |", "| none | none |", "| nothing | none |",
		}, nil},
		"one of which no figure counts": {&Result{Name: "thing", JSON: []byte(`{"rows":1}`)}, []string{"\n| [thing](#thing) | see below | "}, nil},
	} {
		page := pageOf(t, test.result)
		for _, text := range test.want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: the page does not say %q:\n%s", name, text, page)
			}
		}
		for _, text := range test.not {
			if strings.Contains(page, text) {
				t.Errorf("%s: the page says %q:\n%s", name, text, page)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	for ratio, want := range map[float64]string{4.804: "4.8", 0.344: "0.34", 404.6: "405", 1234.6: "1,235", 99.94: "99.9", 1: "1.0"} {
		if got := times(ratio); got != want {
			t.Errorf("%g times is written %q, want %q", ratio, got, want)
		}
	}
}

func TestPageOfSeveralMachinesAndOfNone(t *testing.T) {
	folder := t.TempDir()
	page := func() string {
		if err := Page(folder, []string{"a", "b", "c"}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(folder, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if text := page(); strings.Contains(text, "Measured") || !strings.Contains(text, "\nNo result is kept of a, b, c.\n") {
		t.Errorf("of nothing: %s", text)
	}
	for name, processor := range map[string]string{"a": "one", "b": "two", "c": "one"} {
		if err := Save(folder, &Result{Name: name, JSON: []byte(`{"rows":1}`), Machine: Machine{CPU: processor}}); err != nil {
			t.Fatal(err)
		}
	}
	if text := page(); !strings.Contains(text, "several machines") || !strings.Contains(text, "\n- one, 0 cores, 0.0 GB of memory, , , /: a, c\n- two,") {
		t.Errorf("of two: %s", text)
	}
}

// TestResultIsReadBack, in the form of now and in that of before.
func TestResultIsReadBack(t *testing.T) {
	stolen := 4.0
	want := Result{
		Name: "thing", Command: "bench thing --rows 1", JSON: []byte(`{"rows":1}`), Machine: Machine{CPU: "A, B", Cores: 2, Memory: 25_300_000_000, Kernel: "Linux 6.1", Go: "go1.26", OS: "linux", Arch: "amd64"},
		Version: "abc", Date: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Took: 90 * time.Second, Stolen: &stolen,
		Pace: &Pacing{Relative: 0.97, Before: 0.98, After: 0.96, Text: 243, Reads: 4.86}, Failed: "it broke",
	}
	folder := t.TempDir()
	if err := Save(folder, &want); err != nil {
		t.Fatal(err)
	}
	same := func(form string) {
		got, err := Read(folder, "thing")
		if err != nil {
			t.Fatal(err)
		}
		inWords := func(r *Result) string {
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		if inWords(got) != inWords(&want) {
			t.Errorf("%s: read back\n%s\nwant\n%s", form, inWords(got), inWords(&want))
		}
	}
	same("now")
	if text := lineOf(filepath.Join(folder, "thing.txt"), keyFailed); text != "it broke" {
		t.Errorf("thing.txt says that %q failed", text)
	}
	want.Date = want.Date.Add(time.Hour)
	if err := Save(folder, &want); err != nil {
		t.Fatal(err)
	}
	same("with its hour")
	if err := os.WriteFile(filepath.Join(folder, "thing.json"), want.JSON, 0o600); err != nil {
		t.Fatal(err)
	}
	want.Date, want.Failed, want.Command = want.Date.Add(-time.Hour), "", "" // which it did not have
	same("before")
	if _, err := Read(folder, "other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestLookup(t *testing.T) {
	root, err := parse([]byte(`{"a b":{"rows":1},"costs":[{"of":"x","against":"y/z","percent":2},{"percent":3}],"alarm_p99_ms":4,"text":"5"}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]float64{"a_b/rows": 1, "costs/x/y_z/percent": 2, "costs/2/percent": 3, "costs/last/percent": 3, "alert_p99_ms": 4} {
		if got, ok := numberAt(root, path); !ok || got != want {
			t.Errorf("%s: %v, %v", path, got, ok)
		}
	}
	for _, path := range []string{"", "a_b", "a_b/none", "costs/x/percent", "costs", "text", "text/deeper", "rows"} {
		if got, ok := numberAt(root, path); ok {
			t.Errorf("%q is %v", path, got)
		}
	}
}
