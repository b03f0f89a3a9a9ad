package chaos

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// asker asks the parts over HTTP. Connections are not kept: the parts come and go.
var asker = http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// unready says "" where a part is ready, else what is missing.
func (p *plant) unready(part string) string {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+p.https[part]+"/ready", nil)
	if err != nil {
		return err.Error()
	}
	answer, err := asker.Do(request)
	if err != nil {
		return part + " does not answer; "
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
	return part + ": " + strings.TrimSpace(string(text)) + "; "
}

// gauge is a metric: its sum over all its labels, and each by them.
type gauge struct {
	sum  float64
	each map[string]float64
}

// metrics returns the named metrics of a part.
func (p *plant) metrics(part string, names ...string) (map[string]gauge, error) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+p.https[part]+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	answer, err := asker.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer", part)
	}
	defer answer.Body.Close()
	found := map[string]gauge{}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		line := lines.Text()
		for _, name := range names {
			rest, is := strings.CutPrefix(line, name)
			if !is || rest == "" || rest[0] != '{' && rest[0] != ' ' {
				continue
			}
			value, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
			if err != nil {
				continue
			}
			known := found[name]
			if known.each == nil {
				known.each = map[string]float64{}
			}
			known.each[rest[:strings.LastIndexByte(rest, ' ')]] = value
			found[name] = gauge{known.sum + value, known.each}
		}
	}
	return found, nil
}

// sql asks the store, past all relays and all of the product's own code, and returns the
// rows of the answer as text.
func (p *plant) sql(ctx context.Context, question string) ([][]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.storeAt+"/?database=mimamori&default_format=TSV", strings.NewReader(question))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-ClickHouse-User", "default")
	request.Header.Set("X-ClickHouse-Key", p.password)
	answer, err := (&http.Client{Transport: asker.Transport}).Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the store: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("ask the store: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the store: %s: %s\n%s", answer.Status, strings.TrimSpace(string(text)), question)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows, nil
}

// number reads a whole number of an answer; 0 where it is none.
func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return value
}
