package replay

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// requestOf encodes a request of version 2c. Of GETBULK the two numbers are
// non-repeaters and max-repetitions.
func requestOf(kind byte, first, second int, names ...string) []byte {
	var list []byte
	for _, name := range names {
		variable := append(appendElement(nil, byte(TypeOID), mustEncode(name)), byte(TypeNull), 0)
		list = append(list, appendElement(nil, tagSequence, variable)...)
	}
	return appendMessage(nil, version2c, []byte("public"), appendPDU(nil, kind, []byte{0x12, 0x34}, first, second, list))
}

// said is an answer in words: error-status, and what variables it has.
type said struct {
	status int
	id     string
	names  []string
	values []string
}

func read(t *testing.T, message []byte) said {
	t.Helper()
	if message == nil {
		t.Fatal("there is no answer")
	}
	content, _, ok := expect(message, tagSequence)
	version, content, ok2 := expectInteger(content)
	_, content, ok3 := expect(content, byte(TypeString))
	if !ok || !ok2 || !ok3 || version != version2c {
		t.Fatalf("not an answer: % x", message)
	}
	var decoded pdu
	if err := decoded.parse(content); err != nil || decoded.kind != tagResponse {
		t.Fatalf("not an answer: %v: % x", err, message)
	}
	result := said{status: decoded.nonRepeaters, id: fmt.Sprintf("%x", decoded.requestID)}
	for list := decoded.variables; len(list) > 0; {
		var variable []byte
		variable, list, _ = expect(list, tagSequence)
		name, value, _ := expect(variable, byte(TypeOID))
		result.names = append(result.names, dotted(name))
		result.values = append(result.values, fmt.Sprintf("%x", value))
	}
	return result
}

// column is a walk of one column with the rows 1 to count, each a Counter32 of 100
// times its row.
func column(t testing.TB, name string, count int) *Walk {
	t.Helper()
	walk := NewWalk()
	for row := 1; row <= count; row++ {
		if err := walk.Put(fmt.Sprintf("%s.%d", name, row), Counter32(uint32(100*row))); err != nil {
			t.Fatal(err)
		}
	}
	return walk
}

const octets = ".1.3.6.1.2.1.2.2.1.10"

func idle(t *testing.T, config Config) *Agent {
	t.Helper()
	agent, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agent.close)
	return agent
}

func rows(from, to int) []string {
	var names []string
	for row := from; row <= to; row++ {
		names = append(names, fmt.Sprintf("%s.%d", octets, row))
	}
	return names
}

