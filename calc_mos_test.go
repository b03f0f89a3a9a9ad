package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// mosVectors are the connections of the model's own test vectors.
func mosVectors(t *testing.T, file string) (rows []map[string]string) {
	t.Helper()
	text, err := os.ReadFile("processors/voice/testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// feed runs the program on standard input.
func feed(t *testing.T, input string, arguments ...string) (output, problems string, code int) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), path, arguments...)
	var standard, diagnostics bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &standard, &diagnostics
	_ = command.Run() // the exit code says how it ended
	return standard.String(), diagnostics.String(), command.ProcessState.ExitCode()
}

func near(t *testing.T, what string, got any, want string, tolerance float64) {
	t.Helper()
	expected := mustFloat(t, want)
	if number, ok := got.(float64); !ok || !(math.Abs(number-expected) <= tolerance) {
		t.Errorf("%s is %v, want %s", what, got, want)
	}
}

func mustFloat(t *testing.T, text string) float64 {
	t.Helper()
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func TestCalcMosOfEveryVector(t *testing.T) {
	vectors := mosVectors(t, "emodel_nb.csv")
	input := "codec,delay_ms,loss_pct,burst_r\n\n"
	for _, row := range vectors {
		input += fmt.Sprintf("%s,%s,%s,%s\n", row["codec"], row["Ta_ms"], row["Ppl_pct"], row["BurstR"])
	}
	for _, convention := range []struct {
		flags  []string
		r, mos string
	}{{nil, "R_echoT=Ta_Tr=2Ta", "MOS_echo"}, {[]string{"--no-echo"}, "R_noecho_T=Tr=0", "MOS_noecho"}} {
		output, problems, code := feed(t, input, append([]string{"calc", "mos", "--stdin"}, convention.flags...)...)
		lines := strings.Split(strings.TrimSpace(output), "\n")
		if code != exitDone || len(lines) != len(vectors) {
			t.Fatalf("exit %d, %d lines for %d connections\n%s", code, len(lines), len(vectors), problems)
		}
		for i, row := range vectors {
			var got map[string]any
			if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
				t.Fatalf("%q: %v", lines[i], err)
			}
			mos := row[convention.mos]
			if strings.HasPrefix(mos, "0.") {
				mos = "1" // the vectors print the polynomial, which dips below the scale
			}
			near(t, row["id"]+" R", got["r"], row[convention.r], 1e-4)
			near(t, row["id"]+" MOS", got["mos"], mos, 1e-4)
			near(t, row["id"]+" Ie,eff", got["ie_eff"], row["Ieeff"], 1e-4)
			near(t, row["id"]+" Idd", got["idd"], row["Idd"], 1e-4)
			if got["scale"] != "nb" || got["itu"] != true {
				t.Errorf("%s: %v", row["id"], got)
			}
		}
	}
}

func TestCalcMosOfOneConnection(t *testing.T) {
	for _, test := range []struct {
		arguments string
		want      map[string]string // numbers within 1e-4
		band      string
		scale     string
	}{
		{"--codec G.729A+VAD --delay-ms 150 --loss-pct 2 --burst-r 2", map[string]string{"r": "70.1391", "mos": "3.6035", "ie_eff": "19.4", "idd": "0.1635", "id": "3.816122"}, "some dissatisfied", "nb"},
		{"--codec G.729A+VAD --delay-ms 90 --jitter-buffer-ms 40 --packet-ms 20 --loss-pct 2 --burst-r 2", map[string]string{"r": "70.1391", "delay_ms": "150"}, "some dissatisfied", "nb"},
		{"--codec G.723.1+VAD-6.3 --delay-ms 80 --loss-pct 1", map[string]string{"r": "71.4036", "mos": "3.6621"}, "some dissatisfied", "nb"},
		{"--codec G.711 --delay-ms 200 --set telr=55", map[string]string{"r": "75.8147", "idte": "13.5608"}, "some dissatisfied", "nb"},
		{"--codec G.711 --delay-ms 300 --delay-class low", map[string]string{"idd": "10.0942"}, "some dissatisfied", "nb"},
		{"--codec G.711 --loss-pct 5 --advantage 10", map[string]string{"r": "52.1309"}, "nearly all dissatisfied", "nb"},
		{"--ie 11 --bpl 19 --loss-pct 2", map[string]string{"r": "74.2062"}, "some dissatisfied", "nb"},
		{"--ie 20 --bpl 4.3 --scale wb --loss-pct 2", map[string]string{"r": "85.1905", "mos": "3.4062"}, "many dissatisfied", "wb"},
		{"--ie 10.2 --bpl 4.3 --scale fb --loss-pct 3 --delay-ms 150", map[string]string{"r": "87.5032", "mos": "3.0545"}, "nearly all dissatisfied", "fb"},
		{"--codec G.728-16", map[string]string{"r": "86.2062", "ie": "7"}, "satisfied", "nb"},
	} {
		output, problems, code := call(t, strings.Fields("calc mos --json "+test.arguments)...)
		var got map[string]any
		if err := json.Unmarshal([]byte(output), &got); err != nil || code != exitDone {
			t.Errorf("%s: exit %d, %v\n%s", test.arguments, code, err, problems)
			continue
		}
		for name, want := range test.want {
			near(t, test.arguments+": "+name, got[name], want, 1e-4)
		}
		if got["band"] != test.band || got["scale"] != test.scale {
			t.Errorf("%s: %v on scale %v", test.arguments, got["band"], got["scale"])
		}
	}
	output, _, code := call(t, "calc", "mos", "--codec", "AMR-WB 23.85 diotic", "--loss-pct", "1")
	if code != exitDone || !strings.Contains(output, "104.593") || !strings.Contains(output, "scale wb") {
		t.Errorf("exit %d, the table is\n%s", code, output)
	}
}

