package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// logged is a line of the log as a test needs it.
type logged struct {
	device   sample.ID
	after    time.Duration // noon
	severity uint8
	host     string
	app      string
	mnemonic string
	message  string
	raw      string
	times    uint32
	relayed  uint8
}

// logOf makes rows of lines, numbered from sequence on.
func logOf(sequence uint64, lines ...logged) *sample.Syslog {
	rows := &sample.Syslog{}
	for i, line := range lines {
		rows.Device = append(rows.Device, line.device)
		rows.OffsetMs = append(rows.OffsetMs, uint32((line.after + 24*time.Hour).Milliseconds()))
		rows.Sequence, rows.Format = append(rows.Sequence, sequence+uint64(i)), append(rows.Format, sample.SyslogCisco)
		rows.Facility, rows.Severity = append(rows.Facility, 23), append(rows.Severity, line.severity)
		rows.StampedMs, rows.Source = append(rows.StampedMs, 0), append(rows.Source, "10.0.0.1")
		rows.Hostname, rows.AppName = append(rows.Hostname, line.host), append(rows.AppName, line.app)
		rows.ProcessID, rows.MessageID = append(rows.ProcessID, ""), append(rows.MessageID, "")
		rows.Mnemonic, rows.Message = append(rows.Mnemonic, line.mnemonic), append(rows.Message, line.message)
		rows.Raw, rows.Complaint = append(rows.Raw, line.raw), append(rows.Complaint, "")
		rows.Occurrences, rows.Relayed = append(rows.Occurrences, line.times), append(rows.Relayed, line.relayed)
	}
	return rows
}

// writeLog writes lines that came in the message at an offset.
func writeLog(t *testing.T, store *Store, offset int64, customer sample.ID, rows *sample.Syslog) {
	t.Helper()
	write(t, store, offset, offset, table(rows, at(-24*time.Hour), offset, customer))
}

