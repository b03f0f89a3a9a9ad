package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"mimamori/ingest/syslog"
)

// facts are what the command printed for each line.
func facts(t *testing.T, output string) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(output) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestSyslogParseOfEveryVector(t *testing.T) {
	file, err := os.Open("ingest/syslog/testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	type vector struct {
		Source string
		Line   string
		Expect map[string]any
	}
	var vectors []vector
	var input strings.Builder
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		var next vector
		if err := json.Unmarshal(scanner.Bytes(), &next); err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, next)
		fmt.Fprintln(&input, next.Line)
	}
	output, problems, code := feed(t, input.String(), "syslog", "parse", "--json")
	got := facts(t, output)
	if code != exitDone || problems != "" || len(got) != len(vectors) || len(got) == 0 {
		t.Fatalf("exit %d, %d lines of %d:\n%s", code, len(got), len(vectors), problems)
	}
	for i, v := range vectors {
		for name, want := range v.Expect {
			found, there := got[i][name]
			switch {
			case name == "notes":
				// Their words are free: they are there where the vector has some.
				if said, ok := found.([]any); !ok || len(said) > 0 != (len(want.([]any)) > 0) {
					t.Errorf("%s: notes %v, want %v", v.Source, found, want)
				}
			case want == nil && there, want != nil && !reflect.DeepEqual(found, want):
				t.Errorf("%s: %s is %v, want %v", v.Source, name, found, want)
			}
		}
		if got[i]["raw"] != v.Line {
			t.Errorf("%s: raw %q", v.Source, got[i]["raw"])
		}
	}
}

func TestSyslogParsePrintsAnObjectForEveryLine(t *testing.T) {
	long := "<13>Oct 11 22:14:15 web1 app: " + strings.Repeat("x", 200_000)
	input := "\n\xff\xfe\x00\n\r\n<13>Oct 11 22:14:15 web1 su: caf\xe9\r\n" + long + "\n<189>1: %SYS-5-RESTART: no line feed"
	output, problems, code := feed(t, input, "syslog", "parse", "--json")
	got := facts(t, output)
	if code != exitDone || problems != "" || len(got) != 6 {
		t.Fatalf("exit %d, %d lines:\n%s%s", code, len(got), problems, output)
	}
	for i, want := range []map[string]any{
		{"format": "raw", "raw": "", "pri": 13.0, "facility": 1.0, "severity": 5.0},
		{"format": "raw", "raw": `\xff\xfe`, "msg": `\xff\xfe`},
		{"format": "raw", "raw": ""},
		{"format": "rfc3164", "msg": `caf\xe9`, "tag": "su"},
		{"format": "rfc3164", "msg": strings.Repeat("x", 8192-30)},
		{"format": "cisco", "mnemonic": "RESTART", "msg": "no line feed"},
	} {
		for name, value := range want {
			if got[i][name] != value {
				t.Errorf("line %d: %s is %v, want %v", i+1, name, got[i][name], value)
			}
		}
		if notes := got[i]["notes"].([]any); len(notes) == 0 != (i == 5) {
			t.Errorf("line %d: notes %v", i+1, notes)
		}
	}
	if notes := fmt.Sprint(got[3]["notes"], got[4]["notes"]); !strings.Contains(notes, `written as \xNN`) || !strings.Contains(notes, "cut off after 8192 bytes") {
		t.Errorf("notes %s", notes)
	}
}

// TestSyslogParseNamesWhoSaysWhat of what stands in a header beside the host.
func TestSyslogParseNamesWhoSaysWhat(t *testing.T) {
	for line, want := range map[string]map[string]any{
		`<13>Oct 11 22:14:16 relay1 <187>45: 000123: *Oct 11 22:14:15: %LINK-3-UPDOWN: down`: {
			"pri": 187.0, "hostname": "relay1", "relay_host": "relay1", "msg_counter": 45.0, "sequence": 123.0, "timestamp_raw": "Oct 11 22:14:15",
			"notes": []any{"the header of a relay stands before the sender's own"},
		},
		`<13>Oct 11 22:14:16 relay1 Oct 11 22:14:15 web1 app[1]: x`: {
			"hostname": "web1", "relay_host": "relay1", "tag": "app", "pid": 1.0, "msg": "x",
			"notes": []any{"the header of a relay stands before the sender's own"},
		},
		`<189>45: [syslog@9 s_id="r1:514"]: Oct 11 22:14:15: %LINK-3-UPDOWN: down`: {
			"hostname": "r1", "origin_id": "r1", "sd": map[string]any{"syslog@9": map[string]any{"s_id": "r1:514"}}, "notes": []any{},
		},
		`<166>Oct 11 2025 22:14:15 fw1 : %ASA-6-302013: Built`: {"hostname": "fw1", "origin_id": nil, "relay_host": nil, "sd": nil},
		`<189>45: R0/0: Oct 11 22:14:15: %LINK-3-UPDOWN: down`: {"hostname": nil, "origin_id": nil, "xr_node": "R0/0"},
	} {
		output, problems, code := feed(t, line+"\n", "syslog", "parse", "--json")
		got := facts(t, output)
		if code != exitDone || len(got) != 1 {
			t.Fatalf("%s: exit %d:\n%s%s", line, code, problems, output)
		}
		for name, value := range want {
			if !reflect.DeepEqual(got[0][name], value) {
				t.Errorf("%s: %s is %v, want %v", line, name, got[0][name], value)
			}
		}
	}
}

