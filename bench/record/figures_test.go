package record

import (
	"slices"
	"testing"
)

func TestFigures(t *testing.T) {
	got, err := Figures([]byte(`{"rows": 7, "name": "x", "within": true, "half idle": {"bytes_per_s": 1.5, "kinds": {"b": {"rows": 2}, "a": {"rows": 1}}},
"tables": [{"table": "raw a/b", "rows": 3, "columns": [{"column": "c", "bytes": 4}]}, {"rows": 5}], "none": null, "numbers": [1, 2]}`))
	want := []Figure{{"", "rows", 7}, {"half_idle", "bytes_per_s", 1.5}, {"half_idle/kinds/b", "rows", 2}, {"half_idle/kinds/a", "rows", 1},
		{"tables/raw_a_b", "rows", 3}, {"tables/2", "rows", 5}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v, error %v", got, want, err)
	}
	for _, broken := range []string{"", "{", `{"a": [}`, `{"a": 1`} {
		if figures, err := Figures([]byte(broken)); err == nil {
			t.Errorf("%q has figures: %v", broken, figures)
		}
	}
}

func TestNumber(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 12: "12", 0.0123456: "0.01235", 289.04: "289", 999.96: "1000", 1234.5: "1,234", -1234567: "-1,234,567", 0.5: "0.5"} {
		if got := number(value); got != want {
			t.Errorf("%v is written %q, want %q", value, got, want)
		}
	}
}

func TestBenchmarkName(t *testing.T) {
	for name, want := range map[string]string{"uplink": "BenchmarkUplink", "pipeline-kafka": "BenchmarkPipelineKafka"} {
		if got := benchmarkName(name); got != want {
			t.Errorf("%s is written %s, want %s", name, got, want)
		}
	}
}