func TestQuirks(t *testing.T) {
	walk := column(t, octets, 300)
	for name, c := range map[string]struct {
		quirks  Quirks
		request []byte
		status  int
		want    []string
		silent  bool
	}{
		"none":                {request: requestOf(tagGetBulk, 0, 3, octets), want: rows(1, 3)},
		"end":                 {request: requestOf(tagGetBulk, 0, 3, octets+".299"), want: append(rows(300, 300), octets+".300")},
		"no GETBULK":          {quirks: Quirks{NoGetBulk: true}, request: requestOf(tagGetBulk, 0, 3, octets), silent: true},
		"no GETBULK, GETNEXT": {quirks: Quirks{NoGetBulk: true}, request: requestOf(tagGetNext, 0, 0, octets), want: rows(1, 1)},
		"short answers":       {quirks: Quirks{MaxAnswerBytes: 200}, request: requestOf(tagGetBulk, 0, 100, octets), want: rows(1, 7)},
		"tooBig":              {quirks: Quirks{MaxAnswerBytes: 200, TooBig: true}, request: requestOf(tagGetBulk, 0, 100, octets), status: statusTooBig},
		"tooBig, few":         {quirks: Quirks{MaxAnswerBytes: 200, TooBig: true}, request: requestOf(tagGetBulk, 0, 2, octets), want: rows(1, 2)},
		"tooBig, GET":         {quirks: Quirks{MaxAnswerBytes: 100}, request: requestOf(tagGet, 0, 0, rows(1, 5)...), status: statusTooBig},
		"127 repetitions":     {quirks: Quirks{MisreadRepetitions: true}, request: requestOf(tagGetBulk, 0, 127, octets), want: rows(1, 127)},
		"128 repetitions":     {quirks: Quirks{MisreadRepetitions: true}, request: requestOf(tagGetBulk, 0, 128, octets)},
		"loop":                {quirks: Quirks{LoopAfter: 2}, request: requestOf(tagGetBulk, 0, 5, octets), want: slices.Concat(rows(1, 2), rows(1, 2), rows(1, 1))},
		"loop, asked on":      {quirks: Quirks{LoopAfter: 2}, request: requestOf(tagGetNext, 0, 0, octets+".2"), want: rows(1, 1)},
		"stuck":               {quirks: Quirks{StuckAfter: 2}, request: requestOf(tagGetBulk, 0, 4, octets), want: slices.Concat(rows(1, 2), rows(2, 2), rows(2, 2))},
		"without":             {quirks: Quirks{Without: []string{octets}}, request: requestOf(tagGetNext, 0, 0, octets), want: []string{octets}},
		"hang":                {quirks: Quirks{Hang: []string{octets}}, request: requestOf(tagGetNext, 0, 0, ".1.3.6.1.2.1.2"), silent: true},
		"genErr":              {quirks: Quirks{GenErr: []string{octets + ".3"}}, request: requestOf(tagGetBulk, 0, 3, octets), status: statusGenErr, want: []string{octets}},
		"genErr, before":      {quirks: Quirks{GenErr: []string{octets + ".3"}}, request: requestOf(tagGetBulk, 0, 2, octets), want: rows(1, 2)},
		"drop":                {quirks: Quirks{Drop: 2}, request: requestOf(tagGetBulk, 0, 5, octets), want: rows(1, 3)},
		"drop all but one":    {quirks: Quirks{Drop: 9}, request: requestOf(tagGetBulk, 0, 5, octets), want: rows(1, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			agent := idle(t, Config{Walk: walk, Quirks: c.quirks})
			message := agent.handle(c.request)
			if c.silent {
				if message != nil {
					t.Errorf("answered % x", message)
				}
				return
			}
			got := read(t, message)
			if got.status != c.status || !slices.Equal(got.names, c.want) {
				t.Errorf("status %d and %v, want %d and %v", got.status, got.names, c.status, c.want)
			}
			if limit := c.quirks.MaxAnswerBytes; limit > 0 && len(message) > limit {
				t.Errorf("%d octets, want %d at most", len(message), limit)
			}
		})
	}
}

func TestEveryNthAnswer(t *testing.T) {
	walk := column(t, octets, 3)
	request := requestOf(tagGet, 0, 0, octets+".1")
	agent := idle(t, Config{Walk: walk, Quirks: Quirks{LoseEvery: 3}})
	for i := 1; i <= 6; i++ {
		if message := agent.handle(request); (message == nil) != (i%3 == 0) {
			t.Errorf("answer %d: % x", i, message)
		}
	}
	agent = idle(t, Config{Walk: walk, Quirks: Quirks{WrongIDEvery: 2, GarbageEvery: 3}})
	for i := 1; i <= 6; i++ {
		message := agent.handle(request)
		if i%3 == 0 {
			if !bytes.Contains(message, []byte("no SNMP message")) {
				t.Errorf("answer %d is no garbage: % x", i, message)
			}
			continue
		}
		if got := read(t, message); (got.id == "1234") == (i%2 == 0) {
			t.Errorf("answer %d has the request-id %s", i, got.id)
		}
	}
}

