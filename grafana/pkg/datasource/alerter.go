package datasource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// alerter is the role that raises alarms, asked in the name of an organisation.
type alerter struct {
	address string
	token   string // the organisation's scope token, which the role holds against its own keys
	client  *http.Client
}

const (
	alerterTimeout = 10 * time.Second
	longestAnswer  = 32 << 20 // bytes
)

// newAlerterClient goes where it is sent and nowhere else: the token is for one address.
func newAlerterClient() *http.Client {
	return &http.Client{Timeout: alerterTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// alerter returns the role with the token of the request that is being answered.
func (d *instance) alerter(ctx context.Context) alerter {
	token := ""
	if settings := backend.PluginConfigFromContext(ctx).DataSourceInstanceSettings; settings != nil {
		token = strings.TrimSpace(settings.DecryptedSecureJSONData["scopeToken"])
	}
	return alerter{d.settings.Alarms, token, d.client}
}

// alerterAway is what is told while the role does not answer as it should.
type alerterAway struct{ err error }

// Error says what to do.
func (a *alerterAway) Error() string {
	return "the role that raises alarms does not answer: see that mimamori alert (or all) runs, and that the address of the alarms in the data source's settings is right"
}

// Unwrap returns the reason, which is for the log.
func (a *alerterAway) Unwrap() error { return a.err }

// read asks for something.
func (a alerter) read(ctx context.Context, path string, into any) error {
	return a.do(ctx, http.MethodGet, path, nil, into)
}

// send has something done.
func (a alerter) send(ctx context.Context, path string, body, into any) error {
	return a.do(ctx, http.MethodPost, path, body, into)
}

// end takes something back.
func (a alerter) end(ctx context.Context, path string) error {
	return a.do(ctx, http.MethodDelete, path, nil, nil)
}

func (a alerter) do(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.address+path, sent)
	if err != nil {
		return &alerterAway{err}
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return &alerterAway{err}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer))
	if err != nil {
		return &alerterAway{fmt.Errorf("read the answer: %w", err)}
	}
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusNotFound:
		return &wrong{said(text)}
	case http.StatusUnauthorized, http.StatusForbidden:
		return refusal{errors.New("the role that raises alarms does not take this organisation's scope token: " + said(text))}
	default:
		return &alerterAway{fmt.Errorf("it answers %s: %s", answer.Status, said(text))}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return &alerterAway{fmt.Errorf("read the answer: %w", err)}
	}
	return nil
}

// longestSaid is as much as is told on of what the role says, in bytes.
const longestSaid = 500

// said is what the role says of a request that it does not do: {"message": ...}, or of Alertmanager a text.
func said(text []byte) string {
	var message struct {
		Message string `json:"message"`
	}
	var plain string
	switch {
	case json.Unmarshal(text, &message) == nil && message.Message != "":
		plain = message.Message
	case json.Unmarshal(text, &plain) == nil:
	default:
		plain = string(text)
	}
	plain = strings.ToValidUTF8(strings.TrimSpace(plain), "\uFFFD")
	if len(plain) > longestSaid {
		plain = strings.ToValidUTF8(plain[:longestSaid], "") + "…"
	}
	return plain
}

// silenced returns the silences in force by the ids of the alarms that they silence.
func (a alerter) silenced(ctx context.Context) (map[string][]silence, error) {
	var alerts []struct {
		Annotations struct {
			ID string `json:"id"`
		} `json:"annotations"`
		Status struct {
			SilencedBy []string `json:"silencedBy"`
		} `json:"status"`
	}
	if err := a.read(ctx, "/api/v2/alerts?active=false&inhibited=false&unprocessed=false&silenced=true", &alerts); err != nil {
		return nil, err
	}
	found := map[string][]silence{}
	if len(alerts) == 0 {
		return found, nil
	}
	var silences []struct {
		ID        string    `json:"id"`
		CreatedBy string    `json:"createdBy"`
		Comment   string    `json:"comment"`
		EndsAt    time.Time `json:"endsAt"`
		Status    struct {
			State string `json:"state"`
		} `json:"status"`
	}
	if err := a.read(ctx, "/api/v2/silences", &silences); err != nil {
		return nil, err
	}
	known := map[string]silence{}
	for _, each := range silences {
		if each.Status.State == "active" {
			known[each.ID] = silence{ID: each.ID, By: each.CreatedBy, Comment: each.Comment, Until: each.EndsAt.UnixMilli()}
		}
	}
	for _, each := range alerts {
		for _, id := range each.Status.SilencedBy {
			if one, ok := known[id]; ok && each.Annotations.ID != "" {
				found[each.Annotations.ID] = append(found[each.Annotations.ID], one)
			}
		}
	}
	return found, nil
}
