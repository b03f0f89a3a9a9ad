package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// problem is an error as RFC 9457 has it.
type problem struct {
	Type     string   `json:"type"`
	Title    string   `json:"title"`
	Status   int      `json:"status"`
	Detail   string   `json:"detail,omitempty"`
	Instance string   `json:"instance"`
	Errors   []reason `json:"errors,omitempty"`

	header http.Header // that goes with it
	cause  error       // of status 500, for the log alone
}

// reason is what is wrong with one parameter, or one member of a body.
type reason struct {
	Parameter string `json:"parameter"`
	Reason    string `json:"reason"`
}

// problemTypes are the types of problems by their status: a URN and what it is called.
var problemTypes = map[int][2]string{
	http.StatusBadRequest:            {"bad-request", "The request says something that cannot be"},
	http.StatusUnauthorized:          {"unauthorized", "A token is needed"},
	http.StatusForbidden:             {"forbidden", "The token may not do this"},
	http.StatusNotFound:              {"not-found", "There is nothing here"},
	http.StatusMethodNotAllowed:      {"method-not-allowed", "This is not done to it"},
	http.StatusNotAcceptable:         {"not-acceptable", "None of the accepted formats is offered"},
	http.StatusRequestEntityTooLarge: {"too-large", "The body is too large"},
	http.StatusUnsupportedMediaType:  {"unsupported-media-type", "The body is not JSON"},
	http.StatusTooManyRequests:       {"too-many-requests", "Too many requests of this token at once"},
	http.StatusInternalServerError:   {"internal", "Something is broken here"},
	http.StatusServiceUnavailable:    {"unavailable", "There is no answer just now"},
	http.StatusGatewayTimeout:        {"timeout", "The question took too long"},
}

func newProblem(status int, detail string) *problem {
	known := problemTypes[status]
	return &problem{Type: "urn:mimamori:problem:" + known[0], Title: known[1], Status: status, Detail: detail, header: http.Header{}}
}

func badRequest(reasons ...reason) *problem {
	p := newProblem(http.StatusBadRequest, "see errors for each parameter")
	p.Errors = reasons
	return p
}

// unauthorized says how to show a token; code is an error of RFC 6750 or empty.
func unauthorized(code, detail string) *problem {
	p := newProblem(http.StatusUnauthorized, detail)
	challenge := `Bearer realm="mimamori"`
	if code != "" {
		challenge += `, error="` + code + `"`
	}
	p.header.Set("WWW-Authenticate", challenge)
	return p
}

func forbidden(detail string) *problem {
	p := newProblem(http.StatusForbidden, detail)
	p.header.Set("WWW-Authenticate", `Bearer realm="mimamori", error="insufficient_scope"`)
	return p
}

// again is a problem that time may solve.
func again(status int, detail string, after time.Duration) *problem {
	p := newProblem(status, detail)
	p.header.Set("Retry-After", strconv.Itoa(int(max(after, time.Second)/time.Second)))
	return p
}

func internal(cause error) *problem {
	p := newProblem(http.StatusInternalServerError, "it is in the log of the server under the id in instance")
	p.cause = cause
	return p
}

// write answers with the problem.
func (p *problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(p) // whom it fails to reach has gone away
}