func testSyslogSearch(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	lines := []logged{
		{device: router, severity: 3, mnemonic: "LINK-3-UPDOWN", host: "RTR-1", message: "Interface Gi0/0, changed state to down"},
		{device: router, severity: 5, mnemonic: "LINEPROTO-5-UPDOWN", host: "rtr-1", message: "Line protocol on Interface Gi0/01, changed state to up"},
		{device: toggle, severity: 0, app: "sshd", host: "sw-1", message: "shutdown of 100% by o'brien_\\ \"root\""},
		{device: toggle, severity: sample.SeverityUnknown, raw: "hello 100 100X o brien gi0/01 0"},
		{device: 0, severity: 7, app: "kernel", message: "ファン異常 fan failed"},
		{device: 0, severity: 4, app: "kernel", message: "100 of 200 fan-tray"},
	}
	for i := range lines {
		lines[i].after = time.Duration(i) * time.Second
	}
	rows := logOf(1, lines...)
	rows.Source[2], rows.Relayed[2], rows.Occurrences[3] = "2001:db8::1", 1, 7
	writeLog(t, store, 5, acme, rows)
	writeLog(t, store, 6, acme, rows) // again, in another message
	writeLog(t, store, 7, zen, logOf(1, logged{device: zenRouter, mnemonic: "LINK-3-UPDOWN", message: "Interface Gi0/0, changed state to down, fan, secret of zen"}))

	search := func(text string, change func(*storage.LogFilter)) []int {
		t.Helper()
		query := ask()
		query.Customer = "acme"
		terms, err := storage.ParseSearch(text)
		if err != nil {
			t.Fatal(err)
		}
		query.Log.Text = terms
		if change != nil {
			change(&query.Log)
		}
		var found [2][]int
		for i, limit := range []int{0, 100} { // read as a whole and by spans
			query.Limit = limit
			answer, err := store.Syslog(t.Context(), query)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			for _, line := range answer {
				found[i] = append(found[i], int(line.Sequence)-1)
			}
		}
		slices.Reverse(found[1])
		if !reflect.DeepEqual(found[0], found[1]) {
			t.Errorf("%s: %v by time, but %v of the newest", text, found[0], found[1])
		}
		return found[0]
	}
	for _, c := range []struct {
		text string
		want []int
	}{
		{"", []int{0, 1, 2, 3, 4, 5}},
		{"INTERFACE", []int{0, 1}},
		{"updown", []int{0, 1}}, // the mnemonic is a part of the line
		{"interface down", []int{0}},
		{"down", []int{0}}, // not shutdown, not UPDOWN
		{"*down", []int{0, 1, 2}},
		{"down*", []int{0}},
		{"inter*", []int{0, 1}},
		{"Gi0/0", []int{0}},
		{"gi0/0*", []int{0, 1, 3}},
		{"*i0/0", []int{0}},
		{"changed -up", []int{0}},
		{`-"state to down" -hello`, []int{1, 2, 4, 5}},
		{`"state to"`, []int{0, 1}},
		{`"to state"`, nil},
		{"to state", []int{0, 1}},
		{"100%", []int{2}},
		{"100", []int{2, 3, 5}},
		{"100*", []int{2, 3, 5}},
		{"o'brien_", []int{2}},
		{"o_brien", nil}, // an underscore stands for itself
		{`brien_\`, []int{2}},
		{`"\"root\""`, []int{2}},
		{"sshd", []int{2}},
		{"rtr-1", []int{0, 1}},
		{"fan", []int{4, 5}},
		{"fan-tray", []int{5}},
		{"ファン", []int{4}},
		{"異常", []int{4}},
		{"%", []int{2}},
		{"nothing", nil},
		{"{from:Int64}", nil},
		{"$1 ? @p1", nil},
	} {
		if got := search(c.text, nil); !slices.Equal(got, c.want) {
			t.Errorf("%s finds %v, want %v", c.text, got, c.want)
		}
	}
	severity := func(most uint8) func(*storage.LogFilter) {
		return func(f *storage.LogFilter) { f.Severity = &most }
	}
	for name, c := range map[string]struct {
		change func(*storage.LogFilter)
		want   []int
	}{
		"emergency":            {severity(0), []int{2}},
		"error and worse":      {severity(3), []int{0, 2}},
		"debug and worse":      {severity(7), []int{0, 1, 2, 4, 5}},
		"a mnemonic":           {func(f *storage.LogFilter) { f.Mnemonic = "link-3-updown" }, []int{0}},
		"part of a mnemonic":   {func(f *storage.LogFilter) { f.Mnemonic = "LINK" }, nil},
		"its last part":        {func(f *storage.LogFilter) { f.Mnemonic = "updown" }, []int{0, 1}},
		"part of that":         {func(f *storage.LogFilter) { f.Mnemonic = "down" }, nil},
		"an end":               {func(f *storage.LogFilter) { f.Mnemonic = "*5-upDOWN" }, []int{1}},
		"a middle":             {func(f *storage.LogFilter) { f.Mnemonic = "*-3-*" }, []int{0}},
		"no middle":            {func(f *storage.LogFilter) { f.Mnemonic = "*_*" }, nil},
		"a facility":           {func(f *storage.LogFilter) { f.Mnemonic = "LINK-*" }, []int{0}},
		"two facilities":       {func(f *storage.LogFilter) { f.Mnemonic = "lin*" }, []int{0, 1}},
		"any mnemonic":         {func(f *storage.LogFilter) { f.Mnemonic = "*" }, []int{0, 1}},
		"a percent sign":       {func(f *storage.LogFilter) { f.Mnemonic = "%*" }, nil},
		"a host":               {func(f *storage.LogFilter) { f.Hostname = "rtr-1" }, []int{0, 1}},
		"an application":       {func(f *storage.LogFilter) { f.AppName = "SSHD" }, []int{2}},
		"an address":           {func(f *storage.LogFilter) { f.Source = "2001:db8::1" }, []int{2}},
		"a quote in all names": {func(f *storage.LogFilter) { f.Hostname, f.AppName = `' OR 1=1 --`, `\` }, nil},
	} {
		if got := search("", c.change); !slices.Equal(got, c.want) {
			t.Errorf("%s finds %v, want %v", name, got, c.want)
		}
	}
	query := ask()
	query.Scope = storage.OnlyCustomers(acme)
	query.Log.Text, _ = storage.ParseSearch("zen")
	if answer, err := store.Syslog(t.Context(), query); err != nil || len(answer) != 0 {
		t.Errorf("acme sees %+v, error %v", answer, err)
	}
	query.Log.Text = nil
	answer, err := store.Syslog(t.Context(), query)
	if err != nil || len(answer) != 6 || !answer[2].Relayed || answer[2].Occurrences != 1 || answer[3].Occurrences != 7 || answer[0].Relayed {
		t.Errorf("%+v, error %v", answer, err)
	}
	high := uint8(8)
	query.Log.Severity = &high
	if _, err := store.Syslog(t.Context(), query); err == nil {
		t.Error("severity 8 was taken")
	}
}

// testSyslogPages pages through lines of many days, some received at the same time.
func testSyslogPages(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	random := rand.New(rand.NewPCG(5, 5))
	var all []logged
	for range 500 {
		all = append(all, logged{device: []sample.ID{router, toggle, 0}[random.IntN(3)], after: time.Duration(random.IntN(24*30)-24*29) * 30 * time.Minute, message: "word"})
	}
	rows := logOf(1, all...)
	for i := range rows.OffsetMs { // within 49 days of the slot
		rows.OffsetMs[i] = uint32((all[i].after + 24*29*30*time.Minute).Milliseconds())
	}
	slot := at(-24 * 29 * 30 * time.Minute)
	write(t, store, 5, 5, table(rows, slot, 5, acme))
	write(t, store, 6, 6, table(logOf(1, logged{device: zenRouter, message: "word"}), slot, 6, zen))

	query := ask()
	query.From, query.To = noon.AddDate(0, 0, -40), noon.AddDate(0, 0, 2)
	whole, err := store.Syslog(t.Context(), query)
	if err != nil || len(whole) != 501 {
		t.Fatalf("%d lines, want 501, error %v", len(whole), err)
	}
	for _, size := range []int{1000, 97, 20} {
		var paged []storage.SyslogLine
		query.Limit, query.Log.Before = size, nil
		for {
			page, err := store.Syslog(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, page...)
			if len(page) < size {
				break
			}
			position, err := storage.ParseLogPosition(page[len(page)-1].Position().String())
			if err != nil {
				t.Fatal(err)
			}
			query.Log.Before = &position
		}
		slices.Reverse(paged)
		if !reflect.DeepEqual(paged, whole) {
			t.Errorf("pages of %d have %d lines that differ from the %d of one answer", size, len(paged), len(whole))
		}
	}
}

// testSyslogIndex holds that a rare word reads few of the lines, with FINAL too.
func testSyslogIndex(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	const n = 60_000
	insert := func(word string, offset int) {
		t.Helper()
		if err := store.execute(t.Context(), fmt.Sprintf(`INSERT INTO raw_syslog (customer_id, site_id, appliance_id, device_id, slot, offset_ms, sequence, message, part, kafka_offset)
SELECT %d, %d, %d, %d, fromUnixTimestamp64Milli(toInt64(%d)), number, number, if(number = 31234, '%s', 'session opened for user ' || toString(number)), 3, %d FROM numbers(%d)`,
			acme, acmeTokyo, acmeBox, router, at(0), word, offset, n)); err != nil {
			t.Fatal(err)
		}
	}
	insert("needle", 5)
	insert("needle", 6) // the same lines in another part
	query := ask()
	query.Log.Text, _ = storage.ParseSearch("needle")
	query.Limit = 10
	answer, err := store.Syslog(t.Context(), query)
	if err != nil || len(answer) != 1 || answer[0].Sequence != 31234 {
		t.Fatalf("%+v, error %v", answer, err)
	}
	chosen, values := logConditions(query.Log)
	var text string
	var plan strings.Builder
	err = store.query(t.Context(), "explain", "EXPLAIN indexes = 1 SELECT message FROM raw_syslog FINAL WHERE "+conditions(query, entityDevice)+" AND "+asked(query).contains("ts")+chosen,
		append(parameters(query), values...), []any{&text}, func() { plan.WriteString(text + "\n") })
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(plan.String(), "Name: words")
	if !found || !strings.Contains(after, "Granules: 2/") && !strings.Contains(after, "Granules: 1/") {
		t.Errorf("the index does not narrow the search:\n%s", plan.String())
	}
}
