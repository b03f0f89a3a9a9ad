package provision

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fake is as much of Grafana 12.3's HTTP API as sync talks to: the documented shapes and
// errors, and the rules that matter here. Who asks for an organisation that he is no Admin
// of is refused; secrets go in and never come out; versions are held against each other.
type fake struct {
	t         *testing.T
	orgs      []*fakeOrg
	people    []*fakePerson
	noPlugin  bool
	noMail    bool
	plainUser bool   // who asks is no administrator of the server
	health    string // what data sources say is wrong; empty for nothing
	writes    []string
	// refuse answers a request in place of Grafana, where it returns a status.
	refuse func(method, path string) int
}

type fakeOrg struct {
	id          int64
	name        string
	members     map[int64]string // role by the user's id
	app         map[string]any
	source      map[string]any
	secrets     map[string]string
	folder      map[string]map[string]any // by their uid
	dashboards  map[string]map[string]any
	folders     map[string]string // of dashboards
	provisioned bool
	home        string
	invites     []map[string]any
}

type fakePerson struct {
	id                     int64
	login, email, password string
}

const adminPassword = "right horse"

// newFake returns a Grafana that was just started, and a client of it.
func newFake(t *testing.T) (*fake, *Client) {
	f := &fake{t: t, people: []*fakePerson{{1, "admin", "admin@localhost", adminPassword}}}
	f.organisation("Main Org.").members[1] = "Admin"
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	client, err := NewClient(server.URL, "admin", adminPassword)
	if err != nil {
		t.Fatal(err)
	}
	return f, client
}

func (f *fake) organisation(name string) *fakeOrg {
	made := &fakeOrg{id: int64(len(f.orgs) + 1), name: name, members: map[int64]string{}, folder: map[string]map[string]any{}, dashboards: map[string]map[string]any{}, folders: map[string]string{}}
	f.orgs = append(f.orgs, made)
	return made
}

func (f *fake) named(name string) *fakeOrg {
	f.t.Helper()
	at := slices.IndexFunc(f.orgs, func(o *fakeOrg) bool { return o.name == name })
	if at < 0 {
		f.t.Fatalf("there is no organisation %s", name)
	}
	return f.orgs[at]
}

func (f *fake) person(name string) *fakePerson {
	for _, each := range f.people {
		if name != "" && (strings.EqualFold(each.login, name) || strings.EqualFold(each.email, name)) {
			return each
		}
	}
	return nil
}

// answer is a status with what goes with it.
type answer struct {
	status int
	body   any
}

func message(status int, text string) answer { return answer{status, map[string]any{"message": text}} }

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := f.serve(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(reply.status)
	if err := json.NewEncoder(w).Encode(reply.body); err != nil {
		f.t.Error(err)
	}
}

func (f *fake) serve(r *http.Request) answer {
	login, password, _ := r.BasicAuth()
	if who := f.person(login); who == nil || who.password != password {
		return message(401, "Invalid username or password")
	}
	if f.refuse != nil {
		if status := f.refuse(r.Method, r.URL.Path); status != 0 {
			return message(status, http.StatusText(status))
		}
	}
	if r.Method != http.MethodGet {
		f.writes = append(f.writes, r.Method+" "+r.URL.Path)
	}
	route := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/api/"), "/"), "/")
	switch route[0] {
	case "user":
		return answer{200, map[string]any{"id": 1, "login": "admin", "isGrafanaAdmin": !f.plainUser}}
	case "orgs", "admin", "users":
		if f.plainUser {
			return message(403, "You'll need additional permissions to perform this action.")
		}
		return f.global(r, route)
	}
	id, err := strconv.ParseInt(r.Header.Get("X-Grafana-Org-Id"), 10, 64)
	if err != nil || id < 1 || id > int64(len(f.orgs)) {
		f.t.Errorf("%s %s for the organisation %q", r.Method, r.URL.Path, r.Header.Get("X-Grafana-Org-Id"))
		return message(400, "no organisation")
	}
	if f.orgs[id-1].members[1] != "Admin" {
		return message(403, "You'll need additional permissions to perform this action.")
	}
	return f.within(f.orgs[id-1], r, route)
}

