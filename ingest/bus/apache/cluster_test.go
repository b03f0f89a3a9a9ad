package apache_test

import (
	"testing"

	"mimamori/ingest/bus/apache"
	"mimamori/ingest/bus/apache/apachetest"
)

func TestStart(t *testing.T) {
	cluster := apachetest.Start(t, apache.Options{})
	if err := cluster.Kill(0); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Start(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Start(t.Context(), 0); err == nil {
		t.Error("a broker that runs was started again")
	}
}
