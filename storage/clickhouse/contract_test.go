package clickhouse

import (
	"slices"
	"testing"
	"time"

	"mimamori/storage"
)

func testContracts(t *testing.T, config Config) {
	store := open(t, config)
	began := time.UnixMilli(at(0)).UTC()
	revision := func(customer string, after time.Duration, content, why string) storage.ContractRevision {
		return storage.ContractRevision{Customer: customer, At: began.Add(after), By: "suzuki", Why: why, Content: content}
	}
	save := func(want int, revisions ...storage.ContractRevision) []storage.ContractRevision {
		t.Helper()
		saved, err := store.SaveContracts(t.Context(), revisions)
		if err != nil || len(saved) != want {
			t.Fatalf("saved %+v (%v), want %d", saved, err, want)
		}
		return saved
	}
	save(2, revision("acme", 0, "office", "configuration changed"), revision("zen", 0, "always", "configuration changed"))
	save(0, revision("acme", time.Hour, "office", "configuration changed"), revision("zen", time.Hour, "always", "configuration changed"))
	save(1, revision("acme", 2*time.Hour, "always", "wrong calendar"), revision("zen", 2*time.Hour, "always", "wrong calendar"))
	// The clock was set back since; the content is that of the first.
	save(1, revision("acme", time.Hour, "office", "it was right"))

	ask := func(query storage.Query) []storage.ContractRevision {
		t.Helper()
		query.From, query.To = began, began.Add(time.Minute)
		answer, err := store.Contracts(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	acmes := []storage.ContractRevision{
		revision("acme", 0, "office", storage.FirstDeployment),
		revision("acme", 2*time.Hour, "always", "wrong calendar"),
		revision("acme", 2*time.Hour+time.Millisecond, "office", "it was right"),
	}
	zens := []storage.ContractRevision{revision("zen", 0, "always", storage.FirstDeployment)}
	for _, test := range []struct {
		name  string
		query storage.Query
		want  []storage.ContractRevision
	}{
		{"everybody", storage.Query{Scope: storage.EveryCustomer()}, slices.Concat(acmes, zens)},
		{"own scope", storage.Query{Scope: storage.OnlyCustomers(acme)}, acmes},
		{"by customer", storage.Query{Scope: storage.EveryCustomer(), Customer: "zen"}, zens},
		{"customer out of scope", storage.Query{Scope: storage.OnlyCustomers(acme), Customer: "zen"}, nil},
	} {
		if got := ask(test.query); !slices.Equal(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}

	// Two processes at once have both seen that it differs.
	var rows contractRows
	rows.add(revision("zen", 3*time.Hour, "office", "configuration changed"))
	rows.add(revision("zen", 3*time.Hour+time.Second, "office", "configuration changed"))
	if err := store.insert(t.Context(), insertion{"contract_revisions", rows.columns(), nil}); err != nil {
		t.Fatal(err)
	}
	if got := ask(storage.Query{Scope: storage.EveryCustomer(), Customer: "zen"}); len(got) != 2 || !got[1].At.Equal(began.Add(3*time.Hour)) {
		t.Errorf("the same twice: %+v", got)
	}
	if saved, err := store.SaveContracts(t.Context(), []storage.ContractRevision{{Customer: "acme", Content: "x", At: began}}); err == nil {
		t.Errorf("a revision of nobody was stored: %+v", saved)
	}
}
