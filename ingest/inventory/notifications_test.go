package inventory

import (
	"errors"
	"strings"
	"testing"
)

func TestWhereNotificationsAreReceived(t *testing.T) {
	noc := SNMPUser{Name: "noc", Auth: "sha", AuthPassword: "long enough", Privacy: "aes", PrivacyPassword: "long enough"}
	at := "$.customers[0].sites[0].appliance.notifications"
	for _, c := range []struct {
		name   string
		from   Notifications
		path   string // of the problem, empty where there is none
		reason string
	}{
		{"the defaults", Notifications{}, "", ""},
		{"all of it", Notifications{Listen: "[::]:1162", Communities: []string{"public"}, Users: []SNMPUser{noc}}, "", ""},
		{"no port", Notifications{Listen: "0.0.0.0"}, at + ".listen", "0.0.0.0:162"},
		{"an empty community", Notifications{Communities: []string{"public", ""}}, at + ".communities[1]", "remove the list"},
		{"a weak user", Notifications{Users: []SNMPUser{{Name: "noc", Auth: "MD5", AuthPassword: "short"}}}, at + ".users[0].auth_password", "8 or more"},
		{"one name twice", Notifications{Users: []SNMPUser{noc, noc}}, at + ".users[1].name", "rename one"},
	} {
		config := valid()
		config.Customers[0].Sites[0].Appliance.Notifications = &c.from
		err := config.Validate()
		var problem Problem
		switch {
		case c.path == "" && err != nil:
			t.Errorf("%s is turned down: %v", c.name, err)
		case c.path != "" && (!errors.As(err, &problem) || problem.Path != c.path || !strings.Contains(problem.Reason, c.reason)):
			t.Errorf("%s: %v, want the path %s and %q", c.name, err, c.path, c.reason)
		}
	}
	config := valid()
	written := &Notifications{Users: []SNMPUser{noc}}
	config.Customers[0].Sites[0].Appliance.Notifications = written
	got := config.Stations()[0].Appliance.Notifications
	if got.Listen != "0.0.0.0:162" || got.Users[0].Auth != "SHA-1" || got.Users[0].Privacy != "AES-128" || written.Listen != "" || written.Users[0].Auth != "sha" {
		t.Errorf("resolved to %+v, written %+v", got, written)
	}
}
