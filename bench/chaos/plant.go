package chaos

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	benchchild "mimamori/bench/child" // child is a part of the plant here
)

// How long the parts may take.
const (
	startTime = 60 * time.Second
	drainTime = 15 * time.Second // of a part that is asked to end
)

// processors is how many members the group has.
const processorsCount = 2

// plant is the whole pipeline as processes, with a relay between any two that talk.
type plant struct {
	Config
	directory string
	sockets   string // directory of the unix sockets, whose paths must be short
	notes     *notes
	password  string
	storeAt   string // where the store really listens
	brokerAt  address
	// calm is a pipeline that nothing disturbs: the pollers say the world at once, and the
	// processors send no ticks until wake.
	calm bool

	broker     member
	store      process
	pollers    []process
	processors []process
	links      map[string]*relay
	turns      map[string]*sync.Mutex // what happens to a part happens one after the other
	https      map[string]string      // address of a part's own HTTP server
	engine     engine
}

// newPlant makes the files and relays of a pipeline; it starts nothing.
func newPlant(config Config, name string, calm bool, notes *notes) (p *plant, err error) {
	p = &plant{
		Config: config, directory: filepath.Join(config.Directory, name), notes: notes,
		links: map[string]*relay{}, turns: map[string]*sync.Mutex{}, https: map[string]string{}, calm: calm,
	}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if err := os.MkdirAll(p.directory, 0o700); err != nil {
		return p, fmt.Errorf("make the directory of the run: %w", err)
	}
	if p.sockets, err = os.MkdirTemp("", "chaos"); err != nil {
		return p, fmt.Errorf("make the directory of the sockets: %w", err)
	}
	var secret [16]byte
	_, _ = rand.Read(secret[:]) // never fails
	p.password = hex.EncodeToString(secret[:])
	if p.storeAt, err = benchchild.FreeAddress(); err != nil {
		return p, err
	}
	if err := p.addBroker(); err != nil {
		return p, err
	}
	if err := p.addStore(); err != nil {
		return p, err
	}
	for site := range sitesCount {
		if err := p.addPoller(site); err != nil {
			return p, err
		}
	}
	for number := range processorsCount {
		if err := p.addProcessor(number + 1); err != nil {
			return p, err
		}
	}
	for _, m := range p.members() {
		p.turns[m.id()] = new(sync.Mutex)
	}
	return p, nil
}

// role makes a member that runs a role of this program.
func (p *plant) role(name string, arguments ...string) (process, error) {
	child, err := newChild(name, p.Binary, p.directory, drainTime, arguments...)
	if err != nil {
		return process{}, err
	}
	return process{child, p.died}, nil
}

// died starts a part again that ended by itself, as whatever keeps services running
// would.
func (p *plant) died(c *child, code int) {
	p.notes.died(c.name, code)
	time.AfterFunc(time.Second, func() {
		if p.notes.ended() {
			return
		}
		if err := c.start(p.died); err != nil {
			p.notes.say("%v", err)
		}
	})
}

func (p *plant) addBroker() error {
	if p.Broker == KafkaBroker {
		return p.addKafka()
	}
	p.brokerAt = address{"unix", filepath.Join(p.sockets, "broker")}
	file, err := writeConfig(p.directory, settings{name: "broker", broker: "unix:" + p.brokerAt.at, store: p.storeAt, password: p.password})
	if err != nil {
		return err
	}
	p.broker, err = p.role("broker", "broker", "--config", file)
	return err
}

func (p *plant) addStore() error {
	file, err := writeConfig(p.directory, settings{name: "store", broker: p.brokerAddress(), store: p.storeAt, password: p.password})
	if err != nil {
		return err
	}
	if p.store, err = p.role("store", "store", "--config", file, "--listen", p.storeAt); err != nil {
		return err
	}
	p.engine = engine{p.store.child, filepath.Join(p.directory, "store")}
	return nil
}

// brokerAddress is how a configuration names the broker itself, past all relays.
func (p *plant) brokerAddress() string {
	if p.brokerAt.network == "unix" {
		return "unix:" + p.brokerAt.at
	}
	return p.brokerAt.at
}

// toBroker returns the address of a part's own way to the broker. It is a unix socket
// with Apache Kafka too: a client that is told one goes there whatever the broker
// advertises.
func (p *plant) toBroker(part string) (string, error) {
	name := part + ">broker"
	at := filepath.Join(p.sockets, part)
	link, err := newRelay(name, address{"unix", at}, p.brokerAt)
	if err != nil {
		return "", err
	}
	p.links[name] = link
	return "unix:" + at, nil
}

func (p *plant) toStore(part string) (string, error) {
	name := part + ">store"
	at, err := benchchild.FreeAddress()
	if err != nil {
		return "", err
	}
	link, err := newRelay(name, address{"tcp", at}, address{"tcp", p.storeAt})
	if err != nil {
		return "", err
	}
	p.links[name] = link
	return at, nil
}

// ledger is where a poller writes what is durable.
func (p *plant) ledger(site int) string {
	return filepath.Join(p.directory, fmt.Sprintf("ledger-%d", site+1))
}

