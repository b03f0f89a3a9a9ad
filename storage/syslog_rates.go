package storage

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// LogGroup is what messages of the log are counted by.
type LogGroup string

// The groups. ByMnemonic goes by the application where a message has no mnemonic.
// BySource and ByHost also tell senders apart that the inventory does not have; they are
// counted line by line, as long as there are lines.
const (
	ByCustomer LogGroup = "customer"
	BySite     LogGroup = "site"
	ByDevice   LogGroup = "device"
	BySeverity LogGroup = "severity"
	ByMnemonic LogGroup = "mnemonic"
	BySource   LogGroup = "source" // the address it came from
	ByHost     LogGroup = "host"   // that the line names
)

// LogGroups are all there are, in the order of an answer's columns.
var LogGroups = []LogGroup{ByCustomer, BySite, ByDevice, BySeverity, ByMnemonic, BySource, ByHost}

// ParseLogGroups reads groups that are parted by commas, such as site,mnemonic.
func ParseLogGroups(text string) ([]LogGroup, error) {
	var groups []LogGroup
	for name := range strings.SplitSeq(text, ",") {
		group := LogGroup(strings.TrimSpace(name))
		switch {
		case !slices.Contains(LogGroups, group):
			return nil, errors.New("is not customer, site, device, severity, mnemonic, source or host, or some of them with commas between")
		case slices.Contains(groups, group):
			return nil, fmt.Errorf("has %s twice", group)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// SyslogRatesQuery asks how many messages were logged. Of the filter only Severity and
// Mnemonic count, and the lines themselves are not searched.
type SyslogRatesQuery struct {
	Query
	By []LogGroup // at least one
}

// LineByLine says whether messages are counted by what only the lines themselves tell.
func (q SyslogRatesQuery) LineByLine() bool {
	return slices.Contains(q.By, BySource) || slices.Contains(q.By, ByHost)
}

// Validate says what is wrong with a query.
func (q SyslogRatesQuery) Validate() error {
	if err := q.Query.Validate(); err != nil {
		return err
	}
	if log := q.Log; len(log.Text) > 0 || log.Hostname != "" || log.AppName != "" || log.Source != "" || log.Before != nil {
		return errors.New("messages are counted by severity and mnemonic: their text, host, application and source are not known to the counts")
	}
	if len(q.By) == 0 {
		return errors.New("nothing is said of what messages are to be counted by")
	}
	for _, group := range q.By {
		if !slices.Contains(LogGroups, group) {
			return fmt.Errorf("messages cannot be counted by %q", group)
		}
	}
	return nil
}

// LogSubject is what messages were counted of: what they are not counted by is empty,
// and of a severity sample.SeverityUnknown.
type LogSubject struct {
	Entity
	Severity uint8
	Mnemonic string
	AppName  string // where there is no mnemonic
	Source   string
	Hostname string
}

// SyslogRate is how many messages were logged in one bucket of time.
type SyslogRate struct {
	LogSubject
	Start    time.Time
	Messages uint64 // a line counts for the messages that it stands for
	Before   uint64 // in as much time one bucket before
}

// SyslogRates are the answer to a query: the most messages first, with a step each
// bucket's behind the one before.
type SyslogRates struct {
	Rates []SyslogRate
	// Messages and Before are those of all subjects together, also of such that are not
	// among the rates, by the beginning of the bucket.
	Messages, Before map[time.Time]uint64
}

// Top leaves those of the n subjects with most messages in all the time.
func (r SyslogRates) Top(n int) SyslogRates {
	totals := map[LogSubject]uint64{}
	var ranked []LogSubject
	for _, rate := range r.Rates {
		if _, seen := totals[rate.LogSubject]; !seen {
			ranked = append(ranked, rate.LogSubject)
		}
		totals[rate.LogSubject] += rate.Messages
	}
	slices.SortStableFunc(ranked, func(a, b LogSubject) int { return cmp.Compare(totals[b], totals[a]) })
	chosen := map[LogSubject]bool{}
	for _, subject := range ranked[:min(n, len(ranked))] {
		chosen[subject] = true
	}
	top := r
	top.Rates = nil
	for _, rate := range r.Rates {
		if chosen[rate.LogSubject] {
			top.Rates = append(top.Rates, rate)
		}
	}
	return top
}
