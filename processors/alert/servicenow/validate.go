package servicenow

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Validate says everything that is wrong and what to do about it; each error begins with
// the keys below this room that lead to the value. Files are read by New.
func (c Config) Validate() error {
	var problems []error
	for i, target := range c.Targets {
		for _, problem := range target.problems() {
			problems = append(problems, fmt.Errorf("targets[%d].%w", i, problem))
		}
	}
	return errors.Join(problems...)
}

var (
	column     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	wholeState = regexp.MustCompile(`^-?[0-9]+$`)
)

// ours are the fields that an incident is found and kept by.
var ours = []string{"correlation_id", "correlation_display", "state", "work_notes", "close_code", "close_notes"}

func (t Target) problems() (found []error) {
	add := func(format string, arguments ...any) { found = append(found, fmt.Errorf(format, arguments...)) }
	for _, severity := range t.unknownGrades() {
		add("grades.%s: there is no such severity: use one of %q", severity, severities)
	}
	t = t.complete()
	if t.Receiver == "" {
		add("receiver is empty: name one of Alertmanager's file")
	}
	if err := checkURL(t.URL); err != nil {
		add("url: %w", err)
	}
	switch {
	case t.ClientID == "" && (t.User == "" || t.Password == ""):
		add("user: give user and password, or client_id and client_password for OAuth")
	case t.ClientID != "" && t.ClientPassword == "":
		add("client_password is empty: give the secret of the client by !env or !file")
	case t.User != "" && t.Password == "":
		add("password is empty: give it by !env or !file, or leave out the user")
	}
	if !column.MatchString(t.Table) {
		add("table is %q: use the name of a table, such as incident", t.Table)
	}
	for _, severity := range slices.Sorted(maps.Keys(t.Grades)) {
		if grade := t.Grades[severity]; min(grade.Impact, grade.Urgency) < 1 || max(grade.Impact, grade.Urgency) > 3 {
			add("grades.%s: impact is %d and urgency %d: use 1 to 3 for each", severity, grade.Impact, grade.Urgency)
		}
	}
	for _, state := range append(slices.Clone(t.ClosedStates), t.ResolvedState) {
		if !wholeState.MatchString(state) {
			add("closed_states, resolved_state: a state is %q: use the number of a state, such as 6", state)
		}
	}
	if !slices.Contains(t.ClosedStates, t.ResolvedState) {
		add("resolved_state is %s and not among closed_states: a recovery would leave the incident open", t.ResolvedState)
	}
	if _, err := parse("close_notes", t.CloseNotes); err != nil {
		add("close_notes: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
		switch _, err := parse(name, t.Fields[name]); {
		case !column.MatchString(name):
			add("fields: %q is no name of a field: use the one in the table, such as assignment_group", name)
		case slices.Contains(ours, name):
			add("fields.%s: an incident is kept by this field: leave it out", name)
		case err != nil:
			add("fields.%s: %w", name, err)
		}
	}
	return found
}

// unknownGrades are severities of the file that no alarm has.
func (t Target) unknownGrades() (unknown []string) {
	for _, severity := range slices.Sorted(maps.Keys(t.Grades)) {
		if !slices.Contains(severities, severity) {
			unknown = append(unknown, severity)
		}
	}
	return unknown
}

// checkURL does not repeat the address, for there may be a password in it.
func checkURL(text string) error {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.User != nil || parsed.RawQuery != "" || strings.Trim(parsed.Path, "/") != "" {
		return errors.New("this is no address of an instance: write https://INSTANCE.service-now.com, without user or path")
	}
	if parsed.Scheme == "https" {
		return nil
	}
	if address := net.ParseIP(parsed.Hostname()); parsed.Scheme == "http" && address != nil && address.IsLoopback() {
		return nil
	}
	return errors.New("it begins with " + parsed.Scheme + ": use https, for passwords go this way")
}
