// Package apachetest starts Apache Kafka for tests.
package apachetest

import (
	"os"
	"testing"

	"mimamori/ingest/bus/apache"
)

// Require skips the test where Java or the jars are missing. In continuous integration
// (CI=true) it fails the test.
func Require(tb testing.TB) {
	tb.Helper()
	if _, err := apache.Find(); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
}

// Start runs a cluster until the test ends, in a directory of the test's own where the
// options name none. What the brokers said is shown if the test fails.
func Start(tb testing.TB, options apache.Options) *apache.Cluster {
	tb.Helper()
	Require(tb)
	if options.Directory == "" {
		options.Directory = tb.TempDir()
	}
	cluster, err := apache.Start(tb.Context(), options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			tb.Error(err)
		}
		if tb.Failed() {
			for broker := range cluster.Brokers() {
				tb.Logf("broker %d said at last: %s", broker, cluster.LastWords(broker))
			}
		}
	})
	return cluster
}
