package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mimamori/storage/calendar"
	"mimamori/storage/sla"
)

func TestEnteringMaintenance(t *testing.T) {
	store := &fake{devices: someDevices(1)}
	a := newAPI(t, testConfig(), sla.Config{}, store)
	post := func(body string) *httptest.ResponseRecorder {
		return call(t, a, http.MethodPost, maintenancePath, writer, body, "Content-Type", "application/json")
	}
	got := post(`{"customer":"acme","site":"tokyo","from":"2026-04-30T02:00:00+09:00","to":"2026-04-30T03:00:00+09:00",
	  "rule":"FREQ=WEEKLY;BYDAY=TH","time_zone":"Asia/Tokyo","why":"carrier works","reference":"CHG-1"}`)
	if got.Code != http.StatusCreated || len(store.saved) != 1 {
		t.Fatalf("%d\n%s", got.Code, got.Body)
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	saved := store.saved[0]
	want := calendar.Window{
		ID: saved.ID, Customer: "acme", Site: "tokyo", From: time.Date(2026, 4, 30, 2, 0, 0, 0, tokyo), To: time.Date(2026, 4, 30, 3, 0, 0, 0, tokyo),
		Rule: "FREQ=WEEKLY;BYDAY=TH", TimeZone: "Asia/Tokyo", EnteredAt: noon, By: "acme-ops", Why: "carrier works", Reference: "CHG-1",
	}
	if saved.ID == "" || fmt.Sprint(saved) != fmt.Sprint(want) {
		t.Errorf("saved %+v\nwant  %+v", saved, want)
	}
	if !strings.Contains(got.Body.String(), `"retroactive": true`) || !strings.Contains(got.Body.String(), saved.ID) {
		t.Errorf("answered %s", got.Body)
	}

	// Sent again it changes nothing; to change it takes a reason.
	again := func(more string) *httptest.ResponseRecorder {
		return post(`{"id":"` + saved.ID + `","customer":"acme","site":"tokyo","from":"2026-04-30T02:00:00+09:00","to":"2026-04-30T03:00:00+09:00",
		  "rule":"FREQ=WEEKLY;BYDAY=TH","time_zone":"Asia/Tokyo","why":"carrier works","reference":"CHG-1"` + more + `}`)
	}
	if got = again(""); got.Code != http.StatusCreated || len(store.saved) != 1 {
		t.Errorf("%d, %d windows\n%s", got.Code, len(store.saved), got.Body)
	}
	if p := problemOf(t, again(`,"cancelled":true`), http.StatusBadRequest); p.Errors[0].Parameter != "revised_why" {
		t.Errorf("%+v", p.Errors)
	}
	if p := problemOf(t, again(`,"cancelled":true,"revised_why":" "`), http.StatusBadRequest); p.Errors[0].Parameter != "revised_why" {
		t.Errorf("a change for a blank reason: %+v", p)
	}
	if got = again(`,"cancelled":true,"revised_why":"put off"`); got.Code != http.StatusCreated || len(store.saved) != 2 {
		t.Fatalf("%d\n%s", got.Code, got.Body)
	}
	if last := store.saved[1]; !last.Cancelled || last.RevisedWhy != "put off" || last.RevisedBy != "acme-ops" || last.By != "acme-ops" || last.Why != "carrier works" {
		t.Errorf("%+v", last)
	}

	// Nothing tells a customer that is not there from one that is somebody else's.
	var answers []string
	for _, name := range []string{"zen", "nobody"} {
		p := problemOf(t, post(`{"customer":"`+name+`","from":"2026-05-02","to":"2026-05-03","why":"x"}`), http.StatusBadRequest)
		answers = append(answers, fmt.Sprint(p.Errors))
	}
	if answers[0] != answers[1] {
		t.Errorf("%q", answers)
	}
	for body, parameter := range map[string]string{
		`{"customer":"acme","from":"2026-05-02","to":"2026-05-03"}`:                                  "why",
		`{"customer":"acme","from":"2026-05-02","to":"2026-05-03","why":" "}`:                        "why",
		`{"from":"2026-05-02","to":"2026-05-03","why":"x"}`:                                          "customer",
		`{"customer":"acme","from":"2026-02-30","to":"2026-05-03","why":"x"}`:                        "from",
		`{"customer":"acme","from":"2026-05-03","to":"2026-05-02","why":"x"}`:                        "from",
		`{"customer":"acme","from":"2026-05-02","to":"2026-05-03","why":"x","time_zone":"Mars"}`:     "time_zone",
		`{"customer":"acme","from":"2026-05-02","to":"2026-05-03","why":"x","by":"me"}`:              "by",
		`{"customer":"acme","from":"2026-05-02","to":"2026-05-03","why":"x","rule":"FREQ=SECONDLY"}`: "from",
		`{"customer":"acme","from":"2026-05-02","to":"2026-05-03","why":"x","colour":"red"}`:         "",
		`[]`: "", `{`: "", `{"customer":"acme","from":"2026-05-02","to":"2026-05-03","why":"x"} more`: "",
	} {
		if p := problemOf(t, post(body), http.StatusBadRequest); len(p.Errors) != 1 || p.Errors[0].Parameter != parameter {
			t.Errorf("%s: %+v, want %q", body, p.Errors, parameter)
		}
	}
	if len(store.saved) != 2 {
		t.Errorf("%d windows were saved", len(store.saved))
	}
	problemOf(t, post(`{"why":"`+strings.Repeat("x", largestBody)+`"}`), http.StatusRequestEntityTooLarge)
	problemOf(t, call(t, a, http.MethodPost, maintenancePath, writer, "a=b", "Content-Type", "application/x-www-form-urlencoded"), http.StatusUnsupportedMediaType)
	problemOf(t, call(t, a, http.MethodPost, maintenancePath+"?customer=acme", writer, "{}", "Content-Type", "application/json"), http.StatusBadRequest)
}