// global serves what is asked of the server and not of an organisation.
func (f *fake) global(r *http.Request, route []string) answer {
	switch path := r.Method + " " + route[0]; {
	case path == "GET users":
		if f.person(r.URL.Query().Get("loginOrEmail")) == nil {
			return message(404, "user not found")
		}
		return answer{200, map[string]any{"id": 9}}
	case path == "POST admin":
		var body struct {
			Login, Email, Name, Password string
			OrgID                        int64 `json:"orgId"`
		}
		f.body(r, &body)
		if f.person(body.Login) != nil || f.person(body.Email) != nil {
			return message(412, fmt.Sprintf("User with email '%s' or username '%s' already exists", body.Email, body.Login))
		}
		if len(body.Password) < 4 {
			return message(400, "password "+body.Password+" is too short")
		}
		made := &fakePerson{int64(len(f.people) + 1), body.Login, body.Email, body.Password}
		f.people = append(f.people, made)
		f.orgs[body.OrgID-1].members[made.id] = "Viewer"
		return answer{200, map[string]any{"id": made.id, "message": "User created"}}
	case path == "POST orgs" && len(route) == 1:
		var body struct{ Name string }
		f.body(r, &body)
		if slices.ContainsFunc(f.orgs, func(o *fakeOrg) bool { return o.name == body.Name }) {
			return message(409, "Organization name taken")
		}
		made := f.organisation(body.Name)
		made.members[1] = "Admin"
		return answer{200, map[string]any{"orgId": made.id, "message": "Organization created"}}
	case path == "GET orgs" && len(route) == 1:
		all := []any{}
		for _, each := range f.orgs {
			all = append(all, map[string]any{"id": each.id, "name": each.name})
		}
		return answer{200, all}
	case path == "GET orgs" && route[1] == "name":
		for _, each := range f.orgs {
			if each.name == route[2] {
				return answer{200, map[string]any{"id": each.id, "name": each.name, "address": map[string]any{}}}
			}
		}
		return message(404, "Organization not found")
	}
	id, err := strconv.Atoi(route[1])
	if err != nil {
		f.t.Errorf("%s %s", r.Method, r.URL.Path)
		return message(400, "orgId is invalid")
	}
	return f.memberships(f.orgs[id-1], r, route)
}

func (f *fake) memberships(org *fakeOrg, r *http.Request, route []string) answer {
	var body struct{ LoginOrEmail, Role string }
	switch r.Method {
	case http.MethodGet:
		all := []any{}
		for _, each := range f.people {
			if role := org.members[each.id]; role != "" {
				all = append(all, map[string]any{"orgId": org.id, "userId": each.id, "login": each.login, "email": each.email, "role": role})
			}
		}
		return answer{200, all}
	case http.MethodPost:
		f.body(r, &body)
		who := f.person(body.LoginOrEmail)
		switch {
		case who == nil:
			return message(404, "User not found")
		case org.members[who.id] != "":
			return answer{409, map[string]any{"message": "User is already member of this organization", "userId": who.id}}
		}
		org.members[who.id] = body.Role
		return message(200, "User added to organization")
	case http.MethodPatch:
		f.body(r, &body)
		id, err := strconv.ParseInt(route[3], 10, 64)
		if err != nil || org.members[id] == "" {
			return message(400, "userId is invalid")
		}
		org.members[id] = body.Role
		return message(200, "Organization user updated")
	}
	return message(405, "Method Not Allowed")
}

// within serves what is asked of one organisation.
func (f *fake) within(org *fakeOrg, r *http.Request, route []string) answer {
	switch r.Method + " " + route[0] {
	case "GET plugins", "POST plugins":
		return f.app(org, r)
	case "GET datasources", "POST datasources", "PUT datasources":
		return f.source(org, r, route)
	case "GET folders":
		found := org.folder[route[1]]
		if found == nil {
			return answer{404, map[string]any{"message": "folder not found", "status": "not-found"}}
		}
		return answer{200, found}
	case "POST folders":
		var body struct{ UID, Title string }
		f.body(r, &body)
		if org.folder[body.UID] != nil {
			return message(409, "a folder with that uid already exists")
		}
		org.folder[body.UID] = map[string]any{"uid": body.UID, "title": body.Title, "version": 1}
		return answer{200, org.folder[body.UID]}
	case "PUT folders":
		var body struct {
			Title   string
			Version int
		}
		f.body(r, &body)
		found := org.folder[route[1]]
		if body.Version != found["version"] {
			return answer{412, map[string]any{"message": "the folder has been changed by someone else", "status": "version-mismatch"}}
		}
		found["title"], found["version"] = body.Title, body.Version+1
		return answer{200, found}
	case "GET dashboards", "POST dashboards":
		return f.dashboard(org, r, route)
	case "GET org", "PATCH org", "POST org":
		return f.current(org, r, route)
	}
	f.t.Errorf("nobody knows %s %s", r.Method, r.URL.Path)
	return message(404, "Not found")
}

func (f *fake) app(org *fakeOrg, r *http.Request) answer {
	switch {
	case f.noPlugin:
		return message(404, "Plugin not found, no installed plugin with that id")
	case r.Method == http.MethodPost:
		var body struct {
			Enabled, Pinned bool
			JSONData        map[string]any `json:"jsonData"`
		}
		f.body(r, &body)
		org.app = map[string]any{"enabled": body.Enabled, "pinned": body.Pinned, "jsonData": body.JSONData}
		return message(200, "Plugin settings updated")
	case org.app == nil:
		return answer{200, map[string]any{"id": appID, "type": "app", "enabled": false, "pinned": false, "jsonData": nil}}
	}
	return answer{200, org.app}
}