func (p *plant) addPoller(site int) error {
	name := fmt.Sprintf("poller-%d", site+1)
	broker, err := p.toBroker(name)
	if err != nil {
		return err
	}
	http, err := benchchild.FreeAddress()
	if err != nil {
		return err
	}
	p.https[name] = http
	file, err := writeConfig(p.directory, settings{name: name, broker: broker, store: p.storeAt, password: p.password, http: http})
	if err != nil {
		return err
	}
	poller, err := p.role(name, "chaos-poller", "--config", file,
		"--feeding", filepath.Join(p.directory, fmt.Sprintf("feeding-%d.json", site+1)))
	p.pollers = append(p.pollers, poller)
	return err
}

// wake has the processors hear of the centre's time from now on.
func (p *plant) wake() error {
	for _, m := range p.processors {
		if err := m.terminate(unnoted); err != nil {
			return err
		}
		m.arguments = p.processing(m.name, true)
		if err := m.up(); err != nil {
			return err
		}
	}
	return nil
}

// processing is how a processor is run: as the role itself, or as the role without the
// centre's time.
func (p *plant) processing(name string, ticks bool) []string {
	role := "process"
	if !ticks {
		role = "chaos-processor"
	}
	return []string{role, "--config", configFile(p.directory, name)}
}

func (p *plant) addProcessor(number int) error {
	name := fmt.Sprintf("process-%d", number)
	broker, err := p.toBroker(name)
	if err != nil {
		return err
	}
	store, err := p.toStore(name)
	if err != nil {
		return err
	}
	http, err := benchchild.FreeAddress()
	if err != nil {
		return err
	}
	p.https[name] = http
	if _, err := writeConfig(p.directory, settings{name: name, broker: broker, store: store, password: p.password, http: http}); err != nil {
		return err
	}
	made, err := p.role(name, p.processing(name, !p.calm)...)
	p.processors = append(p.processors, made)
	return err
}

// start brings the pipeline up: broker and store, the schema and the topics, the
// processors, and at last the pollers, which begin to say the world at once.
func (p *plant) start(ctx context.Context) error {
	for _, m := range []member{p.broker, p.store} {
		if err := m.up(); err != nil {
			return err
		}
	}
	err := until(ctx, startTime, "broker and store answer", func() string {
		return answering(p.brokerAt) + answering(address{"tcp", p.storeAt})
	})
	if err != nil {
		return err
	}
	if err := p.migrate(ctx); err != nil {
		return err
	}
	for _, m := range p.processors {
		if err := m.up(); err != nil {
			return err
		}
	}
	return until(ctx, startTime, "the processors are ready", func() string {
		waiting := ""
		for _, m := range p.processors {
			waiting += p.unready(m.name)
		}
		return waiting
	})
}

// feed starts the pollers.
func (p *plant) feed(w World) error {
	for site, poller := range p.pollers {
		if _, err := writeFeeding(p.directory, Feeding{World: w, Site: site, Ledger: p.ledger(site), AtOnce: p.calm, Spoil: p.Spoil && site == 1}); err != nil {
			return err
		}
		if err := poller.up(); err != nil {
			return err
		}
	}
	return nil
}

// migrate makes tables and topics, as often as it takes.
func (p *plant) migrate(ctx context.Context) error {
	file, err := writeConfig(p.directory, settings{name: "migrate", broker: p.brokerAddress(), store: p.storeAt, password: p.password})
	if err != nil {
		return err
	}
	once, err := newChild("migrate", p.Binary, p.directory, drainTime, "migrate", "--config", file)
	if err != nil {
		return err
	}
	if err := once.start(func(*child, int) {}); err != nil {
		return err
	}
	defer once.kill(unnoted)
	if !once.wait(startTime) {
		return fmt.Errorf("migrate did not end within %s; see %s", startTime, once.log.Name())
	}
	if once.code != 0 {
		return fmt.Errorf("migrate ended with code %d; see %s", once.code, once.log.Name())
	}
	return ctx.Err()
}

// members are all parts, those that others need last.
func (p *plant) members() []member {
	var all []member
	for _, m := range p.pollers {
		all = append(all, m)
	}
	for _, m := range p.processors {
		all = append(all, m)
	}
	if p.store.child != nil {
		all = append(all, p.store)
	}
	if p.broker != nil {
		all = append(all, p.broker)
	}
	return all
}

// close ends everything at once.
func (p *plant) close() {
	if p.engine.store != nil {
		p.engine.thaw()
	}
	var all sync.WaitGroup
	for _, m := range p.members() {
		all.Go(func() {
			m.kill(unnoted)
		})
	}
	all.Wait()
	for _, link := range p.links {
		link.close()
	}
	_ = os.RemoveAll(p.sockets) // of no use to anybody
}

// until waits for a condition, which says what it still waits for.
func until(ctx context.Context, most time.Duration, what string, waiting func() string) error {
	deadline := time.NewTimer(most)
	defer deadline.Stop()
	every := time.NewTicker(200 * time.Millisecond)
	defer every.Stop()
	for {
		rest := waiting()
		if rest == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-deadline.C:
			return fmt.Errorf("not within %s: %s: %s", most, what, rest)
		case <-every.C:
		}
	}
}

// answering says "" where somebody listens.
func answering(at address) string {
	connection, err := net.DialTimeout(at.network, at.at, time.Second)
	if err != nil {
		return err.Error() + "; "
	}
	connection.Close()
	return ""
}
