package servicenow

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// access is by whose leave ServiceNow is asked.
type access interface {
	// authorization is the header's value.
	authorization(ctx context.Context) (string, error)
	// forget says that an authorization was turned down, and whether there may be another.
	forget(authorization string) bool
}

func newAccess(target Target, instance string, client *http.Client) access {
	if target.ClientID == "" {
		return basic("Basic " + base64.StdEncoding.EncodeToString([]byte(target.User+":"+target.Password)))
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {target.ClientID}, "client_secret": {target.ClientPassword}}
	if target.User != "" {
		form.Set("grant_type", "password")
		form.Set("username", target.User)
		form.Set("password", target.Password)
	}
	return &tokens{address: instance + "/oauth_token.do", form: form.Encode(), client: client}
}

// basic is the name and password of a user.
type basic string

func (b basic) authorization(context.Context) (string, error) { return string(b), nil }
func (b basic) forget(string) bool                            { return false }

// early is how long before a token's end another is asked for.
const early = 30 * time.Second

// tokens are those of OAuth, one at a time.
type tokens struct {
	address, form string
	client        *http.Client

	mu      sync.Mutex
	present string
	until   time.Time
}

func (t *tokens) authorization(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.present != "" && time.Now().Before(t.until) {
		return t.present, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.address, strings.NewReader(t.form))
	if err != nil {
		return "", fmt.Errorf("make a request for a token: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "mimamori")
	var answer struct {
		Token    string `json:"access_token"`
		Lifetime int    `json:"expires_in"` // seconds
	}
	if err := exchange(t.client, request, http.StatusOK, &answer); err != nil {
		return "", fmt.Errorf("ask for an OAuth token: %w", err)
	}
	if answer.Token == "" {
		return "", fmt.Errorf("ask for an OAuth token: %w", garbage(errors.New("there is no access_token in it")))
	}
	t.present = "Bearer " + answer.Token
	t.until = time.Now().Add(max(time.Duration(answer.Lifetime)*time.Second-early, early))
	return t.present, nil
}

func (t *tokens) forget(authorization string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.present == authorization {
		t.present = ""
	}
	return true
}
