// Command gpx_mimamori is the backend of the data source, started and spoken to by
// Grafana over go-plugin's protocol.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"mimamori/grafana/pkg/datasource"
)

func main() {
	if err := datasource.Serve(); err != nil {
		log.DefaultLogger.Error("the data source ended", "error", err)
		os.Exit(1)
	}
}
