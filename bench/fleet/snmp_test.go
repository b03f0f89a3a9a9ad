package fleet

import (
	"encoding/hex"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"
)

// agentOf returns the agents of a plan without any socket, and one device.
func agentOf(t testing.TB, plan *Plan, role role) (*agents, *device) {
	t.Helper()
	devices := map[address]*device{}
	var chosen *device
	for i := range plan.Sites {
		for j := range plan.Sites[i].Devices {
			running := newRuntimeDevice(&plan.Sites[i], i, j)
			devices[running.address] = running
			if running.role == role && chosen == nil {
				chosen = running
			}
		}
	}
	agents, err := newAgents(binding{}, devices, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	agents.start = time.Now()
	return agents, chosen
}

// ask has an independent implementation encode the request and decode the answer.
func ask(t testing.TB, agents *agents, device *device, request gosnmp.SnmpPacket) *gosnmp.SnmpPacket {
	t.Helper()
	request.Version, request.Community, request.RequestID = gosnmp.Version2c, string(device.community), 77
	packet, err := request.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	answer := agents.answer(newAgentWorker(), packet, device.address, agents.start.Add(time.Second))
	if answer == nil {
		return nil
	}
	client := gosnmp.GoSNMP{Version: gosnmp.Version2c, Logger: gosnmp.Logger{}}
	decoded, err := client.SnmpDecodePacket(answer)
	if err != nil {
		t.Fatalf("%x: %v", answer, err)
	}
	if decoded.RequestID != 77 || decoded.PDUType != gosnmp.GetResponse || len(answer) > maxResponse {
		t.Fatalf("request id %d, type %v, %d octets", decoded.RequestID, decoded.PDUType, len(answer))
	}
	return decoded
}

func nulls(names ...string) []gosnmp.SnmpPDU {
	var variables []gosnmp.SnmpPDU
	for _, name := range names {
		variables = append(variables, gosnmp.SnmpPDU{Name: name, Type: gosnmp.Null})
	}
	return variables
}

func rendered(variable gosnmp.SnmpPDU) string {
	if raw, ok := variable.Value.([]byte); ok {
		return fmt.Sprintf("%s %v %s", variable.Name, variable.Type, hex.EncodeToString(raw))
	}
	return fmt.Sprintf("%s %v %v", variable.Name, variable.Type, variable.Value)
}

// walkByNext reads a whole agent by GETNEXT.
func walkByNext(t *testing.T, agents *agents, device *device) []string {
	t.Helper()
	var found []string
	for name := ".1.3"; ; {
		answer := ask(t, agents, device, gosnmp.SnmpPacket{PDUType: gosnmp.GetNextRequest, Variables: nulls(name)})
		variable := answer.Variables[0]
		if variable.Type == gosnmp.EndOfMibView {
			if variable.Name != name {
				t.Errorf("endOfMibView is named %s, asked for %s", variable.Name, name)
			}
			return found
		}
		if name = variable.Name; len(found) > 1000 {
			t.Fatalf("the walk does not end, it is at %s", name)
		}
		found = append(found, rendered(variable))
	}
}

func TestEveryWayToReadAnAgentGivesTheSame(t *testing.T) {
	plan := mustPlan(t, DefaultConfig())
	for _, role := range []role{roleEdge, roleCore, roleServer, roleCamera} {
		agents, device := agentOf(t, plan, role)
		want := walkByNext(t, agents, device)
		columns := 21
		if !device.Only32Bit {
			columns += 19
		}
		if least := columns * len(device.Interfaces); len(want) < least+8 {
			t.Fatalf("%s has %d variables, its tables alone have %d", device.Name, len(want), least)
		}
		for _, repetitions := range []uint32{1, 7, 50, 100_000} {
			var found []string
			name := ".1.3"
			for end := false; !end && len(found) < 1000; {
				answer := ask(t, agents, device, gosnmp.SnmpPacket{PDUType: gosnmp.GetBulkRequest, MaxRepetitions: repetitions, Variables: nulls(name)})
				if n := len(answer.Variables); n == 0 || n > min(int(repetitions), maxRepetitions) {
					t.Fatalf("%d variables for %d repetitions", n, repetitions)
				}
				for _, variable := range answer.Variables {
					if end = variable.Type == gosnmp.EndOfMibView; end {
						break
					}
					name = variable.Name
					found = append(found, rendered(variable))
				}
			}
			if strings.Join(found, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s by %d: %d variables, by GETNEXT %d", device.Name, repetitions, len(found), len(want))
			}
		}
		for _, one := range want {
			name, _, _ := strings.Cut(one, " ")
			answer := ask(t, agents, device, gosnmp.SnmpPacket{PDUType: gosnmp.GetRequest, Variables: nulls(name)})
			if got := rendered(answer.Variables[0]); got != one {
				t.Errorf("GET gives %s, GETNEXT gave %s", got, one)
			}
		}
	}
}

func TestGetBulkRepeatsWhatItShould(t *testing.T) {
	agents, device := agentOf(t, mustPlan(t, DefaultConfig()), roleEdge)
	answer := ask(t, agents, device, gosnmp.SnmpPacket{
		PDUType: gosnmp.GetBulkRequest, NonRepeaters: 1, MaxRepetitions: 2,
		Variables: nulls(".1.3.6.1.2.1.1.3", ".1.3.6.1.2.1.2.2.1.10", ".1.3.6.1.2.1.31.1.1.1.6"),
	})
	var names []string
	for _, variable := range answer.Variables {
		names = append(names, variable.Name)
	}
	want := ".1.3.6.1.2.1.1.3.0 .1.3.6.1.2.1.2.2.1.10.1 .1.3.6.1.2.1.31.1.1.1.6.1 .1.3.6.1.2.1.2.2.1.10.2 .1.3.6.1.2.1.31.1.1.1.6.2"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestExceptionsAndErrors(t *testing.T) {
	agents, device := agentOf(t, mustPlan(t, DefaultConfig()), roleEdge)
	get := func(names ...string) *gosnmp.SnmpPacket {
		return ask(t, agents, device, gosnmp.SnmpPacket{PDUType: gosnmp.GetRequest, Variables: nulls(names...)})
	}
	for name, want := range map[string]gosnmp.Asn1BER{
		".1.3.6.1.2.1.1.1":          gosnmp.NoSuchInstance,
		".1.3.6.1.2.1.1.1.1":        gosnmp.NoSuchInstance,
		".1.3.6.1.2.1.2.2.1.10.99":  gosnmp.NoSuchInstance,
		".1.3.6.1.2.1.2.2.1.10.1.1": gosnmp.NoSuchInstance,
		".1.3.6.1.2.1.2.2.1.99.1":   gosnmp.NoSuchObject,
		".1.3.6.1.2.1.25.1.1.0":     gosnmp.NoSuchObject, // no host's agent
		".1.0":                      gosnmp.NoSuchObject,
		".1.3.6.1.2.1.1.5.0":        gosnmp.OctetString,
	} {
		if got := get(name).Variables[0].Type; got != want {
			t.Errorf("%s is %v, must be %v", name, got, want)
		}
	}
	var many []string
	for range 200 {
		many = append(many, ".1.3.6.1.2.1.1.1.0")
	}
	if answer := get(many...); answer.Error != gosnmp.TooBig || len(answer.Variables) != 0 {
		t.Errorf("an answer too big: %v with %d variables", answer.Error, len(answer.Variables))
	}
	set := ask(t, agents, device, gosnmp.SnmpPacket{PDUType: gosnmp.SetRequest, Variables: []gosnmp.SnmpPDU{{Name: ".1.3.6.1.2.1.1.5.0", Type: gosnmp.OctetString, Value: "x"}}})
	if set.Error != gosnmp.NotWritable {
		t.Errorf("SET gives %v", set.Error)
	}
	device.community = []byte("another")
	stranger := gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetRequest, Variables: nulls(".1.3.6.1.2.1.1.1.0")}
	packet, err := stranger.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	if answer := agents.answer(newAgentWorker(), packet, device.address, time.Now()); answer != nil {
		t.Error("another community is answered")
	}
}

// FuzzAnswer feeds an agent what is no request: it must neither fail nor answer with
// what cannot be read.
func FuzzAnswer(f *testing.F) {
	plan := mustPlan(f, DefaultConfig())
	agents, device := agentOf(f, plan, roleCore)
	for _, kind := range []gosnmp.PDUType{gosnmp.GetRequest, gosnmp.GetNextRequest, gosnmp.GetBulkRequest, gosnmp.SetRequest} {
		request := gosnmp.SnmpPacket{
			Version: gosnmp.Version2c, Community: string(device.community), PDUType: kind, RequestID: 1 << 30,
			NonRepeaters: 1, MaxRepetitions: 20, Variables: nulls(".1.3", ".1.3.6.1.2.1.2.2.1.10.10101"),
		}
		packet, err := request.MarshalMsg()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packet)
	}
	worker := newAgentWorker()
	f.Fuzz(func(t *testing.T, packet []byte) {
		answer := agents.answer(worker, packet, device.address, agents.start)
		if answer == nil {
			return
		}
		if len(answer) > maxResponse+headroom {
			t.Fatalf("%d octets", len(answer))
		}
		if _, _, _, ok := element(answer); !ok {
			t.Fatalf("unreadable: %x", answer)
		}
	})
}

