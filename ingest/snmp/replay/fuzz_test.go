package replay

import (
	"bytes"
	"strings"
	"testing"

	"mimamori/ingest/inventory"
)

// FuzzRead reads anything. What it reads are names in order that are found again.
func FuzzRead(f *testing.F) {
	f.Add(recorded)
	f.Add("1.3.6.1.2.1.1.1.0|4x|00ff\n1.3.6.1.2.1.1.3.0|67:numeric|rate=1,initial=5\n")
	f.Add(".1.3.6.1 = STRING: \"open")
	f.Fuzz(func(t *testing.T, text string) {
		walk, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for i := range walk.objects {
			name := walk.objects[i].nameOctets()
			if i > 0 && compareNames(walk.objects[i-1].nameOctets(), name) >= 0 {
				t.Fatalf("%s does not follow %s", dotted(name), dotted(walk.objects[i-1].nameOctets()))
			}
			if encoded, err := encodeName(dotted(name)); err != nil || !bytes.Equal(encoded, name) {
				t.Fatalf("%s is encoded % x, then % x: %v", dotted(name), name, encoded, err)
			}
		}
	})
}

// FuzzRequest answers anything. What it answers is a message.
func FuzzRequest(f *testing.F) {
	users := []inventory.SNMPUser{{Name: "open"}, {Name: "noc", Auth: "MD5", AuthPassword: "authpassword", Privacy: "DES", PrivacyPassword: "privpassword"}}
	agent, err := New(Config{Walk: recordedWalk(f), Users: users, CounterRate: 7})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(agent.close)
	f.Add(requestOf(tagGet, 0, 0, ".1.3.6.1.2.1.1.3.0"))
	f.Add(requestOf(tagGetBulk, 1, 100, ".1.3", ".1.3.6.1.2.1.2"))
	open := &message{id: []byte{1}}
	open.security.user = []byte("open")
	f.Add(agent.protect(open, agent.users["open"], 0, appendPDU(nil, tagGetNext, []byte{1}, 0, 0, nil)))
	open.security.user = []byte("noc")
	f.Add(bytes.Clone(agent.protect(open, agent.users["noc"], flagAuth|flagPriv, appendPDU(nil, tagGetNext, []byte{1}, 0, 0, nil))))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		answer := agent.handle(datagram)
		if answer == nil {
			return
		}
		if _, rest, ok := expect(answer, tagSequence); !ok || len(rest) > 0 || len(answer) > maxDatagram {
			t.Fatalf("not a message of %d octets: % x", len(answer), answer)
		}
	})
}

// BenchmarkAnswer answers GETBULK of 20 rows of 8 columns by version 2c.
func BenchmarkAnswer(b *testing.B) {
	walk := NewWalk()
	var asked []string
	for number := byte('1'); number <= '8'; number++ {
		name := ".1.3.6.1.2.1.31.1.1.1." + string(number)
		asked = append(asked, name)
		each := column(b, name, 500)
		walk.objects = append(walk.objects, each.objects...)
	}
	walk.sorted = false
	agent, err := New(Config{Walk: walk, CounterRate: 1000})
	if err != nil {
		b.Fatal(err)
	}
	defer agent.close()
	request := requestOf(tagGetBulk, 0, 20, asked...)
	b.ReportAllocs()
	for b.Loop() {
		if agent.handle(request) == nil {
			b.Fatal("there is no answer")
		}
	}
	b.ReportMetric(float64(agent.Counts().Variables)/b.Elapsed().Seconds(), "OIDs/s")
}
