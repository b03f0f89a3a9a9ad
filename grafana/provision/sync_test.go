package provision

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/storage/scope"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const home = "mimamori-noc-overview"

// partner is a plan of a partner and one customer.
func partner() Plan {
	plan := DefaultPlan()
	plan.Key = "scope.pem"
	plan.DataSource = DataSource{Address: "clickhouse:9000", Username: "reader", Password: "store secret", Alarms: "http://alert:9464"}
	plan.Organisations = []Organisation{
		{Name: "Main Org.", All: true, Home: home, Users: []User{{Login: "noc", Email: "noc@example.com", Role: "Editor", Password: "first password"}}},
		{Name: "Acme & Söhne", Customers: []string{"acme", "acme-labs"}, Home: home, Brand: &Brand{Name: "Partner", AccentLight: "#123456"},
			Users: []User{{Email: "it@acme.example", Invite: true}, {Login: "noc"}}},
	}
	return plan
}

func keyOf(t *testing.T) (ed25519.PrivateKey, []scope.Key) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return private, []scope.Key{{ID: scope.KeyID(public), Public: public}}
}

// sync runs once. What comes out for people and programs must not hold a secret.
func sync(t *testing.T, client *Client, plan Plan, options Options) (Outcome, error) {
	t.Helper()
	if err := plan.Validate(); err != nil {
		t.Fatal(err)
	}
	outcome := NewOutcome(options.DryRun)
	ended := Sync(t.Context(), client, plan, options, &outcome)
	var text bytes.Buffer
	if err := errors.Join(outcome.Write(&text), json.NewEncoder(&text).Encode(outcome)); err != nil {
		t.Fatal(err)
	}
	if ended != nil {
		text.WriteString(ended.Error())
	}
	for _, secret := range []string{"store secret", "first password", adminPassword, "mms1."} {
		if strings.Contains(text.String(), secret) {
			t.Errorf("%q is told:\n%s", secret, text.String())
		}
	}
	return outcome, ended
}

// said are the lines of an outcome.
func said(t *testing.T, outcome Outcome) string {
	t.Helper()
	var text strings.Builder
	if err := outcome.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, failure := range outcome.Failures {
		text.WriteString("failed: " + failure.Organisation + ": " + failure.What + ": " + failure.Reason + "\n")
	}
	return text.String()
}

// clean runs and fails where anything did.
func clean(t *testing.T, client *Client, plan Plan, options Options) Outcome {
	t.Helper()
	outcome, err := sync(t, client, plan, options)
	if err != nil || len(outcome.Failures) > 0 {
		t.Fatalf("%v\n%s", err, said(t, outcome))
	}
	return outcome
}

// TestFirstRun holds what Grafana is afterwards against the plan.
func TestFirstRun(t *testing.T) {
	grafana, client := newFake(t)
	private, keys := keyOf(t)
	clean(t, client, partner(), Options{Key: private, Now: now})

	main, acme := grafana.named("Main Org."), grafana.named("Acme & Söhne")
	for org, all := range map[*fakeOrg]bool{main: true, acme: false} {
		token, err := scope.Parse(org.secrets["scopeToken"])
		if err == nil {
			err = token.Verify(keys, org.id, now.Add(8759*time.Hour))
		}
		if err != nil || token.All != all || !all && !slices.Equal(token.Customers, []string{"acme", "acme-labs"}) {
			t.Errorf("%s: %+v, %v", org.name, token.Claims, err)
		}
		settings := org.source["jsonData"].(map[string]any)
		if settings["address"] != "clickhouse:9000" || settings["database"] != "mimamori" || settings["username"] != "reader" || settings["alarms"] != "http://alert:9464" || org.secrets["password"] != "store secret" ||
			org.source["type"] != dataSourceType || org.source["isDefault"] != true {
			t.Errorf("%s: the data source is %v", org.name, org.source)
		}
		if org.app["enabled"] != true || org.app["jsonData"].(map[string]any)["dataSourceUid"] != org.source["uid"] {
			t.Errorf("%s: the app is %v", org.name, org.app)
		}
		if org.folder["mimamori"]["title"] != "mimamori" || org.folder["mimamori-ja"]["title"] != "mimamori 日本語" || org.home != home {
			t.Errorf("%s: folder %v, home %q", org.name, org.folder, org.home)
		}
	}
	if view := main.app["jsonData"].(map[string]any)["view"]; view != ViewPartner {
		t.Errorf("the partner's view is %v", view)
	}
	settings := acme.app["jsonData"].(map[string]any)
	if brand := settings["brand"].(map[string]any); settings["view"] != ViewCustomer || brand["name"] != "Partner" || brand["accentLight"] != "#123456" {
		t.Errorf("the customer's settings are %v", settings)
	}
	if main.dashboards[aboutPipeline] == nil || acme.dashboards[aboutPipeline] != nil || acme.dashboards[aboutPipeline+"-ja"] != nil || len(acme.dashboards) != len(main.dashboards)-2 {
		t.Errorf("dashboards: %d of the partner, %d of the customer", len(main.dashboards), len(acme.dashboards))
	}
	noc := grafana.person("noc")
	if noc.password != "first password" || main.members[noc.id] != "Editor" || acme.members[noc.id] != "Viewer" {
		t.Errorf("noc: %+v, %q and %q", noc, main.members[noc.id], acme.members[noc.id])
	}
	if len(acme.invites) != 1 || acme.invites[0]["email"] != "it@acme.example" || acme.invites[0]["role"] != "Viewer" {
		t.Errorf("invited: %v", acme.invites)
	}
}

