package provision

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"mimamori/storage/scope"
)

// dataSource is as much as is needed of GET /api/datasources/uid/UID and of what POST and
// PUT take.
type dataSource struct {
	UID              string            `json:"uid"`
	Name             string            `json:"name"`
	Type             string            `json:"type"`
	Access           string            `json:"access"`
	IsDefault        bool              `json:"isDefault"`
	JSONData         map[string]any    `json:"jsonData"`
	SecureJSONData   map[string]string `json:"secureJsonData,omitempty"`
	SecureJSONFields map[string]bool   `json:"secureJsonFields,omitempty"`
	Version          int               `json:"version,omitempty"`
	ReadOnly         bool              `json:"readOnly,omitempty"`
}

// seal is what jsonData says of the secrets beside it, which Grafana never tells again:
// when the token was issued and expires, and a mark that only the key's owner can make, by
// which it is known whether the plan still asks for the same.
type seal struct {
	Issued  int64  `json:"issued"`  // Unix seconds
	Expires int64  `json:"expires"` // Unix seconds
	Mark    string `json:"mark"`    // HMAC-SHA256, hex
}

// sealKey is where the seal stands in jsonData.
const sealKey = "provisioned"

// sealed returns the seal of what the plan asks for in an organisation.
func (p *place) sealed(issued, expires int64, password string) (seal, error) {
	customers := slices.Sorted(slices.Values(p.plan.Customers))
	text, err := json.Marshal([]any{p.org, p.plan.All, slices.Compact(customers), p.run.plan.TokenLife, password, issued, expires})
	if err != nil {
		return seal{}, fmt.Errorf("seal the data source: %w", err)
	}
	hash := hmac.New(sha256.New, p.options.Key.Seed())
	hash.Write([]byte("mimamori grafana data source\n"))
	hash.Write(text)
	return seal{issued, expires, hex.EncodeToString(hash.Sum(nil))}, nil
}

// sealIn returns the seal in the jsonData of a data source, and whether there is one that
// can be read.
func sealIn(jsonData map[string]any) (have seal, ok bool) {
	text, err := json.Marshal(jsonData[sealKey])
	return have, err == nil && json.Unmarshal(text, &have) == nil && have.Mark != ""
}

// stale says why the secrets of a data source are to be written anew, empty where not.
func (p *place) stale(now dataSource, password string) (string, error) {
	have, ok := sealIn(now.JSONData)
	if !ok || !now.SecureJSONFields["scopeToken"] || password != "" && !now.SecureJSONFields["password"] {
		return "its token or password is not from here", nil
	}
	want, err := p.sealed(have.Issued, have.Expires, password)
	if err != nil {
		return "", err
	}
	if !hmac.Equal([]byte(have.Mark), []byte(want.Mark)) {
		return "what it may see, its password, token_life or the key changed", nil
	}
	issued, expires := time.Unix(have.Issued, 0), time.Unix(have.Expires, 0)
	if p.options.Now.After(issued.Add(expires.Sub(issued) / 2)) {
		return "half of its token's life is over", nil
	}
	return "", nil
}

// dataSource makes the organisation's data source with its token, or renews what differs.
func (p *place) dataSource(ctx context.Context) error {
	var now dataSource
	found, err := p.get(ctx, "/api/datasources/uid/"+dataSourceUID, &now)
	if err != nil {
		return err
	}
	if now.ReadOnly {
		p.note("its data source comes from a file of Grafana's provisioning, and is left to that: remove the file for a token from here")
		return nil
	}
	if found && now.Type != dataSourceType {
		return fmt.Errorf("the data source with the uid %s is a %s: give it another uid, or remove it in Grafana", dataSourceUID, now.Type)
	}
	settings := p.plan.DataSource.over(p.run.plan.DataSource)
	want := dataSource{UID: dataSourceUID, Name: "mimamori", Type: dataSourceType, Access: "proxy", IsDefault: true, JSONData: map[string]any{}}
	if found {
		want.Name, want.IsDefault, want.Version = now.Name, now.IsDefault, now.Version
		maps.Copy(want.JSONData, now.JSONData)
	}
	settings.into(want.JSONData)
	reason, err := p.stale(now, settings.Password)
	if err == nil && found && reason == "" {
		reason, err = p.unfit(ctx)
	}
	if err != nil {
		return err
	}
	change := Change{Verb: made, What: "data source", Name: want.Name}
	switch same := reflect.DeepEqual(now.JSONData, want.JSONData); {
	case !found:
	case same && reason == "":
		return p.healthy(ctx)
	case reason == "":
		change.Verb, change.Why = updated, "its settings differ"
	default:
		change.Verb, change.Why = renewed, reason
	}
	if reason != "" && !p.options.DryRun {
		if err := p.secrets(&want, settings.Password); err != nil {
			return err
		}
	}
	method, path := http.MethodPost, "/api/datasources"
	if found {
		method, path = http.MethodPut, path+"/uid/"+dataSourceUID
	}
	if err := p.change(ctx, change, method, path, want, nil); err != nil {
		return err
	}
	return p.healthy(ctx)
}

// into writes the settings that anybody may read.
func (d DataSource) into(jsonData map[string]any) {
	jsonData["address"], jsonData["database"], jsonData["username"] = d.Address, "mimamori", "default"
	if d.Database != "" {
		jsonData["database"] = d.Database
	}
	if d.Username != "" {
		jsonData["username"] = d.Username
	}
	if _, set := jsonData["tls"]; set || d.TLS {
		jsonData["tls"] = d.TLS
	}
	if _, set := jsonData["alarms"]; set || d.Alarms != "" {
		jsonData["alarms"] = d.Alarms
	}
}

// secrets puts a new token and the password into a data source, with their seal.
func (p *place) secrets(into *dataSource, password string) error {
	token, claims, err := Token(p.options.Key, Grant{Org: p.org, All: p.plan.All, Customers: p.plan.Customers, Life: p.run.plan.TokenLife}, p.options.Now)
	if err != nil {
		return err
	}
	into.SecureJSONData = map[string]string{"scopeToken": token, "password": password}
	sealed, err := p.sealed(claims.IssuedAt, claims.Expires, password)
	if err != nil {
		return err
	}
	into.JSONData[sealKey] = sealed
	return nil
}

// complaint returns what the data source says is wrong with it, empty for nothing.
func (p *place) complaint(ctx context.Context) (string, error) {
	var health struct{ Status, Message string }
	err := p.client.ask(ctx, p.org, http.MethodGet, "/api/datasources/uid/"+dataSourceUID+"/health", nil, &health)
	var refusal Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Status == http.StatusBadRequest:
		return refusal.Message, nil
	case err != nil || health.Status == "OK":
		return "", err
	}
	return health.Message, nil
}

// healthy is nil where the data source can answer.
func (p *place) healthy(ctx context.Context) error {
	if p.options.DryRun {
		return nil
	}
	complaint, err := p.complaint(ctx)
	if err == nil && complaint != "" {
		return fmt.Errorf("it is there and cannot answer: %s", complaint)
	}
	return err
}

// unfit says why a token that looks like the one from here is none: somebody wrote another
// over it. Where only its key is not known, another token would be no better.
func (p *place) unfit(ctx context.Context) (string, error) {
	complaint, err := p.complaint(ctx)
	for _, reason := range []error{scope.ErrMissing, scope.ErrMalformed, scope.ErrForged, scope.ErrExpired, scope.ErrOtherOrganisation} {
		if strings.Contains(complaint, reason.Error()) {
			return reason.Error(), err
		}
	}
	return "", err
}