func BenchmarkAnswer(b *testing.B) {
	agents, device := agentOf(b, mustPlan(b, DefaultConfig()), roleCore)
	request := gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: string(device.community), PDUType: gosnmp.GetBulkRequest, MaxRepetitions: 8,
		Variables: nulls(".1.3.6.1.2.1.2.2.1.13", ".1.3.6.1.2.1.2.2.1.14", ".1.3.6.1.2.1.2.2.1.19", ".1.3.6.1.2.1.2.2.1.20",
			".1.3.6.1.2.1.31.1.1.1.1", ".1.3.6.1.2.1.31.1.1.1.6", ".1.3.6.1.2.1.31.1.1.1.7", ".1.3.6.1.2.1.31.1.1.1.10",
			".1.3.6.1.2.1.31.1.1.1.11", ".1.3.6.1.2.1.31.1.1.1.15", ".1.3.6.1.2.1.31.1.1.1.18", ".1.3.6.1.2.1.31.1.1.1.19"),
	}
	packet, err := request.MarshalMsg()
	if err != nil {
		b.Fatal(err)
	}
	worker := newAgentWorker()
	b.ReportAllocs()
	for b.Loop() {
		if agents.answer(worker, packet, device.address, agents.start) == nil {
			b.Fatal("no answer")
		}
	}
	b.ReportMetric(96*float64(b.N)/b.Elapsed().Seconds(), "varbinds/s")
}

