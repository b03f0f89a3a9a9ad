package clickhouse

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage/embedded/embeddedtest"
)

// BenchmarkPagesHeld fills an engine as BenchmarkPages does, says where it is and keeps it
// until the standard input ends: for who measures the pages themselves (make bench-ui).
func BenchmarkPagesHeld(b *testing.B) {
	if os.Getenv("MIMAMORI_BENCH_HOLD") == "" {
		b.Skip("MIMAMORI_BENCH_HOLD is not set: nobody waits for the store")
	}
	embeddedtest.RequireLibrary(b)
	config := embeddedtest.Config(b)
	engine, _ := embeddedtest.Run(b, config, prometheus.NewRegistry())
	endpoint, err := engine.Endpoint(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	client := DefaultConfig()
	client.Address, client.Password, client.Protocol = endpoint.Address, endpoint.Token, ProtocolHTTP
	client.Database, client.QueryTimeout = endpoint.Database, 10*time.Minute
	fleet := fleetOfPages{b: b, engine: endpoint.PID, store: open(b, client), devices: yearDevices(b), to: time.Now().UTC().Truncate(time.Minute)}
	fleet.fill()
	fmt.Printf("\n{\"engine\": %q, \"devices\": %d, \"days\": %d}\n", config.Directory, fleet.devices, pageDays)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		b.Fatal(err)
	}
}
