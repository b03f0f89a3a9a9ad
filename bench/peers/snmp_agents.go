package peers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"

	"mimamori/bench/child"
	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/replay"
)

// snmpUser asks by version 3, with the protocols that most devices have.
var snmpUser = inventory.SNMPUser{
	Name: "bench", Auth: "SHA-1", AuthPassword: "authentication", Privacy: "AES-128", PrivacyPassword: "privacy-of-it",
}

const snmpCommunity = "public"

// agentsOrder is the first order: what agents there are. Those after it are empty and
// ask for counts.
type agentsOrder struct {
	Devices, Interfaces int
}

type agentsAnswer struct {
	Addresses []netip.AddrPort `json:",omitempty"`
	Counts    replay.Counts
}

// RunSNMPAgents is the process of the simulated agents: it obeys the lines of its
// input until that ends.
func RunSNMPAgents(ctx context.Context, input io.Reader, output io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var agents []*replay.Agent
	return child.Obey(input, output, func(order agentsOrder) (any, error) {
		var answer agentsAnswer
		for i := range order.Devices {
			walk, err := ifTables(order.Interfaces, i)
			if err != nil {
				return nil, err
			}
			agent, err := replay.New(replay.Config{
				Walk: walk, Community: snmpCommunity, Users: []inventory.SNMPUser{snmpUser},
				EngineID:    fmt.Appendf([]byte("\x80\x00\x7e\xd9\x04"), "bench-%d", i),
				CounterRate: 1_000_000,
			})
			if err != nil {
				return nil, err
			}
			running.Go(func() { _ = agent.Run(ctx) }) // one that ends answers no more, which is seen
			agents = append(agents, agent)
			answer.Addresses = append(answer.Addresses, agent.Addr())
		}
		for _, agent := range agents {
			counts := agent.Counts()
			answer.Counts.Requests += counts.Requests
			answer.Counts.Answers += counts.Answers
			answer.Counts.Variables += counts.Variables
			answer.Counts.Octets += counts.Octets
		}
		return answer, nil
	})
}

// ifTables is the walk of a switch: the system group, ifTable and ifXTable (RFC 2863)
// whole, as switches have them.
func ifTables(interfaces, device int) (*replay.Walk, error) {
	walk := replay.NewWalk()
	var problems []error
	put := func(name string, value replay.Value) { problems = append(problems, walk.Put(name, value)) }
	enterprise, err := replay.OID(".1.3.6.1.4.1.32473.1.1")
	if err != nil {
		return nil, err
	}
	put(".1.3.6.1.2.1.1.1.0", replay.String("A switch of the bench"))
	put(".1.3.6.1.2.1.1.2.0", enterprise)
	put(".1.3.6.1.2.1.1.3.0", replay.TimeTicks(8_640_000))
	put(".1.3.6.1.2.1.1.5.0", replay.String(fmt.Sprintf("sw-%d", device)))
	put(".1.3.6.1.2.1.2.1.0", replay.Integer(int32(interfaces)))
	for index := 1; index <= interfaces; index++ {
		name := func(table string, column int) string { return fmt.Sprintf("%s.%d.%d", table, column, index) }
		const ifEntry, ifXEntry = ".1.3.6.1.2.1.2.2.1", ".1.3.6.1.2.1.31.1.1.1"
		put(name(ifEntry, 1), replay.Integer(int32(index)))
		put(name(ifEntry, 2), replay.String(fmt.Sprintf("GigabitEthernet1/0/%d", index)))
		put(name(ifEntry, 3), replay.Integer(6))
		put(name(ifEntry, 4), replay.Integer(1500))
		put(name(ifEntry, 5), replay.Gauge32(1_000_000_000))
		put(name(ifEntry, 6), replay.String([]byte{2, 0, byte(device >> 8), byte(device), byte(index >> 8), byte(index)}))
		put(name(ifEntry, 7), replay.Integer(1))
		put(name(ifEntry, 8), replay.Integer(1))
		put(name(ifEntry, 9), replay.TimeTicks(1234))
		for column := 10; column <= 20; column++ {
			if column != 15 { // ifInUnknownProtos, which few have
				put(name(ifEntry, column), replay.Counter32(uint32(column*index)*10_000_019))
			}
		}
		put(name(ifXEntry, 1), replay.String(fmt.Sprintf("Gi1/0/%d", index)))
		for column := 2; column <= 5; column++ {
			put(name(ifXEntry, column), replay.Counter32(uint32(column*index)*1_000_003))
		}
		for column := 6; column <= 13; column++ {
			put(name(ifXEntry, column), replay.Counter64(uint64(column*index)*10_000_000_019))
		}
		put(name(ifXEntry, 14), replay.Integer(1))
		put(name(ifXEntry, 15), replay.Gauge32(1000))
		put(name(ifXEntry, 16), replay.Integer(2))
		put(name(ifXEntry, 17), replay.Integer(1))
		put(name(ifXEntry, 18), replay.String(fmt.Sprintf("To the desk %d", index)))
		put(name(ifXEntry, 19), replay.TimeTicks(0))
	}
	return walk, errors.Join(problems...)
}
