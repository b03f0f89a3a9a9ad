package datasource

import (
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"
)

// resources are the paths behind variables, editors and exports.
func (d *instance) resources() backend.CallResourceHandler {
	mux := http.NewServeMux()
	return httpadapter.New(mux)
}
