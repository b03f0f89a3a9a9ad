package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"mimamori/ingest"
	"mimamori/ingest/bus"
	"mimamori/ingest/inventory"
	probe "mimamori/ingest/voice"
	"mimamori/processors"
	"mimamori/storage/api"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
	"mimamori/storage/sla"
)

// Config is the configuration file: the rooms as top-level keys.
type Config struct {
	// Data is the directory of the embedded broker and the embedded store, and of what
	// appliances keep for the centre.
	// Relative paths count from the configuration file. Default "data".
	Data string `yaml:"data"`
	// HTTP serves /metrics, /healthz and /ready.
	HTTP HTTPConfig `yaml:"http"`
	// Ingest is the appliances: what they poll and how they reach the centre.
	Ingest ingest.Config `yaml:"ingest"`
	// Processors turn samples into figures.
	Processors processors.Config `yaml:"processors"`
	// Storage is where samples and figures are kept.
	Storage StorageConfig `yaml:"storage"`
	// API is who may ask over HTTP, at http.listen below /api/.
	API api.Config `yaml:"api"`
	// Service is what was promised to whom: calendars, contracts, service groups.
	Service sla.Config `yaml:"service"`
	// Alert is what is made of what is wrong.
	Alert AlertConfig `yaml:"alert"`

	doubts []problem // what reading the file found that runs, and that one may not want
}

// HTTPConfig is the address of the process's own metrics and health, and of the HTTP
// API.
type HTTPConfig struct {
	// Listen is host:port; empty switches it off. Default 127.0.0.1:9464.
	Listen string `yaml:"listen"`
}

// StorageConfig chooses between a ClickHouse server and the embedded engine.
type StorageConfig struct {
	// ClickHouse is a server. Without an address the embedded engine is used.
	ClickHouse clickhouse.Config `yaml:"clickhouse"`
	// Embedded is the engine that runs as a child process of mimamori.
	Embedded embedded.Config `yaml:"embedded"`
	// Retention is how long measurements and figures are kept.
	Retention clickhouse.Retention `yaml:"retention"`
}

func defaultConfig() Config {
	server := clickhouse.DefaultConfig()
	server.Address = "" // the embedded engine
	return Config{
		Data:       "data",
		HTTP:       HTTPConfig{Listen: "127.0.0.1:9464"},
		Ingest:     ingest.DefaultConfig(),
		Processors: processors.DefaultConfig(),
		Storage:    StorageConfig{ClickHouse: server, Embedded: embedded.DefaultConfig(), Retention: clickhouse.DefaultRetention()},
		API:        api.DefaultConfig(),
		Service:    sla.DefaultConfig(),
		Alert:      defaultAlertConfig(),
	}
}

// problem is one thing wrong with a configuration file.
type problem struct {
	file   string
	line   int // 0 where it has none
	reason string
}

func (p problem) Error() string {
	if p.line == 0 {
		return p.file + ": " + p.reason
	}
	return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.reason)
}

// loadConfig reads a configuration file over the defaults. The error joins all
// problems found, each with its line, in the order of lines.
func loadConfig(path string) (Config, error) {
	config, file, err := readConfig(path)
	if err != nil {
		return Config{}, err
	}
	if err := errors.Join(locateAll(path, file, config.rooms())...); err != nil {
		return Config{}, err
	}
	return config, nil
}

// readConfig reads a configuration file that nobody has judged yet. Relative paths in it
// count from its folder.
func readConfig(path string) (Config, *document, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return Config{}, nil, fmt.Errorf("read the configuration: %w", err)
	}
	config, file, err := parseConfig(path, source)
	if err != nil {
		return Config{}, nil, err
	}
	fromFolder := func(name *string) {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(filepath.Dir(path), *name)
		}
	}
	fromFolder(&config.Data)
	fromFolder(&config.Ingest.SNMP.Profiles)
	fromFolder(&config.Ingest.Spool.Directory)
	if encrypted := config.Storage.ClickHouse.TLS; encrypted != nil {
		fromFolder(&encrypted.CAFile)
		fromFolder(&encrypted.CertificateFile)
		fromFolder(&encrypted.KeyFile)
	}
	fromFolder(&config.Processors.PrivateKeyFile)
	if encrypted := config.Ingest.Bus.TLS; encrypted != nil {
		fromFolder(&encrypted.CAFile)
		fromFolder(&encrypted.CertificateFile)
		fromFolder(&encrypted.KeyFile)
	}
	config.Alert.place(config.Data, fromFolder)
	config.nameCodecs()
	config.doubts = file.warnings
	for _, customer := range config.Ingest.Inventory.Customers {
		for j := range customer.Sites {
			site := &customer.Sites[j]
			fromFolder(&site.Appliance.PrivateKeyFile)
			if receives := site.Appliance.Syslog; receives != nil && receives.TLS != nil {
				fromFolder(&receives.TLS.CertificateFile)
				fromFolder(&receives.TLS.KeyFile)
				fromFolder(&receives.TLS.ClientCAFile)
			}
		}
	}
	return config, file, nil
}

