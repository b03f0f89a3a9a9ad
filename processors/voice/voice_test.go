package voice

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func readVectors(t *testing.T, name string) []map[string]string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", name)
	}
	return rows
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func expect(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s = %.6f, want %.6f +- %g", what, got, want, tolerance)
	}
}

func TestDefaultRating(t *testing.T) {
	rating := Default().Rating()
	expect(t, "R", rating.R, 93.2062077233, 1e-9)
	expect(t, "MOS", rating.MOS, 4.409406, 1e-6)
	expect(t, "Ro", rating.Ro, 94.768822, 1e-6)
	expect(t, "Is", rating.Is, 1.413568, 1e-6)
	expect(t, "Idle", rating.Idle, 0.149046, 1e-6)
}

func TestRatingAgainstVectors(t *testing.T) {
	for _, row := range readVectors(t, "emodel_nb.csv") {
		id := row["id"]
		parameters := Default()
		parameters.Ie, parameters.Bpl = number(t, row["Ie"]), number(t, row["Bpl"])
		parameters.Ppl, parameters.BurstR = number(t, row["Ppl_pct"]), number(t, row["BurstR"])
		parameters.Ta = number(t, row["Ta_ms"])
		quiet := parameters.Rating()
		parameters.T, parameters.Tr = parameters.Ta, 2*parameters.Ta
		rating := parameters.Rating()
		expect(t, id+" Ro", rating.Ro, number(t, row["Ro"]), 1e-4)
		expect(t, id+" Is", rating.Is, number(t, row["Is"]), 1e-4)
		expect(t, id+" Idte", rating.Idte, number(t, row["Idte"]), 1e-4)
		expect(t, id+" Idle", rating.Idle, number(t, row["Idle"]), 1e-4)
		expect(t, id+" Idd", rating.Idd, number(t, row["Idd"]), 1e-4)
		expect(t, id+" IeEff", rating.IeEff, number(t, row["Ieeff"]), 1e-4)
		expect(t, id+" R", rating.R, number(t, row["R_echoT=Ta_Tr=2Ta"]), 1e-4)
		expect(t, id+" MOS", rating.MOS, number(t, row["MOS_echo"]), 1e-4)
		expect(t, id+" R without echo", quiet.R, number(t, row["R_noecho_T=Tr=0"]), 1e-4)
		// The vectors print the polynomial, which dips below the scale.
		expect(t, id+" MOS without echo", quiet.MOS, max(1, number(t, row["MOS_noecho"])), 1e-4)
		if band := row["band_G109(R_echo)"]; !strings.HasSuffix(band, Band(rating.R)) {
			t.Errorf("%s: %s, want %s", id, Band(rating.R), band)
		}
		codec, known := FindCodec(row["codec"])
		if want := (Codec{parameters.Ie, parameters.Bpl, Narrowband}); !known || codec != want {
			t.Errorf("%s: %s is %+v, want %+v", id, row["codec"], codec, want)
		}
	}
}

func TestMOSAgainstVectors(t *testing.T) {
	for _, row := range readVectors(t, "r_to_mos.csv") {
		r := number(t, row["R"])
		expect(t, "MOS at R "+row["R"], MOS(r), max(1, number(t, row["MOS"])), 1e-6)
		expect(t, "GoB at R "+row["R"], GoodOrBetter(r), number(t, row["GoB_pct"]), 5e-4)
		expect(t, "PoW at R "+row["R"], PoorOrWorse(r), number(t, row["PoW_pct"]), 5e-4)
		if !strings.HasSuffix(row["G109"], Band(r)) {
			t.Errorf("R %s is %s, want %s", row["R"], Band(r), row["G109"])
		}
	}
}

func TestDelayClassesAgainstVectors(t *testing.T) {
	for _, row := range readVectors(t, "emodel_idd_classes.csv") {
		parameters := Default()
		parameters.ST, parameters.MT, parameters.Ta = number(t, row["sT"]), number(t, row["mT"]), number(t, row["Ta_ms"])
		expect(t, row["class"]+" Idd at "+row["Ta_ms"], parameters.Rating().Idd, number(t, row["Idd"]), 1e-4)
	}
}

func TestEchoAgainstVectors(t *testing.T) {
	for _, row := range readVectors(t, "emodel_telr.csv") {
		parameters := Default()
		parameters.TELR, parameters.Ta = number(t, row["TELR"]), number(t, row["Ta=T_ms"])
		parameters.T, parameters.Tr = parameters.Ta, 2*parameters.Ta
		rating := parameters.Rating()
		expect(t, "Idte", rating.Idte, number(t, row["Idte"]), 1e-4)
		expect(t, "R", rating.R, number(t, row["R"]), 1e-4)
		expect(t, "MOS", rating.MOS, max(1, number(t, row["MOS"])), 1e-4)
	}
}
