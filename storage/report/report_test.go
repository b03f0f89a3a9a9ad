package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/sla"
)

var reported = storage.Query{
	Scope: storage.EveryCustomer(),
	From:  time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC),
}

func reportedDevices() []storage.Availability {
	begin := reported.From.Add(2 * time.Hour)
	return []storage.Availability{
		{
			Entity: storage.Entity{Customer: "Aoba, Foods", Site: "Sendai", Device: "sw-1"}, State: storage.StateUp,
			UpMs: 79_200_000, DownMs: 7_200_000,
			Outages: []storage.Outage{{From: begin, To: begin.Add(2 * time.Hour), State: storage.StateDown, Cause: storage.CauseNoAnswer, Corrected: true}},
		},
		{
			Entity: storage.Entity{Customer: "Aoba, Foods", Site: "Sendai", Device: "sw-2"}, UnknownMs: 86_400_000,
			Outages: []storage.Outage{{From: reported.From, To: reported.To, State: storage.StateUnknown, Cause: storage.CauseSilent}},
		},
	}
}

// record is a store of these devices alone.
type record struct {
	devices     []storage.Availability
	windows     []calendar.Window
	corrections []storage.Correction
}

func (r record) Availability(context.Context, storage.Query) ([]storage.Availability, error) {
	return r.devices, nil
}

func (r record) MaintenanceHistory(context.Context, storage.Query) ([]calendar.Window, error) {
	return r.windows, nil
}

func (r record) Corrections(context.Context, storage.Query) ([]storage.Correction, error) {
	return r.corrections, nil
}

// levels is the report on devices without a contract.
func levels(t *testing.T, devices []storage.Availability) Sheet {
	t.Helper()
	return ServiceLevels(answered(t, record{devices: devices}, sla.DefaultConfig(), sla.ByDevice))
}