func parseConfig(path string, source []byte) (Config, *document, error) {
	config := defaultConfig()
	file, err := decodeFile(path, source, "examples/site.yaml", &config)
	if err != nil {
		return Config{}, nil, err
	}
	return config, file, nil
}

// decodeFile reads a file in YAML over the defaults in a value, with what stands elsewhere
// put in. An empty file is told of the example to begin with.
func decodeFile(path string, source []byte, example string, into any) (*document, error) {
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		return nil, syntaxProblem(path, nil, err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, problem{path, 0, "the file says nothing: begin with a copy of " + example}
	}
	document := &document{File: file, path: path}
	if err := document.fetch(); err != nil {
		return nil, err
	}
	disguised := &disguises{file: path}
	ast.Walk(disguised, file.Docs[0].Body)
	if err := errors.Join(disguised.problems...); err != nil {
		return nil, err
	}
	if err := yaml.NewDecoder(strings.NewReader(""), yaml.Strict()).DecodeFromNode(file.Docs[0].Body, into); err != nil {
		found := syntaxProblem(path, file, err)
		found.reason = document.scrub(found.reason)
		return nil, found
	}
	return document, nil
}

// syntaxProblem keeps what the YAML library knows of the place. Of a value that is
// no duration it knows none: the value is looked for.
func syntaxProblem(path string, file *ast.File, err error) problem {
	if syntax := yaml.Error(nil); errors.As(err, &syntax) {
		reason := syntax.GetMessage()
		if strings.HasPrefix(reason, "unknown field") {
			reason = strings.Replace(reason, "unknown field", "unknown key", 1) +
				": remove it or correct its spelling; docs/configuration.md lists the keys"
		}
		return problem{path, syntax.GetToken().Position.Line, plainly(reason, syntax.GetToken().Value)}
	}
	reason := err.Error()
	if invalid, ok := strings.CutPrefix(reason, "time: "); ok {
		_, text, _ := strings.Cut(invalid, "duration ")
		if unquoted, err := strconv.Unquote(text); err == nil {
			text = unquoted
		}
		quoted := &lookup{text: text}
		if file != nil && len(file.Docs) > 0 {
			ast.Walk(quoted, file.Docs[0])
		}
		return problem{path, quoted.line, invalid + ": write it as 500ms, 10s, 5m or 24h"}
	}
	return problem{path, 0, reason}
}

// plainly puts what the YAML library says of a value into the words of who wrote it.
func plainly(reason, value string) string {
	if is, wanted, ok := strings.Cut(reason, " was used where "); ok {
		words := strings.NewReplacer("sequence", "list", "mapping", "group of keys")
		return fmt.Sprintf("a %s stands where a %s", words.Replace(is), words.Replace(wanted))
	}
	kind, ok := strings.CutPrefix(reason, "cannot unmarshal ")
	switch _, wanted, _ := strings.Cut(kind, " of type "); {
	case !ok:
		return reason
	case wanted == "string":
		return "a list or a group of keys stands where one value is expected"
	case wanted == "bool":
		return fmt.Sprintf("%q is neither true nor false", value)
	case strings.HasPrefix(wanted, "int"), strings.HasPrefix(wanted, "uint") && !strings.HasSuffix(kind, "( overflow )"):
		return fmt.Sprintf("%q is no whole number", value)
	case strings.HasPrefix(wanted, "float"):
		return fmt.Sprintf("%q is no number", value)
	case strings.HasSuffix(kind, "of type time.Duration"):
		return fmt.Sprintf("%q is no duration: write it with its unit, as 500ms, 10s, 5m or 24h", value)
	case strings.HasSuffix(kind, "( overflow )"):
		return fmt.Sprintf("%q is a number out of range", value)
	}
	return reason
}

// disguises finds numbers that YAML reads as others than they look: a community of 0123
// would be 83, which no agent knows and nobody finds.
type disguises struct {
	file     string
	problems []error
}

// Visit looks at one node.
func (d *disguises) Visit(node ast.Node) ast.Visitor {
	if number, ok := node.(*ast.IntegerNode); ok {
		if written, read := number.GetToken().Value, fmt.Sprint(number.Value); written != read {
			d.problems = append(d.problems, problem{d.file, number.GetToken().Position.Line,
				fmt.Sprintf("%s is read as the number %s: put it in quotes where it is a text, or write %s", written, read, read)})
		}
	}
	return d
}

// lookup finds the first line with a value.
type lookup struct {
	text string
	line int
}

// Visit looks at one node.
func (l *lookup) Visit(node ast.Node) ast.Visitor {
	if token := node.GetToken(); l.line == 0 && token != nil && token.Value == l.text {
		l.line = token.Position.Line
	}
	return l
}

// roomErrors is what a room's Validate said, with the room's place in the file.
type roomErrors struct {
	path string
	err  error
}