func TestSyslogParseOfFilesAsOfATime(t *testing.T) {
	folder := t.TempDir()
	first := writeFile(t, filepath.Join(folder, "first.log"), "<189>45: Jan  1 00:00:05: %LINK-3-UPDOWN: down\n")
	second := writeFile(t, filepath.Join(folder, "second.log"), "\x1b[31m\n")
	arguments := []string{"syslog", "parse", "--at", "2025-12-31T15:00:06Z", "--time-zone", "Asia/Tokyo", first, second}
	output, problems, code := call(t, append(arguments, "--json")...)
	got := facts(t, output)
	if code != exitDone || problems != "" || len(got) != 2 {
		t.Fatalf("exit %d:\n%s%s", code, problems, output)
	}
	if got[0]["timestamp"] != "2026-01-01T00:00:05+09:00" || got[0]["timestamp_raw"] != "Jan  1 00:00:05" {
		t.Errorf("%v", got[0])
	}
	output, _, code = call(t, arguments...)
	for _, want := range []string{"  mnemonic        UPDOWN\n", "  timestamp       2026-01-01T00:00:05+09:00\n", "\n\n\\x1b[31m\n", "  facility        23 local7\n", "  severity        5 notice\n"} {
		if code != exitDone || !strings.Contains(output, want) {
			t.Errorf("exit %d, %q is not in:\n%s", code, want, output)
		}
	}
}

func TestSyslogParseRefusesWhatIsNone(t *testing.T) {
	for arguments, want := range map[string]string{
		"--at yesterday":           "--at",
		"--at 2026-01-31T09:00:00": "--at",
		"--time-zone Mars/Olympus": "--time-zone",
		"--time-zone Local":        "--time-zone",
		"--charset Klingon":        "--charset",
		"--year 2026":              "--year",
	} {
		_, problems, code := call(t, strings.Fields("syslog parse "+arguments)...)
		if code != exitUsage || !strings.Contains(problems, want) {
			t.Errorf("%s: exit %d:\n%s", arguments, code, problems)
		}
	}
	_, problems, code := call(t, "syslog", "parse", filepath.Join(t.TempDir(), "none.log"))
	if code != exitFailed || !strings.Contains(problems, "none.log") {
		t.Errorf("a file that is not there: exit %d:\n%s", code, problems)
	}
}

// TestSyslogParseForPeople has no notation of the program's own, and nothing that says
// nothing.
func TestSyslogParseForPeople(t *testing.T) {
	output, problems, code := feed(t, "<165>1 2025-10-11T22:14:15Z web1 app - ID1 [a@1 b=\"c\"] one\ttwo\n", "syslog", "parse", "--charset", "EUC-JP")
	const want = `<165>1 2025-10-11T22:14:15Z web1 app - ID1 [a@1 b="c"] one\x09two
  format          rfc5424
  pri             165
  facility        20 local4
  severity        5 notice
  timestamp       2025-10-11T22:14:15Z
  hostname        web1
  appname         app
  msgid           ID1
  sd              [a@1 b="c"]
  msg             one\x09two
`
	if code != exitDone || problems != "" || output != want {
		t.Errorf("exit %d, %s:\n%s", code, problems, output)
	}
	output, _, code = feed(t, "<165>1 2025-10-11T22:14:15Z web1 app - ID1 - one\n", "syslog", "parse")
	if code != exitDone || strings.Contains(output, "  sd ") {
		t.Errorf("exit %d, structured data that there is none of:\n%s", code, output)
	}
	output, _, code = feed(t, "<13>Oct 11 22:14:15 web1 app: \xb0\xdb\n", "syslog", "parse", "--charset", "EUC-JP")
	if code != exitDone || !strings.Contains(output, "  msg             \u7570\n  notes           read as EUC-JP\n") {
		t.Errorf("exit %d:\n%s", code, output)
	}
}

// Whatever a line is, one object of valid JSON says all of it.
func FuzzSyslogParse(f *testing.F) {
	for _, line := range []string{
		"", "\xff\x00\n", "<34>1 2003-10-11T22:14:15.003Z h su - ID47 [a@1 b=\"\\\"\\]\" b=\"2\"][a@1 c=\"\xf0\"] \u2028\x1b<&>",
		"<189>45: 000123: *Mar  1 00:00:00.123 JST: %SYS-5-CONFIG_I: Configured", "<13>Oct 11 22:14:15 h su[99999999999999999999]: x",
		"<189>99999999999999999999: 00000000000000000000001: %X-5-Y: z",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, received []byte) {
		line := syslog.Parse(received, syslog.Receipt{At: time.Unix(1760227200, 0)})
		said := describeSyslog(&line, line.Notes())
		var object, people bytes.Buffer
		if err := errors.Join(said.encode(&object), said.print(&people)); err != nil {
			t.Fatalf("%q: %v", received, err)
		}
		var read map[string]any
		if err := json.Unmarshal(object.Bytes(), &read); err != nil || bytes.Count(object.Bytes(), []byte("\n")) != 1 {
			t.Fatalf("%q: %v:\n%s", received, err, object.String())
		}
		if read["raw"] != line.Text || len(read) != len(said) {
			t.Fatalf("%q: it says %s", received, object.String())
		}
		for _, char := range people.String() {
			if char != '\n' && unicode.IsControl(char) {
				t.Fatalf("%q: control character %q for the terminal", received, char)
			}
		}
	})
}
