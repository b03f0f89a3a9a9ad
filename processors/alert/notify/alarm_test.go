package notify

import (
	"strings"
	"testing"
	"time"
)

func told(id string, status Status, severity, since string) Member {
	return Member{Status: status, Alert: Alert{
		Labels:      map[string]string{"alertname": "DeviceDown", "entity": "edge-1", "severity": severity},
		Annotations: map[string]string{"id": id, "since": since, "context": `{"a":1}`},
		StartsAt:    time.Date(2026, 9, 18, 8, 0, 0, 0, time.UTC), EndsAt: time.Date(2026, 9, 18, 9, 0, 0, 0, time.UTC),
	}}
}

// TestAlarms makes one alarm of two alerts that are the same alarm, before and after its
// severity changed, in whatever order they come.
func TestAlarms(t *testing.T) {
	const key = "0123456789abcdef"
	before, after := told(key, Resolved, "major", "2026-09-18T07:50:00Z"), told(key, Firing, "critical", "2026-09-18T07:50:00Z")
	for _, members := range [][]Member{{before, after}, {after, before}} {
		alarms, err := Group{Alerts: members}.Alarms()
		if err != nil || len(alarms) != 1 || alarms[0].Cleared || alarms[0].Severity != "critical" || !alarms[0].End.IsZero() {
			t.Errorf("alarms: %+v, %v", alarms, err)
		}
	}
	alarms, err := Group{Alerts: []Member{told("0123", Firing, "major", ""), told(key, Resolved, "major", "yesterday")}}.Alarms()
	if err == nil || !strings.Contains(err.Error(), `"0123"`) {
		t.Errorf("an alert without a key: %v", err)
	}
	if len(alarms) != 1 || !alarms[0].Cleared || alarms[0].Since.Hour() != 8 || alarms[0].End.Hour() != 9 || string(alarms[0].Context) != `{"a":1}` || alarms[0].Name != "edge-1" {
		t.Errorf("alarms: %+v", alarms)
	}
}