func answered(t *testing.T, record record, config sla.Config, by sla.By) sla.Answer {
	t.Helper()
	answer, err := sla.Ask(t.Context(), record, config, sla.Question{Query: reported, By: by})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func written(t *testing.T, sheet Sheet, format string) string {
	t.Helper()
	var output bytes.Buffer
	if err := sheet.Write(&output, format); err != nil {
		t.Fatal(err)
	}
	return output.String()
}

func TestATableShowsTheOutagesBehindTheFigure(t *testing.T) {
	table := written(t, levels(t, reportedDevices()), "table")
	for _, want := range []string{"AVAILABILITY_PCT", "91.667", "NOT UP",
		"Aoba, Foods / Sendai / sw-1  2026-05-01T02:00:00Z  2026-05-01T04:00:00Z   7200.000"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
}

func TestTimesStandInTheZoneAskedFor(t *testing.T) {
	sheet := levels(t, reportedDevices())
	sheet.Location = time.FixedZone("JST", 9*3600)
	for _, format := range []string{"table", "json"} {
		if text := written(t, sheet, format); !strings.Contains(text, "2026-05-01T11:00:00+09:00") {
			t.Errorf("%s: the outage does not begin at 11:00 in Japan:\n%s", format, text)
		}
	}
}

func TestNothingKnownIsNotAHundredPercent(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, levels(t, reportedDevices()), "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows[1][0] != "Aoba, Foods" || rows[1][3] != "91.66666666666667" {
		t.Errorf("row %q, want the customer whole and 91.66666666666667", rows[1])
	}
	if rows[2][3] != "" || rows[2][4] != "0" {
		t.Errorf("row %q, want no availability and 0 for the pessimistic one", rows[2])
	}
	if empty := written(t, levels(t, nil), "table"); !strings.Contains(empty, "nothing is known between 2026-05-01") {
		t.Errorf("an empty report says %q", empty)
	}
}

func TestJSONHasNumbersNullsAndOutages(t *testing.T) {
	var answer struct {
		From time.Time
		Rows []map[string]any
	}
	if err := json.Unmarshal([]byte(written(t, levels(t, reportedDevices()), "json")), &answer); err != nil {
		t.Fatal(err)
	}
	if !answer.From.Equal(reported.From) || answer.Rows[0]["down_s"] != 7200.0 || answer.Rows[1]["availability_pct"] != nil {
		t.Errorf("got %+v", answer)
	}
	if answer.Rows[0]["outage_count"] != 1.0 {
		t.Errorf("%v outages, want 1", answer.Rows[0]["outage_count"])
	}
	outages := answer.Rows[0]["outages"].([]any)
	if len(outages) != 1 || outages[0].(map[string]any)["cause"] != "no answer" || outages[0].(map[string]any)["corrected"] != true {
		t.Errorf("outages %v", outages)
	}
	if corrections, ok := answer.Rows[1]["corrections"].([]any); !ok || len(corrections) != 0 {
		t.Errorf("a device without corrections has %v, want an empty list", answer.Rows[1]["corrections"])
	}
}

func TestDetailsAsASheetCarryTheKeysOfTheirRow(t *testing.T) {
	sheet := levels(t, reportedDevices())
	rows, err := csv.NewReader(strings.NewReader(written(t, sheet.Of(sheet.Details[0]), "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || rows[0][2] != "device" || rows[1][2] != "sw-1" || rows[1][5] != "7200" {
		t.Errorf("rows %q", rows)
	}
}

func TestDetailsThatAreNoneSayWhatIsKnown(t *testing.T) {
	up := []storage.Availability{{Entity: storage.Entity{Customer: "Aoba, Foods", Site: "Sendai", Device: "sw-1"}, State: storage.StateUp, UpMs: 86_400_000}}
	sheet := levels(t, up)
	sheet.Notes = []string{"a note"}
	if table := written(t, sheet.Of(sheet.Details[0]), "table"); !strings.HasPrefix(table, "nothing of this selection was down") || !strings.Contains(table, "a note") {
		t.Errorf("no outages: %q", table)
	}
	if sheet = levels(t, nil); !strings.HasPrefix(written(t, sheet.Of(sheet.Details[0]), "table"), "nothing is known") {
		t.Error("of no device at all it is not said that nothing is known")
	}
}

func TestARecomputeThatChangedNothingSaysSoOnce(t *testing.T) {
	sheet := Recomputed(reported, 1, []storage.Recompute{{Figure: "availability", Entities: 3}}, nil, nil)
	want := "Nothing has changed.\n\nMade anew from raw rows: availability of 3 devices, 0 changed; voice quality of 0 paths, 0 changed.\n"
	if got := written(t, sheet, "table"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUtilizationAndVoiceLeaveBlanks(t *testing.T) {
	links := Utilization(reported, []storage.LinkUtilization{
		{Entity: storage.Entity{Name: "Gi0/0"}, LinkProfile: storage.LinkProfile{Kind: storage.LinkWAN}, CoveredMs: 10_000, InBits: 980e6, OutBits: 100e6, SpeedBps: 100e6},
		{Entity: storage.Entity{Name: "Gi0/1"}, Gaps: []string{"reset"}},
	})
	if rows, _ := csv.NewReader(strings.NewReader(written(t, links, "csv"))).ReadAll(); rows[1][9] != "98" || rows[2][7] != "" || rows[2][32] != "reset" {
		t.Errorf("rows %q", rows)
	}
	minutes := Voice(reported, []storage.PathVoice{
		{VoiceMinute: storage.VoiceMinute{Sent: 3000, MOS: 4.1, R: 84}},
		{VoiceMinute: storage.VoiceMinute{}},
	})
	if rows, _ := csv.NewReader(strings.NewReader(written(t, minutes, "csv"))).ReadAll(); rows[1][4] != "4.1" || rows[2][4] != "" {
		t.Errorf("rows %q", rows)
	}
}

func TestATableOfLinksHasErrorsWhereThereAreAny(t *testing.T) {
	link := storage.LinkUtilization{Entity: storage.Entity{Name: "Gi0/0"}, CoveredMs: 10_000, InBits: 980e6, InPackets: 90}
	if table := written(t, Utilization(reported, []storage.LinkUtilization{link}), "table"); strings.Contains(table, "IN_ERROR_PCT") || strings.Contains(table, "START") {
		t.Errorf("without errors and buckets:\n%s", table)
	}
	link.InErrors = 10
	stepped := reported
	stepped.Step = time.Hour
	if table := written(t, Utilization(stepped, []storage.LinkUtilization{link}), "table"); !strings.Contains(table, "IN_ERROR_PCT") ||
		!strings.Contains(table, "10.000") || !strings.Contains(table, "START") || strings.Contains(table, "IN_DISCARD_PCT") {
		t.Errorf("with errors and buckets:\n%s", table)
	}
}

func TestCSVRoundsNothing(t *testing.T) {
	at := reported.From.Add(1_285 * time.Millisecond)
	sheet := Sheet{Columns: []string{"seconds"}, Rows: [][]any{{10_800.123}, {0.0004}, {99.99996}, {at}, {reported.From}}}
	if got, want := written(t, sheet, "csv"), "seconds\n10800.123\n0.0004\n99.99996\n2026-05-01T00:00:01.285Z\n2026-05-01T00:00:00Z\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyAHundredLooksLikeIt(t *testing.T) {
	for value, want := range map[float64]string{
		100: "100.000", 99.99961: "99.9996", 99.9994: "99.999", 99.9999997: "99.9999997", 99: "99.000", 0: "0.000", 12_345.6: "12346", -50_000: "-50000",
	} {
		if got := rounded(value); got != want {
			t.Errorf("%v is shown as %s, want %s", value, got, want)
		}
	}
}

func TestWhatIsNoNumberIsBlank(t *testing.T) {
	sheet := Sheet{Columns: []string{"a", "b"}, Rows: [][]any{{math.NaN(), math.Inf(1)}}}
	if got := written(t, sheet, "csv"); got != "a,b\n,\n" {
		t.Errorf("CSV %q", got)
	}
	if got := written(t, sheet, "table"); !strings.HasSuffix(got, "-  -\n") {
		t.Errorf("table %q", got)
	}
	if got := written(t, sheet, "json"); !strings.Contains(got, `"a": null`) || !strings.Contains(got, `"b": null`) {
		t.Errorf("JSON %q", got)
	}
	if got := cellOf(t, workbook(t, sheet), worksheetRows, "A2", true); got != "" {
		t.Errorf("XLSX %q", got)
	}
}

func TestTextFromOutsideStaysInItsCell(t *testing.T) {
	sheet := Sheet{Columns: []string{"alias", "line"}, Rows: [][]any{{"a\x1b[2J\tb", "up\ndown"}, {"c", "d"}}}
	if got, want := written(t, sheet, "table"), "ALIAS          LINE\na\\x1b[2J\\x09b  up\\x0adown\nc              d\n"; got != want {
		t.Errorf("table %q, want %q", got, want)
	}
}

func TestNumbersStandAtTheRight(t *testing.T) {
	sheet := Sheet{Columns: []string{"device", "port", "lost"}, Rows: [][]any{{"12", uint16(5), 7.5}, {"7", nil, 120.0}}}
	if got, want := written(t, sheet, "table"), "DEVICE  PORT     LOST\n12         5    7.500\n7          -  120.000\n"; got != want {
		t.Errorf("a sheet is\n%swant\n%s", got, want)
	}
	var output strings.Builder
	err := Align(&output, [][]string{{"HOST", "FROM", "SENT", "MDEV MS"}, {"10.0.0.1", "2026-05-01", "1,000", "-"}, {"sw-1", "2026-05-02", "5", "1.5"}})
	if want := "HOST      FROM         SENT  MDEV MS\n10.0.0.1  2026-05-01  1,000        -\nsw-1      2026-05-02      5      1.5\n"; err != nil || output.String() != want {
		t.Errorf("lines are\n%swant\n%s, error %v", output.String(), want, err)
	}
}

func TestColumnsAlignUnderJapaneseNames(t *testing.T) {
	sheet := Sheet{Columns: []string{"customer", "device"}, Rows: [][]any{{"北斗物流", "sw-1"}, {"Aoba ｱｵﾊﾞ", "sw-2"}}}
	want := "CUSTOMER   DEVICE\n北斗物流   sw-1\nAoba ｱｵﾊﾞ  sw-2\n"
	if got := written(t, sheet, "table"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestATableOnlyCountsCorrectionsThatChangedNoFigure(t *testing.T) {
	late := storage.Correction{Entity: storage.Entity{Customer: "Aoba, Foods", Site: "Sendai", Device: "sw-1"}, Figure: "availability", Changed: true,
		At: reported.To, By: "mimamori", Why: "rows arrived late", From: reported.From, To: reported.From.Add(time.Hour)}
	late.Before = []storage.Outage{{From: late.From, To: late.To, State: storage.StateDegraded, Cause: storage.CauseLoss}}
	told := late
	told.Why, told.From, told.To = "attempts was 1", reported.From.Add(time.Hour), reported.From.Add(2*time.Hour)
	told.At = reported.To.Add(-time.Hour)
	told.Before = []storage.Outage{{From: told.From, To: told.To, State: storage.StateDown, Cause: storage.CauseNoAnswer}}
	sheet := ServiceLevels(answered(t, record{devices: reportedDevices(), corrections: []storage.Correction{late, told}}, sla.DefaultConfig(), sla.ByDevice))
	table := written(t, sheet, "table")
	if strings.Contains(table, "rows arrived late") || !strings.Contains(table, "attempts was 1") || !strings.Contains(table, "\n1 corrections that made no availability another") {
		t.Errorf("got\n%s", table)
	}
	for _, format := range []string{"json", "table"} {
		listed := sheet
		if format == "table" {
			listed = sheet.Of(sheet.Details[1])
		}
		if text := written(t, listed, format); !strings.Contains(text, "rows arrived late") {
			t.Errorf("%s leaves it out:\n%s", format, text)
		}
	}
}

func TestAnUnknownFormatNamesTheKnownOnes(t *testing.T) {
	if err := (Sheet{}).Write(new(bytes.Buffer), "pdf"); err == nil || !strings.Contains(err.Error(), "csv") {
		t.Errorf("got %v", err)
	}
}
