package pipeline

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mimamori/bench/load"
	"mimamori/ingest/sample"
)

// count asks the store for a number, past the product's own questions.
func (p *plant) count(ctx context.Context, question string) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.endpoint.Address+"/?database="+p.endpoint.Database, strings.NewReader(question))
	if err != nil {
		return 0, err
	}
	request.Header.Set("X-ClickHouse-Key", p.endpoint.Token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("ask the store: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<12))
	if err != nil || answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("ask the store %q: %s %s, %w", question, answer.Status, text, err)
	}
	number, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("ask the store %q: %w", question, err)
	}
	return number, nil
}

// stored counts the raw rows of the kinds, with a reader's eyes, from a time on.
func (p *plant) stored(ctx context.Context, kinds load.Counts, from time.Time) (load.Counts, error) {
	found := load.Counts{}
	for kind := range kinds {
		rows, err := p.count(ctx, fmt.Sprintf("SELECT count() FROM raw_%s FINAL WHERE slot >= fromUnixTimestamp64Milli(%d)", kind, from.UnixMilli()))
		if err != nil {
			return nil, err
		}
		found[kind] = rows
	}
	return found, nil
}

// derived counts the polls of which there is a utilization.
func (p *plant) derived(ctx context.Context) (uint64, error) {
	return p.count(ctx, "SELECT count() FROM utilization FINAL WHERE gap = 0")
}

// mergeTime is how long the engine's merges are waited for.
const mergeTime = 20 * time.Second

// settle waits until the engine merges nothing any more, so that a turn does not pay
// for the one before it.
func (p *plant) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, mergeTime)
	defer cancel()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for calm := 0; calm < 3; {
		running, err := p.count(ctx, "SELECT count() FROM system.merges")
		switch {
		case ctx.Err() != nil: // it never comes to rest: the next turn shares the machine with it
			return nil
		case err != nil:
			return err
		case running == 0:
			calm++
		default:
			calm = 0
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// metrics are the values of a metric of the processors, by the text of its labels.
func (p *plant) metrics(ctx context.Context, name string) (map[string]float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.http+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the processors for their metrics: %w", err)
	}
	defer answer.Body.Close()
	found := map[string]float64{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		rest, is := strings.CutPrefix(lines.Text(), name)
		at := strings.LastIndexByte(rest, ' ')
		if !is || at < 0 || rest[0] != '{' && at != 0 {
			continue
		}
		if found[rest[:at]], err = strconv.ParseFloat(rest[at+1:], 64); err != nil {
			return nil, fmt.Errorf("read the processors' metric %s: %w", name, err)
		}
	}
	return found, lines.Err()
}

// stages are the seconds that batches have spent so far in each stage of the processors,
// those of several partitions at a time added up.
func (p *plant) stages(ctx context.Context) (map[string]float64, error) {
	sums, err := p.metrics(ctx, "mimamori_processors_stage_seconds_sum")
	if err != nil {
		return nil, err
	}
	stages := map[string]float64{}
	for labels, seconds := range sums {
		stages[strings.TrimSuffix(strings.TrimPrefix(labels, `{stage="`), `"}`)] = seconds
	}
	return stages, nil
}

// interfaces are the interface rows among counts.
func interfaces(counts load.Counts) int { return int(counts[sample.KindInterfaces]) }
