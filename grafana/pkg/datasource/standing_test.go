package datasource

import (
	"strings"
	"testing"

	"mimamori/storage/figures"
)

// Interfaces are asked for in one way at a time.
func TestWhichInterfacesAreAskedFor(t *testing.T) {
	for want, query := range map[string]Query{
		"":                                 {FullAt: 95},
		`order "bits" is not one of name`:  {Order: "bits"},
		`leave out top and order ""`:       {FullAt: 95, Top: 10},
		`leave out top and order "errors"`: {FullAt: 95, Order: "errors"},
		`kind "vpn" is not`:                {FullAt: 95, Kind: "vpn"},
	} {
		var question figures.Question
		err := readInterfaces(&question, query)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: error %v, want %q", query, err, want)
		}
	}
}
