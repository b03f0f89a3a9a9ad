package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"mimamori/storage/clickhouse"
)

// healthTimeout bounds the health check, so that it says something before Grafana gives
// up.
const healthTimeout = 10 * time.Second

// CheckHealth says what is wrong with the data source and what to do, the first of:
// settings, the way to the store and the login there, its tables, the token.
func (d *instance) CheckHealth(ctx context.Context, request *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if d.problem != nil {
		return unhealthy("settings", "The data source is not set up: "+d.problem.Error())
	}
	if err := d.turn(ctx, d.store.CheckSchema); err != nil {
		if errors.Is(err, clickhouse.ErrSchema) {
			return unhealthy("schema", err.Error())
		}
		log.DefaultLogger.Warn("the health check failed", "error", err)
		return unhealthy("store", fmt.Sprintf("The store at %s does not answer as it should: %s", d.settings.Address, failureOf(ctx, err).text))
	}
	claims, err := d.guard.verify(ctx, request.PluginContext)
	if err != nil {
		told := failureOf(ctx, err)
		if told.own() {
			log.DefaultLogger.Warn("the health check failed", "error", err)
		}
		return unhealthy("token", "Nothing is shown here: "+told.text)
	}
	sees := fmt.Sprintf("%d customers", len(claims.Customers))
	switch {
	case claims.All:
		sees = "every customer"
	case len(claims.Customers) == 1:
		sees = "1 customer"
	}
	return &backend.CheckHealthResult{
		Status:  backend.HealthStatusOk,
		Message: fmt.Sprintf("The store answers; this organisation sees %s until %s.", sees, claims.ExpiresAt().UTC().Format(time.RFC3339)),
	}, nil
}

// unhealthy says what is wrong; of names the part of the set-up that is to be seen to.
func unhealthy(of, message string) (*backend.CheckHealthResult, error) {
	details, err := json.Marshal(map[string]string{"part": of})
	return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: message, JSONDetails: details}, err
}
