package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/processors/alert"
	"mimamori/storage"
)

// Asker is who sends a request.
type Asker struct {
	// Name is that of the token that was shown; empty for who asks from this machine without one.
	Name  string
	Scope storage.Scope // whose alarms may be seen
	Acts  bool          // acknowledges; with a scope of every customer also silences, tests and all else
}

// Access finds who sends a request. Its errors wrap ErrNobody where nobody known does, and ErrUnsure where that
// cannot be found out just now.
type Access func(*http.Request) (Asker, error)

// ErrNobody says that a request does not show who sends it.
var ErrNobody = errors.New("who asks is not known: send Authorization: Bearer TOKEN, or the token as the password of basic authentication; mimamori api token makes one")

// ErrUnsure says that it cannot be found out just now who sends a request.
var ErrUnsure = errors.New("whether the token counts cannot be found out just now: try again")

// errForbidden refuses what who asks may not do.
var errForbidden = errors.New("this token may not do that")

// ofCustomers are the requests of those who see some customers alone. All others, also those that are added
// later, are the partner's: they tell of everybody.
var ofCustomers = []string{"GET " + Prefix, "POST " + Prefix + "/{id}/acknowledge", "POST " + Prefix + "/{id}/unacknowledge"}

// guarded lets those in who may ask what they ask.
func guarded(routes *http.ServeMux, access Access, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := access(r)
		_, pattern := routes.Handler(r)
		switch {
		case err != nil:
		case !who.Acts && r.Method != http.MethodGet && r.Method != http.MethodHead:
			err = errForbidden
		case !who.Scope.All() && !slices.Contains(ofCustomers, pattern):
			err = errForbidden
		}
		if err != nil {
			refuse(w, r, err)
			return
		}
		routes.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), asker{}, who)))
	})
}

// asker is the key of who asks in a request's context.
type asker struct{}

// askerOf returns who sends a request that was let in.
func askerOf(r *http.Request) Asker {
	who, _ := r.Context().Value(asker{}).(Asker)
	return who
}

// signed is who did something, for the audit log: what the request says, with the name of the token.
func (a Asker) signed(by string) string {
	switch {
	case a.Name == "":
		return by
	case by == "":
		return a.Name
	}
	return by + " (" + a.Name + ")"
}

// sees says whether an alarm is of the asker's customers. What is late about a ticket is the partner's own.
func (a Asker) sees(one *alert.Alarm) bool {
	return a.Scope.All() || one.Ticket == "" && one.Customer != "" && slices.Contains(a.Scope.Customers(), sample.CustomerID(one.Customer))
}

// shown is an alarm as the asker may see it. Who sees some customers alone is not told who else is affected, what
// the partner knows of it and, unless he acknowledges himself, who sees to it.
func (a Asker) shown(one alert.Alarm) alert.Alarm {
	if a.Scope.All() {
		return one
	}
	one.Impact = alert.Impact{Devices: one.Impact.Of(one.Customer)}
	one.Details, one.Runbook = nil, ""
	if !a.Acts {
		one.Acknowledged = alert.Acknowledgement{Until: one.Acknowledged.Until}
	}
	return one
}
