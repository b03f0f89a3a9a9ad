package main

import (
	"context"
	"time"

	"mimamori/ingest/bus"
)

// alertGroup is the consumer group of the alert role.
const alertGroup = "alerts"

// alerting follows the topic of alarms and raises nothing yet. It commits nothing
// either, so that who raises them later begins with all that the topic still holds.
func alerting(a *application) ([]part, error) {
	return []part{{name: "alarms", run: func(ctx context.Context) error {
		a.logger.Warn("this version raises no alarms: the topic is followed, so that its lag is known", "topic", bus.TopicAlarms, "group", alertGroup)
		return a.client.Consume(ctx, alertGroup, []string{bus.TopicAlarms}, followAlarms)
	}}}, nil
}

func followAlarms(ctx context.Context, claim bus.Claim) error {
	const readBytes, wait = 1 << 20, 5 * time.Second
	for ctx.Err() == nil {
		if _, err := claim.Read(ctx, readBytes, wait); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}
