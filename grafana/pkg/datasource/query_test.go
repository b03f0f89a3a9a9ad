package datasource

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

func TestSavedQueries(t *testing.T) {
	for text, want := range map[string]string{
		`{"version":1,"figure":"devices"}`: "",
		`{"figure":"devices"}`:             "", // made by hand
		`{"version":1,"figure":"devices","shape":"series","measure":["state"],"tz":"Asia/Tokyo","limit":50000,"datasource":{"uid":"x"},"refId":"A","hide":false}`: "",
		`{"version":1,"figure":"outages","shape":"annotations"}`: "",
		``:                                  "choose a figure",
		`{}`:                                "names no figure",
		`[]`:                                "cannot be read",
		`{"version":2,"figure":"devices"}`:  "update the plugin",
		`{"version":-1,"figure":"devices"}`: "make it anew",
		`{"version":1,"figure":"weather"}`:  `no figure "weather"`,
		`{"version":1,"figure":"devices","shape":"pie"}`:                                       `no shape "pie"`,
		`{"version":1,"figure":"devices","shape":"annotations"}`:                               "has no events",
		`{"version":1,"figure":"devices","limit":"10"}`:                                        "limit is a string",
		`{"version":1,"figure":"devices","limit":50001}`:                                       "limit is 50001",
		`{"version":1,"figure":"devices","offset":-1}`:                                         "offset is -1",
		`{"version":1,"figure":"syslog","offset":9223372036854775807}`:                         "offset is 9223372036854775807",
		`{"version":1,"figure":"utilization","top":1001}`:                                      "top is 1001",
		`{"version":1,"figure":"capacity","fullAt":-1}`:                                        "fullAt is -1",
		`{"version":1,"figure":"devices","tz":"Mars"}`:                                         `tz "Mars"`,
		`{"version":1,"figure":"devices","tz":"Local"}`:                                        `tz "Local"`,
		`{"version":1,"figure":"devices","site":"a\u0000b"}`:                                   "site is not text",
		`{"version":1,"figure":"devices","site":"` + strings.Repeat("x", longestText+1) + `"}`: "site is longer",
	} {
		q, err := readQuery([]byte(text))
		if want == "" {
			if err != nil || q.Version != version || q.Shape == "" {
				t.Errorf("%s: %+v, %v", text, q, err)
			}
			continue
		}
		var mistake *wrong
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzReadQuery(f *testing.F) {
	for _, seed := range []string{`{"version":1,"figure":"voice","step":"auto"}`, `{"figure":"syslog","search":"-a \"b"}`, `{`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		q, err := readQuery(text)
		if err != nil {
			return
		}
		if _, ok := figureOf(q.Figure); !ok || q.Offset < 0 || q.Limit > mostRows {
			t.Fatalf("%+v", q)
		}
		if _, err := spanOf(q, backend.TimeRange{From: noon.Add(-time.Hour), To: noon}, 100, false, noon); err == nil {
			_, _ = logFilter(q)
		}
	})
}

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to time.Time
		step     string
		points   int64
		ahead    bool
		want     string // of the error
		wantStep time.Duration
		wantTo   time.Time
	}{
		{"a day", noon.Add(-day), noon, "", 0, false, "", 0, noon},
		{"beyond the present", noon.Add(-day), noon.Add(day), "", 0, false, "", 0, noon},
		{"ahead", noon, noon.Add(day), "", 0, true, "", 0, noon.Add(day)},
		{"what has not been", noon.Add(time.Hour), noon.Add(day), "", 0, false, "has not been yet", 0, noon},
		{"backwards", noon, noon.Add(-day), "", 0, false, "is empty", 0, noon},
		{"nothing", noon, noon, "", 0, false, "is empty", 0, noon},
		{"before the epoch", time.Date(1901, 1, 1, 0, 0, 0, 0, time.UTC), noon, "", 0, false, "the year 1901", 0, noon},
		{"after all", noon.Add(-day), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "", 0, false, "the year 9999", 0, noon},
		{"half a century", noon.AddDate(-50, 0, 0), noon, "", 0, false, "days long", 0, noon},
		{"auto of a day", noon.Add(-day), noon, "auto", 300, false, "", 5 * time.Minute, noon},
		{"auto of an hour", noon.Add(-time.Hour), noon, "auto", 300, false, "", time.Minute, noon},
		{"auto of a year", noon.AddDate(-1, 0, 0), noon, "auto", 400, false, "", day, noon},
		{"auto of ten years on one point", noon.AddDate(-10, 0, 0), noon, "auto", 1, false, "", 28 * day, noon},
		{"auto without points", noon.Add(-day), noon, "auto", -1, false, "", 5 * time.Minute, noon},
		{"an hour", noon.Add(-day), noon, "1h", 0, false, "", time.Hour, noon},
		{"a day in days", noon.AddDate(0, -1, 0), noon, "1d", 0, false, "", day, noon},
		{"too fine", noon.AddDate(-1, 0, 0), noon, "5m", 0, false, "more than 10000 buckets", 0, noon},
		{"no step", noon.Add(-day), noon, "soon", 0, false, `step "soon"`, 0, noon},
		{"a step beyond what is counted", noon.Add(-day), noon, "213504d", 0, false, `step "213504d"`, 0, noon},
		{"a step back", noon.Add(-day), noon, "-5m", 0, false, `step "-5m"`, 0, noon},
	} {
		got, err := spanOf(Query{Step: c.step}, backend.TimeRange{From: c.from, To: c.to}, c.points, c.ahead, noon)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
			continue
		}
		if err != nil || got.step != c.wantStep || !got.to.Equal(c.wantTo) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestSettings(t *testing.T) {
	for text, want := range map[string]string{
		`{"address":"127.0.0.1:9000"}`:                     "",
		`{"address":"http://store:8123","database":"noc"}`: "",
		`{"address":"https://store"}`:                      "",
		`{"address":"store:9440","tls":true}`:              "",
		`{}`:                                               "address is empty",
		`{"address":"store"}`:                              "is not host:port",
		`{"address":"ftp://store:21"}`:                     "is not one",
		`{"address":"http://me:pw@store:8123"}`:            "leave them out",
		`{"address":"http://store:8123/path"}`:             "is not one",
		`{"address":"store:9000","database":"a; DROP"}`:    "is not a name",
		`{"address":"store:9000","tls":"yes"}`:             "are not those of this plugin",
		`nonsense`:                                         "are not those of this plugin",
	} {
		settings, err := readSettings(backend.DataSourceInstanceSettings{JSONData: []byte(text)})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: the password is told: %v", text, err)
		}
		if want == "" && (settings.Database == "" || settings.Username != "default") {
			t.Errorf("%s: %+v", text, settings)
		}
	}
	_, err := readSettings(backend.DataSourceInstanceSettings{JSONData: []byte(`{"address":"store:9440","tls":true}`),
		DecryptedSecureJSONData: map[string]string{"tlsCACert": "no certificate"}})
	if err == nil || strings.Contains(err.Error(), "no certificate;") == false {
		t.Errorf("a CA that is none: %v", err)
	}
}