// TestSecondRun changes nothing, until the plan, Grafana or the time does.
func TestSecondRun(t *testing.T) {
	grafana, client := newFake(t)
	private, _ := keyOf(t)
	options := Options{Key: private, Now: now}
	clean(t, client, partner(), options)
	acme := grafana.named("Acme & Söhne")
	first := acme.secrets["scopeToken"]
	again := func(plan Plan, at time.Time, want ...string) {
		t.Helper()
		grafana.writes = nil
		outcome := clean(t, client, plan, Options{Key: private, Now: at})
		for _, line := range want {
			if !strings.Contains(said(t, outcome), line) {
				t.Errorf("it does not say %q:\n%s", line, said(t, outcome))
			}
		}
		if len(outcome.Changes) != len(grafana.writes) || len(want) == 0 && (len(grafana.writes) > 0 || !strings.Contains(said(t, outcome), "nothing to change")) {
			t.Errorf("written: %v\n%s", grafana.writes, said(t, outcome))
		}
	}
	again(partner(), now.Add(time.Hour))
	again(partner(), now.Add(4380*time.Hour)) // half of 8760h, no more
	if acme.secrets["scopeToken"] != first {
		t.Error("the token is another one")
	}
	later := now.Add(4381 * time.Hour)
	again(partner(), later, "Acme & Söhne: renewed data source mimamori (half of its token's life is over)", "Main Org.: renewed", "changes: 2 were made")
	again(partner(), later)

	plan := partner()
	plan.Organisations[1].Customers = []string{"acme"}
	again(plan, later, "Acme & Söhne: renewed data source mimamori (what it may see", "changes: 1 ")
	token, err := scope.Parse(acme.secrets["scopeToken"])
	if err != nil || !slices.Equal(token.Customers, []string{"acme"}) {
		t.Errorf("%+v, %v", token.Claims, err)
	}
	plan.DataSource.Password = "store secret of today"
	again(plan, later, "changes: 2 ")
	if acme.secrets["password"] != "store secret of today" {
		t.Error("the password is the old one")
	}
	plan.Organisations[1].Brand.Footer = "day and night"
	plan.Organisations[0].Users[0].Role = "Admin"
	plan.Folder = "Netze"
	again(plan, later, "app settings (brand differs)", "user noc (Admin in place of Editor)", "updated folder Netze (it is called mimamori)", "updated folder Netze 日本語 (it is called mimamori 日本語)", "changes: 6 ")

	acme.source["jsonData"].(map[string]any)["address"] = "elsewhere:9000"
	again(plan, later, "Acme & Söhne: updated data source mimamori (its settings differ)", "changes: 1 ")
	acme.dashboards["mimamori-site"]["revision"] = 0.0
	acme.dashboards["mimamori-site"]["version"] = 12.0
	again(plan, later, "updated dashboard Site (revision 3 in place of 0)", "changes: 1 ")
	grafana.health = scope.ErrOtherOrganisation.Error() + ": run mimamori grafana sync"
	again(plan, later, "Main Org.: renewed data source mimamori (the scope token is of another organisation)", "changes: 1 ")
	again(plan, later)
	other, _ := keyOf(t)
	private = other
	again(plan, later, "the key changed", "changes: 2 ")
}

