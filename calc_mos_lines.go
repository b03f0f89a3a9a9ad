package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mimamori/processors/voice"
)

// mosColumns are the columns of the lines that --stdin rates.
var mosColumns = []string{"codec", "delay_ms", "loss_pct", "burst_r"}

// rateLines rates each line of CSV and prints a JSON object for it, at once. A line it
// cannot rate gives an object with its number and the reason; the others are rated all
// the same.
func (c *calcMos) rateLines(input io.Reader, output io.Writer) error {
	encoder := json.NewEncoder(output)
	lines := bufio.NewScanner(input)
	number, wrong, first := 0, 0, true
	for lines.Scan() {
		number++
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" {
			continue
		}
		fields, err := lineFields(text)
		if first && err == nil && slices.Equal(fields, mosColumns) {
			first = false
			continue
		}
		first = false
		var rated ratedConnection
		if err == nil {
			rated, err = c.rateFields(fields)
		}
		var answer any = rated
		if err != nil {
			wrong++
			answer = map[string]any{"line": number, "error": err.Error()}
		}
		if err := encoder.Encode(answer); err != nil {
			return fmt.Errorf("print the rating of line %d: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read line %d of standard input: %w", number+1, err)
	}
	if wrong > 0 {
		return fmt.Errorf("%d of the lines could not be rated", wrong)
	}
	return nil
}

func lineFields(text string) ([]string, error) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.TrimLeadingSpace = true
	fields, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("it is no CSV: %w", errors.Unwrap(err))
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields, nil
}

func (c *calcMos) rateFields(fields []string) (ratedConnection, error) {
	if len(fields) != len(mosColumns) {
		return ratedConnection{}, fmt.Errorf("it has %d fields: write %s", len(fields), strings.Join(mosColumns, ","))
	}
	asked := connection{codec: fields[0]}
	for i, value := range []*float64{&asked.delayMs, &asked.lossPct, &asked.burstR} {
		parsed, err := strconv.ParseFloat(fields[i+1], 64)
		if err != nil {
			return ratedConnection{}, fmt.Errorf("%s is %q: write a number", mosColumns[i+1], fields[i+1])
		}
		*value = parsed
	}
	return c.rate(asked)
}

// setParameters sets parameters of the model by name, as in telr=55.
func setParameters(p *voice.Parameters, assignments []string) error {
	targets := map[string]*float64{
		"slr": &p.SLR, "rlr": &p.RLR, "stmr": &p.STMR, "lstr": &p.LSTR, "ds": &p.Ds, "telr": &p.TELR, "wepl": &p.WEPL,
		"t": &p.T, "tr": &p.Tr, "qdu": &p.Qdu, "nc": &p.Nc, "nfor": &p.Nfor, "ps": &p.Ps, "pr": &p.Pr,
	}
	for _, assignment := range assignments {
		name, text, _ := strings.Cut(assignment, "=")
		target, known := targets[strings.ToLower(name)]
		value, err := strconv.ParseFloat(text, 64)
		if !known || err != nil {
			return fmt.Errorf("--set %q: write a parameter of G.107 and its value, as in telr=55", assignment)
		}
		*target = value
	}
	return nil
}
