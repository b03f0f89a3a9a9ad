package record

import (
	"strings"
	"testing"
	"time"
)

// saved keeps results in a folder of their own.
func saved(t *testing.T, results ...*Result) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, result := range results {
		result.Date, result.Took = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), time.Second
		if err := Save(folder, result); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func at(pace float64) *Pacing { return &Pacing{Relative: pace} }

func TestCompare(t *testing.T) {
	quick, slow := Machine{CPU: "quick", Cores: 2, Memory: 8e9, Kernel: "1"}, Machine{CPU: "slow", Cores: 2, Memory: 8e9}
	newer := quick
	newer.Kernel, newer.Memory = "2", 8.1e9
	query := `{"noc_p95_ms":%1,"availability_year_ms":50,"noc_most_cpu_ms":%2,"mark_noc_p95_ms":100,"mark_availability_year_ms":%3}`
	queried := func(first, second, third string) []byte {
		return []byte(strings.NewReplacer("%1", first, "%2", second, "%3", third).Replace(query))
	}
	base := saved(t,
		&Result{Name: "query", Command: "bench query", Machine: quick, Pace: at(1), JSON: queried("90", "20", "40")},
		&Result{Name: "ping", Machine: quick, Pace: at(1), JSON: []byte(`{"echoes_per_cpu_s":100,"min":90,"max":110}`)},
		&Result{Name: "snmp", Machine: quick, Pace: at(1), JSON: []byte(`{"oids_per_cpu_s":100,"min":70,"max":130}`)},
		&Result{Name: "storage", Machine: quick, Pace: at(1), JSON: []byte(`{"bytes_per_interface_row":8,"mark_bytes_per_interface_row":12}`)},
		&Result{Name: "served", Machine: quick, JSON: []byte(`{"share_of_polls_due":1}`)},
		&Result{Name: "storm", Command: "bench storm", Machine: quick, JSON: []byte(`{"pages":1}`)},
		&Result{Name: "failures", Machine: quick, Pace: at(1), JSON: []byte(`{"outages_agree":{"no":0}}`)},
	)
	now := saved(t,
		&Result{Name: "query", Command: "bench query --devices 2", Machine: newer, Pace: at(0.8), JSON: queried("120", "18.9", "60")},
		&Result{Name: "ping", Machine: slow, Pace: at(0.5), JSON: []byte(`{"echoes_per_cpu_s":150,"min":120,"max":160}`)},
		&Result{Name: "snmp", Machine: slow, Pace: at(0.5), JSON: []byte(`{"oids_per_cpu_s":125,"min":70,"max":130}`)},
		&Result{Name: "storage", Machine: quick, Pace: at(0.8), JSON: []byte(`{"bytes_per_interface_row":8,"mark_bytes_per_interface_row":12}`)},
		&Result{Name: "served", Machine: quick, JSON: []byte(`{"share_of_polls_due":0.96}`)},
		&Result{Name: "uplink", Machine: quick, JSON: []byte(`{"half_idle":{"bytes_per_s":1}}`)},
		&Result{Name: "failures", Machine: newer, Pace: at(1.05), Failed: "a row is lost", JSON: []byte(`{"outages_agree":{"no":2}, "availability_agrees":{"no":0}}`)},
	)
	c, err := Compare(base, now)
	if err != nil {
		t.Fatal(err)
	}
	var machines strings.Builder
	if err := c.WriteMachines(&machines); err != nil {
		t.Fatal(err)
	}
	if want := `Measured since: snmp, ping, query, failures, served.
Measured for the first time: uplink.
No longer there: storm.
As they were: storage.
BY ANOTHER COMMAND, so that other things were measured:
  query: bench query --devices 2; before bench query
ON ANOTHER MACHINE, so that changes say as much of the machines:
  snmp, ping: slow, 2 cores, 8.0 GB, pace 0.50; before quick, 2 cores, 8.0 GB, pace 1.00
AT ANOTHER PACE of the machine, by more than a tenth:
  query: 0.80; before 1.00
At a pace that is not known, now or before: served.
FAILED:
  failures: a row is lost
MARKS that are missed now:
  query: the slowest question of the pages, 95 of 100 answers, mark 100; it was met before
  failures: devices whose outages are not those that happened, mark 0; it was met before
Marks that are met now and were not:
  query: a year of availability of all devices, 95 of 100 answers, mark 60
Measured only now or only before: failures: devices whose availability is not that which happened.
`; machines.String() != want {
		t.Errorf("got\n%s\nwant\n%s", machines.String(), want)
	}
	before, after := c.Files()
	for text, want := range map[string]string{before: `Unit a_second_of_processor_time assume=exact
Unit ms assume=exact
Unit times assume=exact
change: better
BenchmarkPing/pings_answered 1 100 a_second_of_processor_time
BenchmarkQuery/processor_time_of_the_question_that_takes_most 1 20 ms
change: worse
BenchmarkQuery/the_slowest_question_of_the_pages,_95_of_100_answers 1 90 ms
BenchmarkFailures/devices_whose_outages_are_not_those_that_happened 1 0 times
`, after: `Unit a_second_of_processor_time assume=exact
Unit ms assume=exact
Unit times assume=exact
change: better
BenchmarkPing/pings_answered 1 150 a_second_of_processor_time
BenchmarkQuery/processor_time_of_the_question_that_takes_most 1 18.9 ms
change: worse
BenchmarkQuery/the_slowest_question_of_the_pages,_95_of_100_answers 1 120 ms
BenchmarkFailures/devices_whose_outages_are_not_those_that_happened 1 2 times
`} {
		if text != want {
			t.Errorf("benchstat is given\n%s\nwant\n%s", text, want)
		}
	}
	var changes strings.Builder
	if err := c.WriteChanges(&changes, "change: better\n  Ping 1 ± 0%  2 ± 0%  +1.00% (n=1)\ngeomean 1\n"); err != nil {
		t.Fatal(err)
	}
	if want := `
Of 7 figures that count 4 changed by more than 5 % and than its rounds lie apart: 2 better, 2 worse.

change: better
  Ping 1       2       +1.00%

Least and most of the rounds:
  Ping/pings_answered 120 to 160; before 90 to 110
`; !c.Changed() || changes.String() != want {
		t.Errorf("got\n%s\nwant\n%s", changes.String(), want)
	}
}