// TestDryRun says what a run would do, and does nothing.
func TestDryRun(t *testing.T) {
	grafana, client := newFake(t)
	private, _ := keyOf(t)
	would := clean(t, client, partner(), Options{Key: private, Now: now, DryRun: true})
	if len(grafana.writes) > 0 || len(grafana.orgs) != 1 {
		t.Fatalf("written: %v", grafana.writes)
	}
	did := clean(t, client, partner(), Options{Key: private, Now: now})
	if text := said(t, would); !strings.Contains(text, "Acme & Söhne: would make organisation\n") || !strings.Contains(text, "would invite user it@acme.example (Viewer)") {
		t.Errorf("it says:\n%s", text)
	}
	if !slices.Equal(would.Changes, did.Changes) {
		t.Errorf("it would\n%v\nand did\n%v", would.Changes, did.Changes)
	}
}

// TestWhatIsNotInThePlan is listed and left alone.
func TestWhatIsNotInThePlan(t *testing.T) {
	grafana, client := newFake(t)
	private, _ := keyOf(t)
	grafana.organisation("Somebody").members[1] = "Admin"
	grafana.people = append(grafana.people, &fakePerson{2, "guest", "guest@example.com", "x"})
	grafana.named("Main Org.").members[2] = "Viewer"
	outcome := clean(t, client, partner(), Options{Key: private, Now: now})
	want := []Stranger{{Organisation: "Main Org.", User: "guest"}, {Organisation: "Somebody"}}
	if !slices.Equal(outcome.Unplanned, want) {
		t.Errorf("%v", outcome.Unplanned)
	}
	if grafana.named("Somebody").source != nil || grafana.named("Main Org.").members[2] != "Viewer" {
		t.Error("they were changed")
	}
}

// TestHalfDone finishes what a run left that broke off, wherever that was.
func TestHalfDone(t *testing.T) {
	private, _ := keyOf(t)
	options := Options{Key: private, Now: now}
	whole, client := newFake(t)
	clean(t, client, partner(), options)
	for broken := range whole.writes {
		grafana, client := newFake(t)
		left := broken
		grafana.refuse = func(method, _ string) int {
			if method != http.MethodGet {
				left--
			}
			if left < 0 {
				return http.StatusServiceUnavailable
			}
			return 0
		}
		outcome, err := sync(t, client, partner(), options)
		if err != nil || len(outcome.Failures) == 0 || !strings.Contains(outcome.Failures[0].Reason, "run this again") {
			t.Fatalf("after %d writes: %v\n%s", broken, err, said(t, outcome))
		}
		grafana.refuse = nil
		clean(t, client, partner(), options)
		grafana.writes = nil
		if outcome := clean(t, client, partner(), options); len(outcome.Changes) > 0 {
			t.Errorf("after %d writes and a whole run there is still to do:\n%s", broken, said(t, outcome))
		}
		noc := grafana.person("noc")
		if len(grafana.orgs) != 2 || grafana.named("Main Org.").members[noc.id] != "Editor" || len(grafana.named("Acme & Söhne").dashboards) != len(whole.orgs[1].dashboards) {
			t.Errorf("after %d writes Grafana is another", broken)
		}
	}
}

// TestRefusals holds that each says what to do, and that what ends a run does.
func TestRefusals(t *testing.T) {
	private, _ := keyOf(t)
	options := Options{Key: private, Now: now}
	for name, c := range map[string]struct {
		spoil func(*fake)
		ends  error
		says  string
	}{
		"a foreign password":   {func(f *fake) { f.people[0].password = "another" }, ErrLogin, "after five wrong ones"},
		"no administrator":     {func(f *fake) { f.plainUser = true }, ErrNoAdmin, "give \"admin\" that right"},
		"no plugin":            {func(f *fake) { f.noPlugin = true }, nil, "allow_loading_unsigned_plugins"},
		"no mail":              {func(f *fake) { f.noMail = true }, nil, `grafana cannot send mail (SMTP not configured, check your grafana.ini config file's [smtp] section): set up [smtp]`},
		"sick data source":     {func(f *fake) { f.health = "clickhouse:9000 refuses the login" }, nil, "clickhouse:9000 refuses the login"},
		"key not in the store": {func(f *fake) { f.health = scope.ErrUnknownKey.Error() + ": do this" }, nil, "a key that is not known here: do this"},
		"a name is taken": {func(f *fake) {
			f.refuse = func(method, path string) int { return of(409, method == "POST" && path == "/api/orgs") }
		}, nil, "something of that name is there"},
		"changed meanwhile": {func(f *fake) {
			f.refuse = func(method, path string) int { return of(412, path == "/api/dashboards/db") }
		}, nil, "somebody changed it just now"},
		"forbidden": {func(f *fake) {
			f.refuse = func(method, path string) int { return of(403, path == "/api/folders") }
		}, nil, "Grafana Admin"},
		"too many": {func(f *fake) {
			f.refuse = func(method, path string) int { return of(429, path == "/api/folders") }
		}, nil, "wait a minute"},
	} {
		grafana, client := newFake(t)
		c.spoil(grafana)
		outcome, err := sync(t, client, partner(), options)
		text := said(t, outcome)
		if err != nil {
			text += err.Error()
		}
		if !errors.Is(err, c.ends) || (err == nil) != (c.ends == nil) || err == nil && len(outcome.Failures) == 0 || !strings.Contains(text, c.says) {
			t.Errorf("%s: %v, and it does not say %q:\n%s", name, err, c.says, text)
		}
	}
}

