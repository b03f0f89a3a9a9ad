package storage

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
)

func vectors(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil || len(records) < 2 {
		t.Fatalf("%s: %d records, %v", name, len(records), err)
	}
	return records[1:]
}

func decimal(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestPercentAgainstVectors(t *testing.T) {
	for _, record := range vectors(t, "utilization_duplex.csv") {
		in, out, speed := decimal(t, record[0]), decimal(t, record[1]), uint64(decimal(t, record[2]))
		for half, want := range map[bool]float64{false: decimal(t, record[5]), true: decimal(t, record[6])} {
			got, ok := LinkProfile{HalfDuplex: half}.Percent(in, out, speed)
			if !ok || math.Abs(got-want) > 1e-9 {
				t.Errorf("%v, half duplex %t: %g %%, want %g", record, half, got, want)
			}
		}
	}
}

func TestSubratesReplaceTheSpeed(t *testing.T) {
	for _, test := range []struct {
		profile LinkProfile
		speed   uint64
		want    float64
		known   bool
	}{
		{LinkProfile{}, 1e9, 4.5, true},
		{LinkProfile{RxBps: 50e6}, 1e9, 90, true},            // 45 Mbit/s in of 50
		{LinkProfile{TxBps: 10e6}, 1e9, 200, true},           // 20 Mbit/s out of 10
		{LinkProfile{RxBps: 90e6, TxBps: 80e6}, 0, 50, true}, // the speed is not needed
		{LinkProfile{RxBps: 90e6}, 0, 0, false},              // of one way nothing is known
		{LinkProfile{}, 0, 0, false},                         // of neither
		{LinkProfile{HalfDuplex: true}, 100e6, 65, true},     // both together
		{LinkProfile{HalfDuplex: true, RxBps: 90e6, TxBps: 40e6}, 0, 100, true},
	} {
		got, ok := test.profile.Percent(45e6, 20e6, test.speed)
		if ok != test.known || math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%+v at %d bit/s: %g %t, want %g %t", test.profile, test.speed, got, ok, test.want, test.known)
		}
	}
}

func TestLostPercentAgainstVectors(t *testing.T) {
	for _, record := range vectors(t, "err_disc.csv") {
		want := decimal(t, record[4])
		got, ok := LostPercent(decimal(t, record[1]), decimal(t, record[2]))
		if ok == math.IsNaN(want) || ok && math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: %g %t, want %g", record[0], got, ok, want)
		}
	}
}