func (c Config) rooms() []roomErrors {
	return []roomErrors{
		{"$", c.validate()},
		{"$.ingest", c.Ingest.Validate()},
		{"$.ingest.inventory", c.Ingest.Inventory.Validate()},
		{"$.ingest.inventory", c.validateUplinks()},
		{"$.ingest.inventory", c.validateCodecs()},
		{"$.ingest.inventory", c.validateKeys()},
		{"$.ingest.inventory", c.Ingest.SNMP.CheckProfiles(c.Ingest.Inventory)},
		{"$.processors", c.Processors.Validate()},
		{"$.processors", c.validateLinks()},
		{"$.processors", c.validateDrain()},
		{"$.storage.clickhouse", c.validateClickHouse()},
		{"$.storage.embedded", c.validateEmbedded()},
		{"$.storage.retention", c.Storage.Retention.Validate()},
		{"$.processors", c.validateLate()},
		{"$.api", c.API.Validate()},
		{"$.service", c.Service.Validate()},
		{"$.service", c.Service.Check(names(c.Ingest.Inventory))},
		{"$.alert", c.Alert.validate()},
		{"$.alert.snmp", c.Alert.SNMP.Validate()},
		{"$.alert.servicenow", c.Alert.ServiceNow.Validate()},
		{"$.alert.mail", c.Alert.Mail.Validate()},
		{"$.alert.journal", c.Alert.Journal.Validate()},
		{"$.alert.tickets", c.Alert.Tickets.Validate()},
		{"$.alert.tickets", c.Alert.Tickets.Check(names(c.Ingest.Inventory))},
	}
}

func (c Config) validate() error {
	var problems []error
	if c.Data == "" {
		problems = append(problems, errors.New("data is empty: name a directory that may be written to"))
	}
	if listen := c.HTTP.Listen; listen != "" {
		if _, _, err := net.SplitHostPort(listen); err != nil {
			problems = append(problems, fmt.Errorf("http: listen is %q, not host:port: write it as 127.0.0.1:9464, or leave it empty to switch it off", listen))
		}
	}
	return errors.Join(problems...)
}

// validateUplinks says which appliances have an uplink that is no address.
func (c Config) validateUplinks() error {
	var problems []error
	for i, customer := range c.Ingest.Inventory.Customers {
		for j, site := range customer.Sites {
			if site.Appliance.Uplink == "" {
				continue
			}
			reached := bus.DefaultConfig()
			reached.Brokers = []string{site.Appliance.Uplink}
			if err := reached.Validate(); err != nil {
				problems = append(problems, inventory.Problem{
					Path:   fmt.Sprintf("$.customers[%d].sites[%d].appliance.uplink", i, j),
					Reason: "uplink: " + strings.TrimPrefix(err.Error(), "bus: brokers: "),
				})
			}
		}
	}
	return errors.Join(problems...)
}

// validateKeys says which voice paths have a key that is none.
func (c Config) validateKeys() error {
	var problems []error
	for i, customer := range c.Ingest.Inventory.Customers {
		for j, site := range customer.Sites {
			for k, path := range site.Paths {
				if path.AuthenticationKey == "" {
					continue
				}
				if _, err := probe.ParseKey(path.AuthenticationKey); err != nil {
					problems = append(problems, inventory.Problem{
						Path:   fmt.Sprintf("$.customers[%d].sites[%d].paths[%d].authentication_key", i, j, k),
						Reason: "the key " + err.Error(),
					})
				}
			}
		}
	}
	return errors.Join(problems...)
}

func (c Config) embeddedStore() bool { return c.Storage.ClickHouse.Address == "" }

func (c Config) embeddedBroker() bool { return len(c.Ingest.Bus.Brokers) == 0 }

func (c Config) validateClickHouse() error {
	if c.embeddedStore() {
		return nil
	}
	return c.Storage.ClickHouse.Validate()
}

func (c Config) validateEmbedded() error {
	if !c.embeddedStore() {
		return nil
	}
	return c.Storage.Embedded.Validate()
}

// validateDrain holds that a processor that gives a partition up has done so before the
// brokers take it for gone: it shows no life while it finishes what it has in hand.
func (c Config) validateDrain() error {
	var problems []error
	for _, limit := range []struct {
		key   string
		value time.Duration
	}{{"rebalance_timeout", c.Ingest.Bus.RebalanceTimeout}, {"session_timeout", c.Ingest.Bus.SessionTimeout}} {
		if drain := c.Processors.DrainTimeout; drain >= limit.value {
			problems = append(problems, fmt.Errorf("drain_timeout is %s, and ingest.bus.%s is %s: use less than that", drain, limit.key, limit.value))
		}
	}
	return errors.Join(problems...)
}

// validateLate holds that what a rollup is made anew of is still kept.
func (c Config) validateLate() error {
	if late, kept := c.Processors.RollUp.LateDays, c.Storage.Retention.LeastDays(); late > kept-2 {
		return fmt.Errorf("rollup: late_days is %d, and storage.retention keeps some of what is added up %d days: use at most %d", late, kept, kept-2)
	}
	return nil
}
