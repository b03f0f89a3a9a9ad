package servicenow

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mimamori/processors/alert/notify"
)

// refusal is why a request came to nothing.
type refusal struct {
	err    error
	status int           // of the answer; 0 where there was none
	retry  bool          // the same may succeed later
	all    bool          // the next request would fare the same
	pause  time.Duration // that ServiceNow asked for
}

// Error implements error.
func (r *refusal) Error() string { return r.err.Error() }

// Unwrap returns the reason.
func (r *refusal) Unwrap() error { return r.err }

// The pause where an answer of 429 names none, and the longest that is kept: the windows of
// ServiceNow's limits are an hour.
const (
	usualPause   = time.Minute
	longestPause = time.Hour
)

// longestQuote is how much of ServiceNow's own words is repeated, in characters.
const longestQuote = 200

// unreached leaves out the address, which repeats the whole query.
func unreached(request *http.Request, err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return &refusal{retry: true, all: true, err: fmt.Errorf("reach ServiceNow at %s: %w", request.URL.Host, err)}
}

// garbage is an answer that ServiceNow's API does not give: a page of a proxy, or of an
// instance that sleeps.
func garbage(err error) error {
	return &refusal{retry: true, all: true, err: fmt.Errorf("ServiceNow's answer is not of the Table API (%w): see whether the instance is awake and url leads to it, not to a proxy or a login page", err)}
}

// refuse says what an answer means, and what to do.
func refuse(response *http.Response, content []byte) error {
	r := &refusal{status: response.StatusCode}
	var advice string
	switch status := response.StatusCode; {
	case status == http.StatusTooManyRequests:
		r.retry, r.all, r.pause = true, true, retryAfter(response.Header.Get("Retry-After"), time.Now())
		advice = fmt.Sprintf("the limit on requests of this user is reached, it is asked again in %s; raise it in Rate Limit Rules", r.pause)
	case status == http.StatusUnauthorized:
		r.all = true
		advice = "check user and password, or client_id and client_password, and that the user is active and not locked out"
	case status == http.StatusForbidden:
		advice = "give the user a role that may write incidents, such as itil, and see which fields a data policy asks for: set them by fields"
	case status == http.StatusNotFound:
		advice = "check url and table, and that the user may read the table"
	case status == http.StatusBadRequest:
		advice = "see whether the names in fields are of the table"
	case status >= 300 && status < 400:
		r.all = true
		advice = "it points elsewhere: write the address of the instance itself into url"
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status >= 500:
		r.retry, r.all = true, status >= 500
		advice = "this is its own trouble, it is asked again"
		if after := response.Header.Get("Retry-After"); after != "" && status == http.StatusServiceUnavailable {
			r.pause = retryAfter(after, time.Now())
		}
	default:
		advice = "this is no answer that the Table API gives to it: check url"
	}
	r.err = fmt.Errorf("ServiceNow answered %d%s: %s", response.StatusCode, quote(content), advice)
	return r
}

// quote is what ServiceNow says of its reasons.
func quote(content []byte) string {
	var answer struct {
		Error struct {
			Message string `json:"message"`
			Detail  string `json:"detail"`
		} `json:"error"`
	}
	if json.Unmarshal(content, &answer) != nil {
		return ""
	}
	words := strings.Join(strings.Fields(answer.Error.Message+" "+answer.Error.Detail), " ")
	if words == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", notify.Shorten(words, longestQuote))
}

// retryAfter reads the header, seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	pause := usualPause
	if seconds, err := strconv.ParseUint(strings.TrimSpace(header), 10, 31); err == nil {
		pause = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(header); err == nil {
		pause = date.Sub(now)
	}
	return min(max(pause, time.Second), longestPause)
}
