package ticket

import (
	"time"

	"mimamori/storage/calendar"
)

// DefaultConfig returns three plans, a desk in Japan with office hours, one that is
// always open and takes what cannot wait, and a chain for each severity.
func DefaultConfig() Config {
	return Config{
		Severities: Texts{
			S1: "a critical system is down, with no way around it",
			S2: "a main function is badly impaired, work goes on within limits",
			S3: "a part is lost, work goes on",
			S4: "a question, or a fault of appearance",
		},
		PhoneCalls: []Severity{S1, S2},
		Plans: Plans{
			"basic":    {FirstResponse: Targets{"60m", "60m", NextBusinessDay, NextBusinessDay}},
			"enhanced": {FirstResponse: Targets{"30m", "30m", "90m", "120m"}, Update: Targets{"24h", "24h", "48h", "48h"}},
			"premium":  {FirstResponse: Targets{"15m", "15m", "30m", "90m"}, Update: Targets{"24h", "24h", "24h", "24h"}},
		},
		Desks: Desks{
			"japan": {Language: "ja", Calendar: calendar.Config{TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 09:00-17:00"}, Holidays: []string{"JP"}}},
			// Always open, and still in a zone: the next business day is one of the customers', who are in Japan.
			"global": {Language: "en", Calendar: calendar.Config{TimeZone: "Asia/Tokyo", Hours: []string{"24x7"}}},
		},
		DefaultPlan: "basic",
		DefaultDesk: "japan",
		OutOfHours:  OutOfHours{Severities: []Severity{S1}, Desk: "global"},
		UpdateHours: Elapsed,
		// Nobody is told of S2 to S4 while the clock of the first response stands still too.
		Escalation: Escalations{
			S1: usual(Elapsed, 15*time.Minute, 30*time.Minute, time.Hour, 2*time.Hour),
			S2: usual(Business, 30*time.Minute, time.Hour, 2*time.Hour, 4*time.Hour),
			S3: usual(Business, 4*time.Hour, 8*time.Hour, 16*time.Hour, 24*time.Hour),
			S4: usual(Business, 8*time.Hour, 16*time.Hour, 24*time.Hour, 40*time.Hour),
		},
	}
}

// usual is the chain from the analyst, who has a ticket from its opening, to the top.
func usual(hours string, engineer, senior, manager, top time.Duration) Chain {
	return Chain{Hours: hours, Steps: []Step{{"analyst", 0}, {"engineer", engineer}, {"senior", senior}, {"manager", manager}, {"VP", top}}}
}
