package datasource

import (
	"context"
	"errors"
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/figures"
	"mimamori/storage/sla"
)

// failure is an error as it is told to who asked: what is the matter and what to do. What
// the store said of itself is for the log.
type failure struct {
	status backend.Status
	source backend.ErrorSource
	text   string
}

// errBusy is the answer where no question ended in time for another.
var errBusy = errors.New("too many questions are being answered")

// remedies are what to do about a store that does not answer, by its reasons.
var remedies = map[string]string{
	storage.FailureAway:        "the store cannot be reached: see that ClickHouse runs and that the address in the data source's settings is right; its health check says more",
	storage.FailureSlow:        "the store did not answer in time: ask for less time, fewer names or longer steps",
	storage.FailureMemory:      "the store has no memory left for this question: ask for less time, fewer names or longer steps",
	storage.FailureBusy:        "the store does too much at once: ask again in a while, or refresh dashboards less often",
	storage.FailureAccess:      "the store does not let the data source's user read: see username and password in its settings, and what mimamori migrate --grants prints",
	storage.FailureCertificate: "the store and the data source do not take each other's certificates: see TLS in its settings",
	storage.FailureSchema:      "the store lacks tables that this plugin asks: run mimamori migrate of the same version",
	storage.FailureOther:       "the store could not answer: the log of Grafana has what it said",
	storage.FailureRejected:    "the store makes no sense of the question: report it with the line in Grafana's log",
}

// failureOf puts an error into words.
func failureOf(ctx context.Context, err error) failure {
	var (
		mistake *wrong
		bad     *figures.Wrong
		refused refusal
		store   *storage.Failure
		away    *alerterAway
	)
	down := backend.ErrorSourceDownstream
	switch {
	case errors.As(err, &refused):
		return failure{backend.StatusForbidden, down, refused.Error()}
	case errors.As(err, &mistake), errors.As(err, &bad), errors.Is(err, sla.ErrQuestion), errors.Is(err, storage.ErrTooMuch):
		return failure{backend.StatusBadRequest, down, err.Error()}
	case errors.As(err, &away) && ctx.Err() == nil:
		return failure{backend.StatusBadGateway, down, away.Error()}
	case errors.Is(err, errBusy):
		return failure{backend.StatusTooManyRequests, down, err.Error() + ": ask again in a while, or refresh dashboards less often"}
	case errors.Is(err, clickhouse.ErrSchema):
		return failure{backend.StatusBadGateway, down, remedies[storage.FailureSchema]}
	case errors.Is(ctx.Err(), context.Canceled):
		return failure{backend.Status(statusGone), down, "the question was taken back"}
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return failure{backend.StatusTimeout, down, remedies[storage.FailureSlow]}
	case errors.As(err, &store):
		switch store.Reason {
		case storage.FailureRejected:
			return failure{backend.StatusInternal, backend.ErrorSourcePlugin, remedies[store.Reason]}
		case storage.FailureSlow:
			return failure{backend.StatusTimeout, down, remedies[store.Reason]}
		}
		text, ok := remedies[store.Reason]
		if !ok {
			text = remedies[storage.FailureOther]
		}
		return failure{backend.StatusBadGateway, down, text}
	}
	return failure{backend.StatusInternal, backend.ErrorSourcePlugin, "the data source failed: the log of Grafana says why"}
}

// statusGone is the status where nobody waits for the answer any more.
const statusGone = 499

// own says that the error is to be seen in the log: nobody who asked could help it.
func (f failure) own() bool { return int(f.status) >= http.StatusInternalServerError }

func (f failure) response() backend.DataResponse {
	return backend.DataResponse{Status: f.status, ErrorSource: f.source, Error: errors.New(f.text)}
}