func TestDiffers(t *testing.T) {
	for name, test := range map[string]struct {
		base, now measured
		want      bool
	}{
		"a twentieth":                         {measured{100, 100, 100}, measured{105, 105, 105}, false},
		"more":                                {measured{100, 100, 100}, measured{106, 106, 106}, true},
		"less":                                {measured{100, 100, 100}, measured{94, 94, 94}, true},
		"within the rounds before":            {measured{100, 90, 120}, measured{115, 110, 119}, false},
		"within those of now":                 {measured{100, 95, 105}, measured{115, 99, 119}, false},
		"beyond both, though they lie across": {measured{100, 90, 112}, measured{115, 105, 119}, true},
		"from nothing":                        {measured{}, measured{1, 1, 1}, true},
		"below nothing":                       {measured{-100, -100, -100}, measured{-102, -102, -102}, false},
		"nothing":                             {measured{}, measured{}, false},
	} {
		if got := test.base.differsFrom(test.now); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCompareWhatIsTheSame(t *testing.T) {
	one := &Result{Name: "query", JSON: []byte(`{"noc_p95_ms":100}`)}
	folder := saved(t, one)
	for name, test := range map[string]struct{ now, want string }{
		"the same results": {folder, "No figure is another since.\nAs they were: query.\n"},
		"by a little":      {saved(t, &Result{Name: "query", JSON: []byte(`{"noc_p95_ms":104}`)}), "Measured since: query.\nAt a pace that is not known, now or before: query.\nNone of 1 figures that count changed by more than 5 % and than its rounds lie apart.\n"},
	} {
		c, err := Compare(folder, test.now)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := c.WriteMachines(&text); err != nil {
			t.Fatal(err)
		}
		if err := c.WriteChanges(&text, ""); err != nil {
			t.Fatal(err)
		}
		if c.Changed() || text.String() != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, text.String(), test.want)
		}
	}
}
