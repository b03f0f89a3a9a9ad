package provision

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Bounds of a conversation with Grafana.
const (
	requestTimeout = 30 * time.Second
	longestAnswer  = 32 << 20 // bytes
)

// Client asks one Grafana over HTTP, as an administrator of the server.
type Client struct {
	address  string // without a slash at its end
	login    string
	password string
	http     *http.Client
}

// NewClient returns a client of the Grafana at an address, such as http://127.0.0.1:3000
// or https://example.net/grafana. The error says what is wrong with the address or that
// there is no password.
func NewClient(address, login, password string) (*Client, error) {
	parsed, err := url.Parse(address)
	switch {
	case err == nil && parsed.User != nil:
		return nil, errors.New("the address of Grafana holds a user or a password, which everybody who lists processes would see: leave them out of it")
	case err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.RawQuery != "" || parsed.Fragment != "":
		return nil, fmt.Errorf("the address %q of Grafana is not one: write it as http://127.0.0.1:3000", address)
	case login == "" || strings.Contains(login, ":"):
		return nil, fmt.Errorf("%q is no login of Grafana", login)
	case password == "":
		return nil, errors.New("there is no password for Grafana")
	}
	return &Client{
		address: strings.TrimRight(address, "/"), login: login, password: password,
		http: &http.Client{
			Timeout: requestTimeout,
			// The password goes to the address that was given, and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Why Grafana's answer is none. What Sync returns wraps one of them where it ended early.
var (
	ErrAway    = errors.New("grafana does not answer")
	ErrLogin   = errors.New("grafana refuses the login")
	ErrNoAdmin = errors.New("not an administrator of the server")
)

// Refusal is an answer of Grafana other than success.
type Refusal struct {
	Method, Path string
	Status       int    // of HTTP
	Message      string // Grafana's own
	Kind         string // Grafana's word for it, such as version-mismatch; empty for none
}

// Error says what was refused, and what to do about it.
func (r Refusal) Error() string {
	text := fmt.Sprintf("grafana answers %s %s with %d, %q", r.Method, r.Path, r.Status, r.Message)
	switch r.Status {
	case http.StatusForbidden:
		return text + ": use the login of an administrator of the server (Grafana Admin), and see whether a file or a licence has fixed what is to be changed"
	case http.StatusConflict, http.StatusPreconditionFailed:
		return text + ": something of that name is there, or somebody changed it just now: look at it in Grafana, then run this again"
	case http.StatusTooManyRequests:
		return text + ": wait a minute, then run this again"
	}
	if r.Status >= http.StatusInternalServerError {
		return text + ": Grafana's log says why; then run this again"
	}
	return text + ": mimamori is tried with Grafana 12.3, see which version this is"
}

// refused says whether an error is a refusal with this status.
func refused(err error, status int) bool {
	var refusal Refusal
	return errors.As(err, &refusal) && refusal.Status == status
}

// fatal says whether going on is of no use.
func fatal(err error) bool {
	return errors.Is(err, ErrAway) || errors.Is(err, ErrLogin) || errors.Is(err, ErrNoAdmin) || errors.Is(err, context.Canceled)
}

// ask sends a request for an organisation, 0 for none in particular, and reads the answer
// into it where that is not nil.
func (c *Client) ask(ctx context.Context, org int64, method, path string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		sent = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.address+path, sent)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	request.SetBasicAuth(c.login, c.password)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if org > 0 {
		request.Header.Set("X-Grafana-Org-Id", strconv.FormatInt(org, 10))
	}
	response, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w at %s: %w: see that it runs and that the address is right", ErrAway, c.address, err)
	}
	defer response.Body.Close()
	return c.read(response, method, path, answer)
}

func (c *Client) read(response *http.Response, method, path string, answer any) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return fmt.Errorf("%w at %s: %s %s broke off: %w: run this again", ErrAway, c.address, method, path, err)
	}
	if to := response.Header.Get("Location"); response.StatusCode >= 300 && response.StatusCode < 400 {
		return fmt.Errorf("%w at %s: it points to %s: give the address that Grafana itself has", ErrAway, c.address, to)
	}
	if response.StatusCode == http.StatusUnauthorized {
		return fmt.Errorf("%w of %q: correct login or password; after five wrong ones it refuses the right one too, for five minutes", ErrLogin, c.login)
	}
	if response.StatusCode >= 300 {
		var said struct{ Message, Status string }
		if json.Unmarshal(text, &said) != nil || said.Message == "" {
			said.Message = http.StatusText(response.StatusCode)
		}
		return Refusal{method, path, response.StatusCode, said.Message, said.Status}
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%w at %s: %s %s is answered with something else than JSON: see that Grafana is there and no other program", ErrAway, c.address, method, path)
	}
	return nil
}
