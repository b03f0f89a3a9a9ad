package storage

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
)

func TestSortStandings(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	all := []Standing{
		{Customer: "up", Concern: ConcernNone},
		{Customer: "empty", Concern: ConcernEmpty},
		{Customer: "maintenance", Concern: ConcernMaintenance, Affected: 20_000},
		{Customer: "degraded", Concern: ConcernDegraded, Affected: 1},
		{Customer: "link", Concern: ConcernLink, Affected: 1},
		{Customer: "voice of nobody knows when", Concern: ConcernVoice, Affected: 1},
		{Customer: "voice", Concern: ConcernVoice, Affected: 1, Since: noon},
		{Customer: "unknown", Concern: ConcernUnknown, Affected: 99_999},
		{Customer: "silent", Concern: ConcernSilent, Affected: 1},
		{Customer: "a device, later", Concern: ConcernDevice, Affected: 1, Since: noon.Add(time.Hour)},
		{Customer: "a device", Concern: ConcernDevice, Affected: 1, Since: noon},
		{Customer: "two devices", Concern: ConcernSeveral, Affected: 2, Since: noon},
		{Customer: "three devices", Concern: ConcernSeveral, Affected: 3, Since: noon.Add(time.Hour)},
		{Customer: "site", Concern: ConcernSite, Affected: 1},
	}
	SortStandings(all)
	var got []string
	for i := range all {
		got = append(got, all[i].Customer)
	}
	want := []string{"site", "three devices", "two devices", "a device", "a device, later", "silent", "unknown", "voice", "voice of nobody knows when",
		"link", "degraded", "maintenance", "up", "empty"}
	if !slices.Equal(got, want) {
		t.Errorf("the order is\n%q\nwant\n%q", got, want)
	}
}

func TestMergeShort(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	var all []StateStretch
	at := 0
	add := func(minutes int, state State) {
		all = append(all, StateStretch{From: noon.Add(time.Duration(at) * time.Minute), To: noon.Add(time.Duration(at+minutes) * time.Minute), State: state})
		at += minutes
	}
	for range 100 { // a flapping device, and a real outage behind it
		add(1, StateUp)
		add(1, StateDegraded)
		add(1, StateDown)
	}
	add(60, StateUp)
	add(90, StateDown)
	merged := MergeShort(all, 30*time.Minute)
	var badly int
	for i, s := range merged {
		if i > 0 && !s.From.Equal(merged[i-1].To) {
			t.Errorf("a gap before %+v", s)
		}
		if !s.Plain() {
			badly += s.Merged
		}
		if s.State == StateDegraded {
			t.Errorf("the worst does not win: %+v", s)
		}
	}
	if badly != 201 || len(merged) > 4*16 {
		t.Errorf("%d stretches stand for %d", len(merged), badly)
	}
	if last := merged[len(merged)-1]; last.Merged != 1 || last.To.Sub(last.From) != 90*time.Minute {
		t.Errorf("the long one is %+v", last)
	}
}

func TestNameSearchValidate(t *testing.T) {
	valid := NameSearch{Scope: OnlyCustomers(sample.CustomerID("acme")), Kind: NameSite, Limit: 10}
	if err := valid.Validate(); err != nil {
		t.Error(err)
	}
	if err := (NameSearch{Kind: NameSite, Limit: 10}).Validate(); !errors.Is(err, ErrNoScope) {
		t.Errorf("without a scope: %v", err)
	}
	for name, spoil := range map[string]func(*NameSearch){
		"offset": func(n *NameSearch) { n.Offset = -1 }, "no limit": func(n *NameSearch) { n.Limit = 0 }, "limit": func(n *NameSearch) { n.Limit = MostNames + 1 },
		"kind": func(n *NameSearch) { n.Kind = "secrets" }, "no kind": func(n *NameSearch) { n.Kind = "" }, "text": func(n *NameSearch) { n.Text = strings.Repeat("x", 201) },
	} {
		broken := valid
		spoil(&broken)
		if broken.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