func TestNetSNMPReadsEveryDevice(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	bulkwalk, get := program(t, "snmpbulkwalk"), program(t, "snmpget")
	plan := quietPlan(t)
	start(t, plan, RunConfig{})
	site := &plan.Sites[1]
	for i := range site.Devices {
		device := &site.Devices[i]
		output, err := exec.Command(bulkwalk, "-v2c", "-c", site.Community, "-On", "-Cr25", device.Address.String(), ".1.3").CombinedOutput()
		if err != nil {
			t.Fatalf("walk %s: %v\n%s", device.Name, err, output)
		}
		text := string(output)
		if n := strings.Count(text, ".1.3.6.1.2.1.2.2.1.10."); n != len(device.Interfaces) {
			t.Errorf("%s has %d ifInOctets, %d interfaces", device.Name, n, len(device.Interfaces))
		}
		if wide := strings.Contains(text, "Counter64"); wide == device.Only32Bit {
			t.Errorf("%s has 64-bit counters: %t", device.Name, wide)
		}
		if !strings.Contains(text, "No more variables left") {
			t.Errorf("the walk of %s ends with %q", device.Name, text[max(0, len(text)-200):])
		}
	}
	device := site.Devices[0]
	output, err := exec.Command(get, "-v2c", "-c", site.Community, "-Oqv", device.Address.String(), ".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.31.1.1.1.18.1").CombinedOutput()
	if err != nil || !strings.Contains(string(output), device.Name) {
		t.Errorf("get: %v\n%s", err, output)
	}
	if output, err = exec.Command(get, "-v2c", "-c", "public", "-t0.2", "-r0", device.Address.String(), ".1.3.6.1.2.1.1.5.0").CombinedOutput(); err == nil || !strings.Contains(string(output), "Timeout") {
		t.Errorf("the wrong community: %v\n%s", err, output)
	}
}
