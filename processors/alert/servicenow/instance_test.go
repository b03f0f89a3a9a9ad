package servicenow

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// instance stands in for ServiceNow: it does what the documentation of its Table API says
// and what its incident table does, and no more.
type instance struct {
	t *testing.T
	// before, where given, answers in its place by returning true.
	before func(number int, w http.ResponseWriter, r *http.Request) bool
	// after, where given, sees an answer before it is sent, and loses it by returning true.
	after func(r *http.Request) bool
	// unreadable are columns that the user may not read.
	unreadable []string

	mu     sync.Mutex
	asked  int
	token  int // that holds, by its number
	rows   []map[string]string
	notes  map[string][]string // by sys_id
	writes int
}

func newInstance(t *testing.T) (*instance, Target) {
	i := &instance{t: t, notes: map[string][]string{}}
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	return i, Target{Receiver: "desk", URL: server.URL, User: "mimamori", Password: "open sesame"}
}

// columns of the table, with the length of a text where it has one.
var columns = map[string]int{
	"sys_id": 32, "number": 40, "state": 40, "short_description": 160, "description": 4000, "impact": 40, "urgency": 40,
	"correlation_id": 100, "correlation_display": 100, "close_code": 40, "close_notes": 4000, "work_notes": 4000000, "category": 40,
}

func failure(w http.ResponseWriter, status int, message, detail string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"message": message, "detail": detail}, "status": "failure"})
}

func (i *instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	if i.before != nil && i.before(i.asked, w, r) {
		return
	}
	if r.URL.Path == "/oauth_token.do" {
		i.giveToken(w, r)
		return
	}
	user, password, _ := r.BasicAuth()
	if (user != "mimamori" || password != "open sesame") && r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", i.token) {
		failure(w, http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information")
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/now/table/incident")
	if !ok || r.Header.Get("Accept") != "application/json" {
		failure(w, http.StatusBadRequest, "Requested URI does not represent any resource", "")
		return
	}
	var status int
	var result any
	switch {
	case r.Method == http.MethodGet && path == "":
		status, result = http.StatusOK, i.list(r.URL.Query())
	case r.Method == http.MethodPost && path == "":
		row := map[string]string{"sys_id": fmt.Sprintf("%032x", len(i.rows)+1), "number": fmt.Sprintf("INC%07d", len(i.rows)+1), "state": "1"}
		i.rows = append(i.rows, row)
		status, result = http.StatusCreated, i.set(r, row)
	case r.Method == http.MethodPatch:
		at := slices.IndexFunc(i.rows, func(row map[string]string) bool { return "/"+row["sys_id"] == path })
		if at < 0 {
			failure(w, http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
			return
		}
		written := i.set(r, i.rows[at])
		if written == nil {
			failure(w, http.StatusForbidden, "Operation Failed", "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes")
			return
		}
		status, result = http.StatusOK, written
	default:
		failure(w, http.StatusMethodNotAllowed, "Method not supported", "")
		return
	}
	if i.after != nil && i.after(r) {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"result": result})
}

func (i *instance) giveToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if r.PostForm.Get("client_id") != "mimamori" || r.PostForm.Get("client_secret") != "client's own" {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"server_error","error_description":"access_denied"}`)
		return
	}
	i.token++
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("token-%d", i.token), "token_type": "Bearer", "expires_in": 1799})
}

// list answers a query: conditions on columns that it does not know, or may not show, are
// passed over.
func (i *instance) list(query url.Values) []map[string]string {
	found := []map[string]string{}
	fields := strings.Split(query.Get("sysparm_fields"), ",")
	for _, row := range slices.Backward(i.rows) {
		fits := true
		for condition := range strings.SplitSeq(query.Get("sysparm_query"), "^") {
			column, value, isEqual := strings.Cut(condition, "=")
			if _, known := columns[column]; isEqual && known && !slices.Contains(i.unreadable, column) {
				fits = fits && row[column] == value
			}
		}
		if !fits {
			continue
		}
		shown := map[string]string{}
		for _, field := range fields {
			if _, known := columns[field]; known && field != "work_notes" && !slices.Contains(i.unreadable, field) {
				shown[field] = row[field]
			}
		}
		found = append(found, shown)
	}
	if !strings.Contains(query.Get("sysparm_query"), "ORDERBYDESCsys_created_on") {
		slices.Reverse(found)
	}
	return found
}

// set writes a row; nil where the data policy of resolved incidents forbids it.
func (i *instance) set(r *http.Request, row map[string]string) map[string]string {
	var fields map[string]string
	if err := json.NewDecoder(r.Body).Decode(&fields); err != nil || r.Header.Get("Content-Type") != "application/json" {
		i.t.Errorf("the body of %s is no JSON: %v", r.Method, err)
	}
	if fields["state"] == "6" && (fields["close_code"] == "" || fields["close_notes"] == "") {
		return nil
	}
	i.writes++
	for name, value := range fields {
		longest, known := columns[name]
		switch {
		case name == "work_notes":
			i.notes[row["sys_id"]] = append(i.notes[row["sys_id"]], value)
		case known:
			if runes := []rune(value); len(runes) > longest {
				value = string(runes[:longest])
			}
			row[name] = value
		}
	}
	return map[string]string{"sys_id": row["sys_id"]}
}

// incidents are all rows, the oldest first, with their notes.
func (i *instance) incidents() (rows []map[string]string, notes [][]string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, row := range i.rows {
		copied := map[string]string{}
		for name, value := range row {
			copied[name] = value
		}
		rows, notes = append(rows, copied), append(notes, slices.Clone(i.notes[row["sys_id"]]))
	}
	return rows, notes
}

// edit is what a person does by hand.
func (i *instance) edit(at int, column, value string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rows[at][column] = value
}
