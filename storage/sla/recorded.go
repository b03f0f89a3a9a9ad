package sla

import (
	"fmt"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// Recorded returns what is promised to whom as the centre keeps it, for who has no
// configuration of it: the latest revision of each customer holds. Revisions come by
// customer in the order they came into force.
func Recorded(revisions []storage.ContractRevision) (Config, error) {
	config := Config{recorded: map[string]promise{}}
	for i, revision := range revisions {
		if i+1 < len(revisions) && revisions[i+1].Customer == revision.Customer {
			continue
		}
		promised, err := readPromise(revision.Content)
		if err != nil {
			return Config{}, fmt.Errorf("the contract of %s of %s: %w: this program is older than the centre, update it", revision.Customer, revision.At.Format("2006-01-02"), err)
		}
		config.recorded[revision.Customer] = promised
		config.Groups = append(config.Groups, promised.Groups...)
		if promised.Hours != nil {
			if config.Calendars == nil {
				config.Calendars = map[string]calendar.Config{}
			}
			config.Calendars[promised.Calendar] = *promised.Hours
		}
	}
	return config, nil
}