func (f *fake) source(org *fakeOrg, r *http.Request, route []string) answer {
	if len(route) == 4 && route[3] == "health" {
		if f.health != "" {
			return answer{400, map[string]any{"status": "ERROR", "message": f.health}}
		}
		return answer{200, map[string]any{"status": "OK", "message": "1 customer"}}
	}
	if r.Method == http.MethodGet {
		if org.source == nil {
			return message(404, "Data source not found")
		}
		fields := map[string]bool{}
		for key := range org.secrets {
			fields[key] = true
		}
		org.source["secureJsonFields"] = fields
		return answer{200, org.source}
	}
	var body struct {
		UID, Name, Type, Access string
		IsDefault               bool
		JSONData                map[string]any    `json:"jsonData"`
		SecureJSONData          map[string]string `json:"secureJsonData"`
		Version                 int
	}
	f.body(r, &body)
	switch {
	case r.Method == http.MethodPost && org.source != nil:
		return message(409, "data source with the same name already exists")
	case r.Method == http.MethodPut && org.source["readOnly"] == true:
		return message(403, "Cannot update read-only data source")
	case r.Method == http.MethodPut && body.Version != org.source["version"]:
		return message(409, "Datasource has already been updated by someone else. Please reload and try again")
	}
	org.source = map[string]any{"uid": body.UID, "name": body.Name, "type": body.Type, "access": body.Access, "isDefault": body.IsDefault,
		"jsonData": body.JSONData, "version": body.Version + 1, "readOnly": false}
	if body.SecureJSONData["scopeToken"] != "" && strings.Contains(f.health, "scope token") && !strings.Contains(f.health, "not known") {
		f.health = ""
	}
	if org.secrets == nil {
		org.secrets = map[string]string{}
	}
	for key, value := range body.SecureJSONData { // one that is not sent stays
		if org.secrets[key] = value; value == "" {
			delete(org.secrets, key)
		}
	}
	return message(200, "Datasource added")
}

func (f *fake) dashboard(org *fakeOrg, r *http.Request, route []string) answer {
	if r.Method == http.MethodGet {
		found := org.dashboards[route[2]]
		if found == nil {
			return message(404, "Dashboard not found")
		}
		return answer{200, map[string]any{"dashboard": found, "meta": map[string]any{"folderUid": org.folders[route[2]], "provisioned": org.provisioned}}}
	}
	var body struct {
		Dashboard          map[string]any
		FolderUID, Message string
		Overwrite          bool
	}
	f.body(r, &body)
	uid, _ := body.Dashboard["uid"].(string)
	was := 0.0
	if before := org.dashboards[uid]; before != nil {
		was, _ = before["version"].(float64)
	}
	switch version, _ := body.Dashboard["version"].(float64); {
	case org.folder[body.FolderUID] == nil:
		return message(400, "folder not found")
	case org.provisioned:
		return message(400, "Cannot save provisioned dashboard")
	case was != version && !body.Overwrite:
		return answer{412, map[string]any{"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}}
	}
	body.Dashboard["version"] = was + 1
	org.dashboards[uid], org.folders[uid] = body.Dashboard, body.FolderUID
	return answer{200, map[string]any{"uid": uid, "status": "success", "version": was + 1}}
}

func (f *fake) current(org *fakeOrg, r *http.Request, route []string) answer {
	switch r.Method + " " + route[1] {
	case "GET preferences":
		return answer{200, map[string]any{"homeDashboardUID": org.home}}
	case "PATCH preferences":
		var body struct{ HomeDashboardUID string }
		f.body(r, &body)
		if org.dashboards[body.HomeDashboardUID] == nil {
			return message(404, "Dashboard not found")
		}
		org.home = body.HomeDashboardUID
		return message(200, "Preferences updated")
	case "GET invites":
		return answer{200, slices.Concat([]map[string]any{}, org.invites)}
	case "POST invites":
		var body struct {
			LoginOrEmail, Name, Role string
			SendEmail                bool
		}
		f.body(r, &body)
		org.invites = append(org.invites, map[string]any{"email": body.LoginOrEmail, "role": body.Role, "emailSent": !f.noMail})
		if f.noMail {
			return message(412, "SMTP not configured, check your grafana.ini config file's [smtp] section")
		}
		return message(200, "Sent invite to "+body.LoginOrEmail)
	}
	return message(404, "Not found")
}

// body reads what was sent, and fails where Grafana would not know a key of it.
func (f *fake) body(r *http.Request, into any) {
	text, err := io.ReadAll(r.Body)
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err == nil {
		err = decoder.Decode(into)
	}
	if err != nil {
		f.t.Errorf("%s %s: %v: %s", r.Method, r.URL.Path, err, text)
	}
}