func TestCalcMosRefusesWhatIsNone(t *testing.T) {
	for arguments, want := range map[string]string{
		"--codec G.711 --loss-pct -1":          "the loss is -1 %",
		"--codec G.711 --loss-pct 100.1":       "0 to 100",
		"--codec G.711 --loss-pct NaN":         "the loss is NaN",
		"--codec G.711 --burst-r 0.99":         "the burst ratio is 0.99",
		"--codec G.711 --burst-r Inf":          "the burst ratio is +Inf",
		"--codec G.711 --delay-ms -0.1":        "the delay is -0.1 ms",
		"--codec G.711 --delay-ms NaN":         "the delay is NaN",
		"--codec G.711 --jitter-buffer-ms -5":  "the jitter buffer is -5 ms",
		"--codec G.711 --advantage 21":         "the advantage is 21",
		"--codec G.711 --delay-ms soon":        "soon",
		"--codec Opus":                         "G.729A+VAD",
		"--codec G.728-16 --loss-pct 1":        "--bpl",
		"--ie 96 --bpl 5":                      "ie is 96",
		"--ie 5 --bpl 0":                       "bpl is 0",
		"--codec G.711 --scale wb":             "scales do not mix",
		"--codec G.711 --scale wb --ie 5":      "scales do not mix",
		"--codec G.711 --set telr":             "telr=55",
		"--codec G.711 --set telr=NaN":         "telr is NaN",
		"--stdin --codec G.711":                "--stdin",
		"--delay-ms 10":                        "--codec",
		"--codec G.711 --delay-class sluggish": "very-low",
	} {
		output, problems, code := call(t, strings.Fields("calc mos "+arguments)...)
		if code != exitUsage || output != "" || !strings.Contains(problems, want) {
			t.Errorf("%s: exit %d, want %d with %q\n%s%s", arguments, code, exitUsage, want, output, problems)
		}
	}
}

func TestCalcMosGoesOnAfterABadLine(t *testing.T) {
	input := "codec,delay_ms,loss_pct,burst_r\r\n\r\nG.711,0,0,1\r\nOpus,0,0,1\nG.711,0,-1,1\nG.711,0\nG.711,x,0,1\n\"G.711,0,0,1\n G.729A+VAD , 0, 2,1\n"
	output, problems, code := feed(t, input, "calc", "mos", "--stdin")
	if code != exitFailed || !strings.Contains(problems, "5 of the lines") {
		t.Errorf("exit %d:\n%s", code, problems)
	}
	var results []map[string]any
	for decoder := json.NewDecoder(strings.NewReader(output)); decoder.More(); {
		var result map[string]any
		if err := decoder.Decode(&result); err != nil {
			t.Fatalf("%v in\n%s", err, output)
		}
		results = append(results, result)
	}
	if len(results) != 7 {
		t.Fatalf("%d results:\n%s", len(results), output)
	}
	near(t, "the first R", results[0]["r"], "93.2062", 1e-4)
	near(t, "the last R", results[6]["r"], "74.2062", 1e-4)
	for i, want := range []string{"Opus", "the loss is -1", "2 fields", "delay_ms", "CSV"} {
		got := results[i+1]
		if got["line"] != float64(i+4) || !strings.Contains(fmt.Sprint(got["error"]), want) {
			t.Errorf("line %d gives %v, want an error with %q", i+4, got, want)
		}
	}
	if _, problems, code := feed(t, "", "calc", "mos", "--stdin"); code != exitDone {
		t.Errorf("no lines at all: exit %d\n%s", code, problems)
	}
}
