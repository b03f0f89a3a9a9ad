package servicenow

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// mostFound is how many incidents of one alarm are looked at, the newest.
	mostFound = 50
	// largestAnswer is how much of an answer is read: mostFound incidents with long descriptions.
	largestAnswer = 4 << 20
	// longestRequest is how long one request may take.
	longestRequest = 20 * time.Second
)

// table is a table of an instance, by the Table API.
type table struct {
	base   string // of its rows
	client *http.Client
	access access
}

func newTable(target Target) (*table, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if target.CAFile != "" {
		content, err := os.ReadFile(target.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("ca_file %s holds no certificate in PEM", target.CAFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	client := &http.Client{
		Transport: transport,
		Timeout:   longestRequest,
		// A redirected POST would become a GET, and a password go elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	instance := strings.TrimRight(target.URL, "/")
	return &table{base: instance + "/api/now/table/" + target.Table, client: client, access: newAccess(target, instance, client)}, nil
}

// find returns the incidents of an alarm, the newest first.
func (t *table) find(ctx context.Context, id string) ([]record, error) {
	query := url.Values{
		"sysparm_query":                  {"correlation_id=" + id + "^correlation_display=" + display + "^ORDERBYDESCsys_created_on"},
		"sysparm_fields":                 {recordFields},
		"sysparm_limit":                  {strconv.Itoa(mostFound)},
		"sysparm_display_value":          {"false"},
		"sysparm_exclude_reference_link": {"true"},
	}
	var answer struct {
		Result *[]record `json:"result"`
	}
	if err := t.ask(ctx, http.MethodGet, "?"+query.Encode(), nil, http.StatusOK, &answer); err != nil {
		return nil, err
	}
	if answer.Result == nil {
		return nil, garbage(errors.New("there is no result in it"))
	}
	// By default ServiceNow passes over a condition on a column that the user may not read,
	// and returns every row.
	found := slices.DeleteFunc(*answer.Result, func(r record) bool { return r.CorrelationID != id || r.CorrelationDisplay != display })
	if len(found) == 0 && len(*answer.Result) > 0 {
		return nil, &refusal{all: true, err: errors.New("ServiceNow returned incidents of others: let the user read correlation_id and correlation_display (an access control of the table), or no incident can be found again")}
	}
	return found, nil
}

func (t *table) create(ctx context.Context, fields map[string]string) error {
	return t.write(ctx, http.MethodPost, "", http.StatusCreated, fields)
}

func (t *table) update(ctx context.Context, sysID string, fields map[string]string) error {
	return t.write(ctx, http.MethodPatch, "/"+url.PathEscape(sysID), http.StatusOK, fields)
}

func (t *table) write(ctx context.Context, method, path string, want int, fields map[string]string) error {
	body, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("write the fields as JSON: %w", err)
	}
	var answer struct {
		Result record `json:"result"`
	}
	if err := t.ask(ctx, method, path+"?sysparm_fields=sys_id&sysparm_exclude_reference_link=true", body, want, &answer); err != nil {
		return err
	}
	if answer.Result.SysID == "" {
		return garbage(errors.New("there is no sys_id in it"))
	}
	return nil
}

// ask makes a request, once more where a token has run out before its time.
func (t *table) ask(ctx context.Context, method, path string, body []byte, want int, answer any) error {
	for again := false; ; again = true {
		authorization, err := t.access.authorization(ctx)
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, method, t.base+path, bytes.NewReader(body))
		if err != nil {
			return fmt.Errorf("make a request: %w", err)
		}
		request.Header.Set("Authorization", authorization)
		request.Header.Set("Accept", "application/json")
		request.Header.Set("User-Agent", "mimamori")
		if body != nil {
			request.Header.Set("Content-Type", "application/json")
		}
		err = exchange(t.client, request, want, answer)
		var refused *refusal
		if !again && errors.As(err, &refused) && refused.status == http.StatusUnauthorized && t.access.forget(authorization) {
			continue
		}
		return err
	}
}

// exchange sends a request and reads the answer, which must be JSON.
func exchange(client *http.Client, request *http.Request, want int, answer any) error {
	response, err := client.Do(request)
	if err != nil {
		return unreached(request, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	if err != nil {
		return &refusal{retry: true, all: true, err: fmt.Errorf("read the answer of ServiceNow: %w", err)}
	}
	if response.StatusCode != want {
		return refuse(response, content)
	}
	if len(content) > largestAnswer {
		return garbage(fmt.Errorf("it is longer than %d bytes", largestAnswer))
	}
	if err := json.Unmarshal(content, answer); err != nil {
		return garbage(err)
	}
	return nil
}
