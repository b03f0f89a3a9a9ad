package answers

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"mimamori/bench/history"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
)

// Inquiry is a question that an analyst asks the views in SQL.
type Inquiry struct {
	Title string
	SQL   string
}

// inquiry is a numbered heading, what is said of it, and its statement.
var inquiry = regexp.MustCompile("(?m)^## \\d+\\. (.*)\n(?s:.*?)^```sql\n((?s:.*?))^```")

// Inquiries are those of a document in Markdown: the statements below its numbered headings.
func Inquiries(document string) (all []Inquiry, err error) {
	for _, found := range inquiry.FindAllStringSubmatch(document, -1) {
		all = append(all, Inquiry{Title: strings.TrimSuffix(found[1], "?"), SQL: found[2]})
	}
	if len(all) == 0 {
		return nil, errors.New("there is no question in SQL in the document: they stand below headings with a number")
	}
	return all, nil
}

// analystPage is what stands for the page that inquiries are of.
const analystPage = "analyst"

// An inquiry may read a month of everything: it is asked so often and cold once.
const inquiryRounds = 5

// inquire asks what analysts ask, over all days and customers.
func (k *kept) inquire(ctx context.Context, config Config) (answers []Answer, err error) {
	parameters := map[string]string{
		"from": k.fleet.To.AddDate(0, 0, -history.Days).Format(time.DateTime), "to": k.fleet.To.Format(time.DateTime),
		"customer": history.SomeCustomer, "tz": "Asia/Tokyo", "above": "80", "minutes": "5",
	}
	config.Rounds, config.Cold = min(config.Rounds, inquiryRounds), 1
	for _, one := range config.Inquiries {
		answer := Answer{Page: analystPage, Figure: one.Title}
		if !config.wants(answer.Page, answer.Figure) {
			continue
		}
		config.say(nameOf(answer.Page, answer.Figure))
		took, err := k.times(config, func(store *clickhouse.Store) error {
			found, err := store.Analyse(ctx, clickhouse.Analysis{Scope: storage.EveryCustomer(), SQL: one.SQL, Parameters: parameters})
			answer.Rows = len(found.Rows)
			return err
		})
		if err != nil {
			return answers, fmt.Errorf("ask %q in SQL: %w", one.Title, err)
		}
		answer.Cold, answer.First, answer.Warm, answer.CPU = timesOf(took.cold), timesOf(took.first), timesOf(took.warm), took.cpuMs
		answers = append(answers, answer)
	}
	return answers, nil
}
