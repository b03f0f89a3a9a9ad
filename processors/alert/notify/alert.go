package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/alert"
	pipeline "github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"
)

// Alert is something that is wrong, or was. Its labels are what it is: two alerts with
// the same labels are the same alert.
type Alert struct {
	// Labels by which it is routed, grouped and silenced; alertname among them is what
	// kind it is. At least one. A label with an empty value is none.
	Labels map[string]string
	// Annotations are what else there is to say of it.
	Annotations map[string]string
	// StartsAt is since when.
	StartsAt time.Time
	// EndsAt is until when: zero, or in the future, while it lasts.
	EndsAt time.Time
	// GeneratorURL leads to what it is about. May be empty.
	GeneratorURL string
}

// Status says whether an alert lasts.
type Status string

// What an alert, or a group of them, may be: Firing while one lasts.
const (
	Firing   Status = Status(model.AlertFiring)
	Resolved Status = Status(model.AlertResolved)
)

// Group is what one notification is about.
type Group struct {
	// Receiver that it goes to, as the configuration names it.
	Receiver string
	// Key names the group: the same for every notification about it and over restarts,
	// as long as the route that leads to it stays.
	Key string
	// Status is Firing while one of Alerts lasts.
	Status Status
	// Labels by which the alerts were grouped.
	Labels map[string]string
	// CommonLabels are those that all of Alerts have.
	CommonLabels map[string]string
	// CommonAnnotations are those that all of Alerts have.
	CommonAnnotations map[string]string
	// ExternalURL is Config.ExternalURL.
	ExternalURL string
	// Alerts are one at least.
	Alerts []Member
}

// Member is an alert of a group.
type Member struct {
	Alert
	// Status of this one.
	Status Status
	// Fingerprint of its labels: 16 hexadecimal digits.
	Fingerprint string
}

// labelSet leaves out what is empty.
func labelSet(from map[string]string) model.LabelSet {
	set := make(model.LabelSet, len(from))
	for name, value := range from {
		if value != "" {
			set[model.LabelName(name)] = model.LabelValue(value)
		}
	}
	return set
}

// upstream is the alert as Alertmanager has it; UpdatedAt decides which of two is newer.
func (a Alert) upstream(now time.Time) (*alert.Alert, error) {
	made := &alert.Alert{
		Alert: model.Alert{
			Labels: labelSet(a.Labels), Annotations: labelSet(a.Annotations),
			StartsAt: a.StartsAt, EndsAt: a.EndsAt, GeneratorURL: a.GeneratorURL,
		},
		UpdatedAt: now,
	}
	if err := made.Validate(); err != nil {
		return nil, fmt.Errorf("alert %v: %w", a.Labels, err)
	}
	return made, nil
}

func member(from *alert.Alert) Member {
	text := func(set model.LabelSet) map[string]string {
		values := make(map[string]string, len(set))
		for name, value := range set {
			values[string(name)] = string(value)
		}
		return values
	}
	return Member{
		Alert: Alert{
			Labels: text(from.Labels), Annotations: text(from.Annotations),
			StartsAt: from.StartsAt, EndsAt: from.EndsAt, GeneratorURL: from.GeneratorURL,
		},
		Status:      Status(from.Status()),
		Fingerprint: from.Fingerprint().String(),
	}
}

// group makes of what the pipeline hands to an integration what it is about.
func group(ctx context.Context, externalURL string, alerts []*alert.Alert) (Group, error) {
	key, ok := pipeline.GroupKey(ctx)
	if !ok || len(alerts) == 0 {
		return Group{}, errors.New("notification without a group's key or without alerts: this is a fault of the program")
	}
	receiver, _ := pipeline.ReceiverName(ctx)
	labels, _ := pipeline.GroupLabels(ctx)
	g := Group{Receiver: receiver, Key: key, Status: Resolved, Labels: map[string]string{}, ExternalURL: externalURL}
	for name, value := range labels {
		g.Labels[string(name)] = string(value)
	}
	for _, one := range alerts {
		g.Alerts = append(g.Alerts, member(one))
	}
	if slices.ContainsFunc(g.Alerts, func(m Member) bool { return m.Status == Firing }) {
		g.Status = Firing
	}
	g.CommonLabels, g.CommonAnnotations = maps.Clone(g.Alerts[0].Labels), maps.Clone(g.Alerts[0].Annotations)
	for _, m := range g.Alerts[1:] {
		maps.DeleteFunc(g.CommonLabels, func(name, value string) bool { return m.Labels[name] != value })
		maps.DeleteFunc(g.CommonAnnotations, func(name, value string) bool { return m.Annotations[name] != value })
	}
	return g, nil
}