// exchange sends a request over a socket of its own and returns all answers that
// come before the next one would.
func exchange(t *testing.T, agent *Agent, answers int) (from []netip.AddrPort, took time.Duration) {
	t.Helper()
	connection, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	began := time.Now()
	if _, err := connection.WriteToUDPAddrPort(requestOf(tagGet, 0, 0, octets+".1"), agent.Addr()); err != nil {
		t.Fatal(err)
	}
	_ = connection.SetReadDeadline(time.Now().Add(10 * time.Second))
	buffer := make([]byte, 2048)
	for range answers {
		n, sender, err := connection.ReadFromUDPAddrPort(buffer)
		if err != nil {
			t.Fatal(err)
		}
		read(t, buffer[:n])
		from = append(from, sender)
	}
	return from, time.Since(began)
}

func TestOnTheWire(t *testing.T) {
	agent := start(t, Config{Walk: column(t, octets, 3), Quirks: Quirks{
		AnswerFrom: netip.MustParseAddr("127.0.0.2"), Duplicates: 2, Delay: 30 * time.Millisecond,
	}})
	from, took := exchange(t, agent, 3)
	for _, sender := range from {
		if sender.Addr() != netip.MustParseAddr("127.0.0.2") || sender.Port() != agent.Addr().Port() {
			t.Errorf("the answer comes from %s", sender)
		}
	}
	if took < 30*time.Millisecond {
		t.Errorf("the answer took %s only", took)
	}
}

func TestTimeGoesOn(t *testing.T) {
	walk := column(t, octets, 2)
	for name, value := range map[string]Value{
		".1.3.6.1.2.1.1.3.0": TimeTicks(1000), ".1.3.6.1.2.1.25.1.1.0": TimeTicks(9000),
		".1.3.6.1.6.3.10.2.1.2.0": Integer(1), ".1.3.6.1.6.3.10.2.1.3.0": Integer(1),
		".1.3.6.1.2.1.31.1.1.1.6.1": Counter64(1<<64 - 1),
	} {
		if err := walk.Put(name, value); err != nil {
			t.Fatal(err)
		}
	}
	now := 5 * time.Second
	agent := idle(t, Config{Walk: walk, Boots: 3, EngineTime: 40, Now: func() time.Duration { return now }, CounterRate: 10})
	want := func(values ...string) {
		t.Helper()
		got := read(t, agent.handle(requestOf(tagGet, 0, 0, ".1.3.6.1.2.1.1.3.0", ".1.3.6.1.2.1.25.1.1.0",
			".1.3.6.1.6.3.10.2.1.2.0", ".1.3.6.1.6.3.10.2.1.3.0", octets+".2", ".1.3.6.1.2.1.31.1.1.1.6.1")))
		if !slices.Equal(got.values, values) {
			t.Errorf("%v, want %v", got.values, values)
		}
	}
	want("430203e8", "43022328", "020103", "020128", "410200c8", "460900ffffffffffffffff")
	now += 2500 * time.Millisecond
	want("430204e2", "43022422", "020103", "02012a", "410200e1", "460118") // 25 more, of which one rolls over
	agent.Reboot()
	want("430100", "430100", "020104", "020100", "410100", "460100")
	now += time.Second
	want("430164", "430164", "020104", "020101", "41010a", "46010a")
}

func TestAnotherWalk(t *testing.T) {
	agent := idle(t, Config{Walk: column(t, octets, 2), Quirks: Quirks{Without: []string{octets + ".1"}}})
	agent.SetWalk(column(t, octets, 5))
	if got := read(t, agent.handle(requestOf(tagGetBulk, 0, 9, octets))); !slices.Equal(got.names, append(rows(2, 5), octets+".5")) {
		t.Errorf("%v", got.names)
	}
}

func TestNewRefuses(t *testing.T) {
	for want, config := range map[string]Config{
		"there is none":       {},
		"no object name":      {Walk: NewWalk(), Quirks: Quirks{Hang: []string{"ifTable"}}},
		"no object name in n": {Walk: NewWalk(), Quirks: Quirks{Without: []string{".1.x"}}},
	} {
		if _, err := New(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