func of(status int, when bool) int {
	if when {
		return status
	}
	return 0
}

// TestGrafanaAway ends at once where nothing, or something else, is at the address.
func TestGrafanaAway(t *testing.T) {
	private, _ := keyOf(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	moved := httptest.NewServer(http.RedirectHandler("https://elsewhere.example/login", http.StatusFound))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	defer page.Close()
	defer moved.Close()
	for address, says := range map[string]string{gone.URL: "see that it runs", page.URL: "something else than JSON", moved.URL: "https://elsewhere.example/login"} {
		client, err := NewClient(address+"/", "admin", adminPassword)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sync(t, client, partner(), Options{Key: private, Now: now}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	_, client := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Sync(ctx, client, partner(), Options{Key: private, Now: now}, &Outcome{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, address := range []string{"", "127.0.0.1:3000", "ftp://x", "http://admin:secret@x", "ftp://admin:secret@x", "http://admin:secret@x?y", "http://x?y"} {
		if _, err := NewClient(address, "admin", "x"); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestWhatFilesProvision leaves to Grafana what it reads from files.
func TestWhatFilesProvision(t *testing.T) {
	grafana, client := newFake(t)
	private, _ := keyOf(t)
	options := Options{Key: private, Now: now}
	clean(t, client, partner(), options)
	main := grafana.named("Main Org.")
	main.source["readOnly"], main.provisioned = true, true
	main.source["jsonData"].(map[string]any)["address"] = "elsewhere:9000"
	main.dashboards["mimamori-site"]["revision"] = 0.0
	outcome := clean(t, client, partner(), options)
	if len(outcome.Changes) > 0 || len(outcome.Notes) != 2 {
		t.Errorf("it says:\n%s", said(t, outcome))
	}
}

// TestOrganisationOfOthers lets the administrator in first: Grafana refuses one who is not.
func TestOrganisationOfOthers(t *testing.T) {
	private, _ := keyOf(t)
	for _, role := range []string{"", "Viewer"} {
		grafana, client := newFake(t)
		theirs := grafana.organisation("Acme & Söhne")
		if role != "" {
			theirs.members[1] = role
		}
		trial := clean(t, client, partner(), Options{Key: private, Now: now, DryRun: role == ""})
		if role == "" && !strings.Contains(said(t, trial), "would add user admin") {
			t.Errorf("it says:\n%s", said(t, trial))
		}
		clean(t, client, partner(), Options{Key: private, Now: now})
		if theirs.members[1] != "Admin" || theirs.source == nil {
			t.Errorf("as %q: %v", role, theirs.members)
		}
	}
}

// TestLanguages holds that an organisation gets the dashboards of its languages, else of the plan's, else all.
func TestLanguages(t *testing.T) {
	for name, c := range map[string]struct {
		plan, own, uids []string
		partner, theirs int
	}{
		"nobody says":              {partner: 14, theirs: 12},
		"the plan says":            {plan: []string{"ja"}, partner: 7, theirs: 6},
		"the organisation says":    {plan: []string{"ja"}, own: []string{"en"}, partner: 7, theirs: 6},
		"each dashboard was named": {own: []string{"en"}, uids: []string{"mimamori-site-ja"}, partner: 14, theirs: 1},
	} {
		plan := partner()
		plan.Languages, plan.Organisations[1].Languages, plan.Organisations[1].Dashboards = c.plan, c.own, c.uids
		one, other := plan.dashboards(plan.Organisations[0]), plan.dashboards(plan.Organisations[1])
		if len(one) != c.partner || len(other) != c.theirs {
			t.Errorf("%s: %d and %d dashboards, want %d and %d", name, len(one), len(other), c.partner, c.theirs)
		}
	}
	plan := partner()
	plan.Languages, plan.Organisations[1].Home = []string{"ja"}, "mimamori-noc-overview"
	if err := plan.Validate(); err == nil || !strings.Contains(err.Error(), "mimamori-noc-overview-ja") {
		t.Errorf("a home that the organisation does not get: %v", err)
	}
}

// TestPlanProblems holds that each names its place.
func TestPlanProblems(t *testing.T) {
	if err := partner().Validate(); err != nil {
		t.Fatal(err)
	}
	for path, spoil := range map[string]func(*Plan){
		"$.key":                                func(p *Plan) { p.Key = "" },
		"$.token_life":                         func(p *Plan) { p.TokenLife = time.Hour },
		"$.folder":                             func(p *Plan) { p.Folder = " " },
		"$.organisations":                      func(p *Plan) { p.Organisations = nil },
		"$.organisations[0]":                   func(p *Plan) { p.Organisations[0].Name = "" },
		"$.organisations[1].name":              func(p *Plan) { p.Organisations[1].Name = "Main Org." },
		"$.organisations[1].id":                func(p *Plan) { p.Organisations[1].ID = -1 },
		"$.organisations[1].customers":         func(p *Plan) { p.Organisations[1].All = true; p.Organisations[1].View = ViewPartner },
		"$.organisations[1]":                   func(p *Plan) { p.Organisations[1].Customers = nil },
		"$.organisations[0].view":              func(p *Plan) { p.Organisations[0].View = ViewCustomer },
		"$.organisations[1].view":              func(p *Plan) { p.Organisations[1].View = "all" },
		"$.organisations[1].brand.logo":        func(p *Plan) { p.Organisations[1].Brand.Logo = "javascript:alert(1)" },
		"$.organisations[1].brand.accent_dark": func(p *Plan) { p.Organisations[1].Brand.AccentDark = "red" },
		"$.organisations[1].brand.support_url": func(p *Plan) { p.Organisations[1].Brand.SupportURL = "http://x" },
		"$.organisations[1].dashboards":        func(p *Plan) { p.Organisations[1].Dashboards = []string{"nothing"} },
		"$.languages":                          func(p *Plan) { p.Languages = []string{"fr"} },
		"$.organisations[1].languages":         func(p *Plan) { p.Organisations[1].Languages = []string{"Japanese"} },
		"$.organisations[1].home":              func(p *Plan) { p.Organisations[1].Home = aboutPipeline },
		"$.organisations[1].users[0]":          func(p *Plan) { p.Organisations[1].Users[0] = User{} },
		"$.organisations[1].users[1]":          func(p *Plan) { p.Organisations[1].Users[1] = User{Email: "IT@acme.example"} },
		"$.organisations[0].users[0].role":     func(p *Plan) { p.Organisations[0].Users[0].Role = "admin" },
		"$.organisations[0].users[0].email":    func(p *Plan) { p.Organisations[0].Users[0].Email = "noc" },
		"$.organisations[1].users[0].invite":   func(p *Plan) { p.Organisations[1].Users[0].Password = "x" },
		"$.organisations[1].users[1].invite":   func(p *Plan) { p.Organisations[1].Users[1].Invite = true },
	} {
		plan := partner()
		spoil(&plan)
		found := Problem{}
		if err := plan.Validate(); !errors.As(err, &found) || found.Path != path {
			t.Errorf("want a problem at %s: %v at %s", path, err, found.Path)
		}
	}
	for spoilt, spoil := range map[string]func(*Plan){
		"two names that a database takes for one": func(p *Plan) { p.Organisations[1].Name = "main org." },
		"an image that no page shows":             func(p *Plan) { p.Organisations[1].Brand.Logo = "data:image/x-icon;base64,AAAA" },
		"a logo that is a page":                   func(p *Plan) { p.Organisations[1].Brand.Logo = "data:text/html,<script>" },
		"a huge logo": func(p *Plan) {
			p.Organisations[1].Brand.Logo = "data:image/png;base64," + strings.Repeat("A", longestLogo)
		},
		"a link that runs": func(p *Plan) { p.Organisations[1].Brand.SupportURL = "javascript:alert(1)//mailto:" },
		"a mail to nobody": func(p *Plan) { p.Organisations[1].Brand.SupportURL = "mailto:" },
	} {
		plan := partner()
		spoil(&plan)
		if plan.Validate() == nil {
			t.Errorf("%s is taken", spoilt)
		}
	}
	plan := partner()
	plan.Organisations[1].Users[1].Role = "Admin"
	if doubts := plan.Doubts(); len(doubts) != 1 || doubts[0].Path != "$.organisations[1].users[1].role" {
		t.Errorf("doubts: %v", doubts)
	}
}

// TestRenamedOrganisations holds that nobody gets what is another's by taking its name:
// whoever is Admin of an organisation can give it any name that is free.
func TestRenamedOrganisations(t *testing.T) {
	grafana, client := newFake(t)
	private, _ := keyOf(t)
	options := Options{Key: private, Now: now}
	if text := said(t, clean(t, client, partner(), options)); !strings.Contains(text, "Acme & Söhne: its id in Grafana is 2") {
		t.Errorf("it does not tell the id:\n%s", text)
	}
	plan := partner()
	plan.Organisations[0].ID, plan.Organisations[1].ID = 1, 2
	clean(t, client, plan, options)

	acme, thief := grafana.named("Acme & Söhne"), grafana.organisation("Thief")
	thief.members[1] = "Admin"
	acme.name, thief.name = "Acme", "Acme & Söhne"
	for _, dry := range []bool{true, false} {
		grafana.writes = nil
		outcome, err := sync(t, client, plan, Options{Key: private, Now: now, DryRun: dry})
		if err != nil || len(outcome.Failures) != 1 || !strings.Contains(outcome.Failures[0].Reason, "another took its name") || len(grafana.writes) > 0 || thief.source != nil {
			t.Errorf("%v, written %v\n%s", err, grafana.writes, said(t, outcome))
		}
	}
	thief.name = "Thief"
	outcome, err := sync(t, client, plan, options)
	if err != nil || len(outcome.Failures) != 1 || !strings.Contains(outcome.Failures[0].Reason, "it was renamed or removed") || len(grafana.orgs) != 3 {
		t.Errorf("%v\n%s", err, said(t, outcome))
	}
	plan.Organisations[1].Name = "Acme"
	clean(t, client, plan, options)
}

// TestOrganisationWithoutAnID ends before anything is written: what is asked without an id
// is asked of the organisation that the administrator looks at.
func TestOrganisationWithoutAnID(t *testing.T) {
	private, _ := keyOf(t)
	for about, body := range map[string]string{
		"no id": `{"name": "Main Org."}`, "nothing": `{}`, "another": `{"id": 3, "name": "MAIN ORG."}`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/api/user":
				_, _ = w.Write([]byte(`{"id": 1, "login": "admin", "isGrafanaAdmin": true}`))
			case r.URL.Path == "/api/orgs":
				_, _ = w.Write([]byte(`[]`))
			case strings.HasPrefix(r.URL.Path, "/api/orgs/name/"):
				_, _ = w.Write([]byte(body))
			default:
				t.Errorf("%s: asked for %s %s", about, r.Method, r.URL.Path)
			}
		}))
		client, err := NewClient(server.URL, "admin", "x")
		if err != nil {
			t.Fatal(err)
		}
		plan := partner()
		plan.Organisations = plan.Organisations[:1]
		outcome, err := sync(t, client, plan, Options{Key: private, Now: now})
		if err != nil || len(outcome.Failures) != 1 || !strings.Contains(outcome.Failures[0].Reason, "nothing was given") {
			t.Errorf("%s: %v\n%s", about, err, said(t, outcome))
		}
		server.Close()
	}
}

// TestUserOfAnotherLogin lets one in whom Grafana knows by the e-mail address alone.
func TestUserOfAnotherLogin(t *testing.T) {
	grafana, client := newFake(t)
	private, _ := keyOf(t)
	grafana.people = append(grafana.people, &fakePerson{2, "n.o.c", "noc@example.com", "x"})
	plan := partner()
	plan.Organisations = plan.Organisations[:1]
	clean(t, client, plan, Options{Key: private, Now: now})
	if role := grafana.named("Main Org.").members[2]; role != "Editor" {
		t.Errorf("he is %q", role)
	}
}

// TestNamesThatSteer holds that a name does not reach the terminal as commands to it.
func TestNamesThatSteer(t *testing.T) {
	grafana, client := newFake(t)
	private, _ := keyOf(t)
	grafana.organisation("\x1b[2Jall is well\u202e").members[1] = "Admin"
	if text := said(t, clean(t, client, partner(), Options{Key: private, Now: now})); strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, "all is well") {
		t.Errorf("%q", text)
	}
}
