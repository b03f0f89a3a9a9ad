package bustest_test

import (
	"testing"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/apache"
	"mimamori/ingest/bus/apache/apachetest"
	"mimamori/ingest/bus/bustest"
)

// TestApache runs the suite on one broker, which is emptied before each test.
func TestApache(t *testing.T) {
	cluster := apachetest.Start(t, apache.Options{})
	empty := func(t *testing.T) bus.Config {
		t.Helper()
		if err := cluster.Empty(t.Context()); err != nil {
			t.Fatal(err)
		}
		config := bus.DefaultConfig()
		config.Brokers = cluster.Addresses()
		return config
	}
	bustest.Run(t, empty)
	bustest.RunRestarts(t, func(t *testing.T) bustest.Broker {
		broker := bustest.Broker{}
		broker.Start = func(t *testing.T) {
			t.Helper()
			if err := cluster.Start(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
		}
		end := func(how func(int) error) func(*testing.T) {
			return func(t *testing.T) {
				t.Helper()
				if err := how(0); err != nil {
					t.Fatal(err)
				}
			}
		}
		broker.Stop, broker.Kill = end(cluster.Stop), end(cluster.Kill)
		if !cluster.Running(0) {
			broker.Start(t)
		}
		broker.Config = empty(t)
		return broker
	})
}

// TestApacheFailover takes brokers of three away under load.
func TestApacheFailover(t *testing.T) {
	cluster := apachetest.Start(t, apache.Options{Brokers: 3, Properties: map[string]string{"min.insync.replicas": "1"}})
	config := bus.DefaultConfig()
	config.Brokers = cluster.Addresses()
	config.ReplicationFactor, config.MinInsyncReplicas = 3, 2
	bustest.RunFailover(t, cluster, config)
}
