package main

import (
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"mimamori/storage/clickhouse"
)

// composition is as much of docker-compose.yml as is held against the program.
type composition struct {
	Services map[string]service
	Networks map[string]struct{ Internal bool }
	Volumes  map[string]any
}

type service struct {
	Image       string
	Build       string
	Command     []string
	Environment map[string]string
	Expose      []string
	Ports       []string
	Volumes     []string
	Networks    []string
	Healthcheck struct {
		Test    []string
		Disable bool
	}
	DependsOn       map[string]struct{ Condition string } `yaml:"depends_on"`
	StopGracePeriod time.Duration                         `yaml:"stop_grace_period"`
	Restart         string
	ReadOnly        bool     `yaml:"read_only"`
	CapDrop         []string `yaml:"cap_drop"`
}

func readComposition(t *testing.T) (composition, string) {
	t.Helper()
	text, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var read composition
	// A key beside << takes its place, which this library calls a duplicate.
	if err := yaml.UnmarshalWithOptions(text, &read, yaml.AllowDuplicateMapKey()); err != nil {
		t.Fatal(err)
	}
	if len(read.Services) != 8 {
		t.Fatalf("%d services", len(read.Services))
	}
	return read, string(text)
}

// mounted returns where a path in a container lies in the repository, and "" where
// nothing of the repository is mounted there.
func (s service) mounted(path string) string {
	for _, volume := range s.Volumes {
		source, rest, _ := strings.Cut(volume, ":")
		target, _, _ := strings.Cut(rest, ":")
		if strings.HasPrefix(source, "./") && target == path {
			return source
		}
	}
	return ""
}

// parse reads a command line of a container with the parser of the program itself.
func (s service) parse(t *testing.T, arguments []string) *commands {
	t.Helper()
	var cli commands
	parser, err := newParser(&cli)
	if err != nil {
		t.Fatal(err)
	}
	here := slices.Clone(arguments)
	for i, argument := range here {
		if local := s.mounted(argument); local != "" {
			here[i] = local
		}
	}
	if _, err := parser.Parse(here); err != nil {
		t.Errorf("%q: %v", arguments, err)
	}
	return &cli
}

// given is the environment of a service, with a value for each variable that it takes
// from the host: another for each, 64 hexadecimal digits.
func (s service) given(t *testing.T) {
	for name, value := range s.Environment {
		if strings.HasPrefix(value, "$") {
			value = fmt.Sprintf("%x", sha256.Sum256([]byte(value)))
		}
		t.Setenv(name, value)
	}
}

// TestComposeRunsTheseRoles holds the roles of docker-compose.yml against the program:
// its flags, its configuration, where it listens and how long it drains.
func TestComposeRunsTheseRoles(t *testing.T) {
	compose, _ := readComposition(t)
	ours := map[string]role{"migrate": migrateRole, "process": processRole, "alert": alertRole, "api": apiRole, "poll": pollRole}
	for name, service := range compose.Services {
		if (service.Build != "") != (ours[name] != nil) {
			t.Errorf("service %s: built here %t, a role %t", name, service.Build != "", ours[name] != nil)
		}
	}
	for name, role := range ours {
		t.Run(name, func(t *testing.T) {
			service := compose.Services[name]
			service.given(t)
			cli := service.parse(t, service.Command)
			if len(service.Command) == 0 || service.Command[0] != name {
				t.Fatalf("it runs %q", service.Command)
			}
			flags := map[string]serveFlags{"migrate": {configFlag: cli.Migrate.configFlag}, "process": cli.Process.serveFlags, "alert": cli.Alert.Serve.serveFlags,
				"api": {configFlag: cli.API.Serve.configFlag, Listen: cli.API.Serve.Listen}, "poll": cli.Poll.serveFlags}[name]
			config, err := flags.load()
			if err != nil {
				t.Fatal(err)
			}
			if err := config.apart(true); err != nil {
				t.Error(err)
			}
			if _, _, err := loadToRun(flags.Config, cli.Poll.Appliance); err != nil {
				t.Error(err)
			}
			checkMeeting(t, compose, config)
			checkHealth(t, service, config)
			checkPublished(t, service, config)

			parts, err := newApplication(config, slog.New(slog.DiscardHandler)).assemble(role)
			if err != nil {
				t.Fatal(err)
			}
			if drains := drainOf(parts); drains >= service.StopGracePeriod {
				t.Errorf("it may drain for %s and is killed after %s", drains, service.StopGracePeriod)
			}
			if !service.ReadOnly || !slices.Equal(service.CapDrop, []string{"ALL"}) {
				t.Error("it may write to its file system or has capabilities")
			}
			if at := config.Alert.Telling.Data; name == "alert" && !slices.ContainsFunc(service.Volumes, func(volume string) bool { return strings.HasSuffix(volume, ":"+at) }) {
				t.Errorf("its alarms in %s are on no volume", at)
			}
			if name == "poll" && !slices.ContainsFunc(service.Volumes, func(volume string) bool { return strings.HasSuffix(volume, ":"+config.Data) }) {
				t.Errorf("its spool in %s is on no volume", config.Data)
			}
		})
	}
}

// drainOf is how long parts may take to stop, one after the other.
func drainOf(parts []part) time.Duration {
	total := time.Second // of the HTTP server, and whatever only closes
	for _, part := range parts {
		switch {
		case part.run != nil && part.drain == 0:
			total += defaultDrain
		case part.run != nil:
			total += part.drain
		}
	}
	return total
}

// checkMeeting holds the addresses of the servers against the services that serve there.
func checkMeeting(t *testing.T, compose composition, config Config) {
	t.Helper()
	for _, address := range append([]string{config.Storage.ClickHouse.Address}, config.Ingest.Bus.Brokers...) {
		host, port, err := net.SplitHostPort(address)
		if err != nil || !slices.Contains(compose.Services[host].Expose, port) {
			t.Errorf("nobody serves %s: service %s exposes %q", address, host, compose.Services[host].Expose)
		}
	}
}

// checkHealth holds the health check against where the role listens.
func checkHealth(t *testing.T, service service, config Config) {
	t.Helper()
	if service.Healthcheck.Disable {
		return
	}
	if test := service.Healthcheck.Test; len(test) < 3 || test[0] != "CMD" || test[1] != "/mimamori" || test[2] != "health" {
		t.Fatalf("its health is asked by %q", test)
	}
	asked, err := service.parse(t, service.Healthcheck.Test[2:]).Health.load()
	if err != nil {
		t.Fatal(err)
	}
	if asked.HTTP.Listen != config.HTTP.Listen {
		t.Errorf("its health is asked at %s, and it listens on %s", asked.HTTP.Listen, config.HTTP.Listen)
	}
}

// checkPublished holds what is published against where the role listens.
func checkPublished(t *testing.T, service service, config Config) {
	t.Helper()
	for _, published := range service.Ports {
		inside := published[strings.LastIndex(published, ":")+1:]
		host, port, _ := net.SplitHostPort(config.HTTP.Listen)
		if port != inside || !net.ParseIP(host).IsUnspecified() {
			t.Errorf("%s is published, and it listens on %s", published, config.HTTP.Listen)
		}
	}
}

// TestComposeIsClosed holds that nothing is open that need not be: ports, secrets, images
// that may change under the same name.
func TestComposeIsClosed(t *testing.T) {
	compose, text := readComposition(t)
	example, err := os.ReadFile(".env.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, variable := range regexp.MustCompile(`\$\{?(\w+)(\S?)`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(string(example), "\n"+variable[1]+"=\n") {
			t.Errorf("%s is not in .env.example", variable[1])
		}
		if optional := strings.Contains(text, variable[0]+"-unused}"); variable[2] != ":" || !optional && !strings.Contains(text, variable[0]+"?") {
			t.Errorf("%s need not be set", variable[1])
		}
	}
	pinned := regexp.MustCompile(`^[a-z/-]+:\d+\.\d+\.\d+[\w.-]*$`)
	secret := regexp.MustCompile(`PASSWORD|COMMUNITY|TOKEN|SECRET`)
	for name, service := range compose.Services {
		if service.Build == "" && !pinned.MatchString(service.Image) {
			t.Errorf("service %s: image %s has no version", name, service.Image)
		}
		for _, port := range service.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("service %s publishes %s beyond this machine", name, port)
			}
		}
		for key, value := range service.Environment {
			if secret.MatchString(key) && !strings.HasPrefix(value, "${") && strings.Trim(value, "0") != "" && value != "unused" {
				t.Errorf("service %s has %s in the file", name, key)
			}
		}
		for _, volume := range service.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(source, "./") {
				if _, err := os.Stat(source); err != nil && source != "./grafana/dist" { // make plugin builds that
					t.Errorf("service %s: %v", name, err)
				}
				if !strings.HasSuffix(volume, ":ro") {
					t.Errorf("service %s may write to %s", name, source)
				}
			} else if _, named := compose.Volumes[source]; !named {
				t.Errorf("service %s: there is no volume %s", name, source)
			}
		}
		for _, network := range service.Networks {
			if _, named := compose.Networks[network]; !named {
				t.Errorf("service %s: there is no network %s", name, network)
			}
		}
		for dependency, on := range service.DependsOn {
			awaited, there := compose.Services[dependency]
			ends := awaited.Restart == "no"
			if !there || (on.Condition == "service_completed_successfully") != ends || !ends && on.Condition != "service_healthy" {
				t.Errorf("service %s waits for %s: %s", name, dependency, on.Condition)
			}
		}
		if len(service.Healthcheck.Test) == 0 && !service.Healthcheck.Disable || service.StopGracePeriod == 0 || service.Restart == "" {
			t.Errorf("service %s lacks a health check, a time to stop or when to restart", name)
		}
	}
	for _, server := range []string{"kafka", "clickhouse"} {
		if service := compose.Services[server]; len(service.Ports) > 0 || !slices.Equal(service.Networks, []string{"inside"}) || !compose.Networks["inside"].Internal {
			t.Errorf("%s can be reached from elsewhere", server)
		}
	}
	for _, line := range strings.Split(readText(t, "Dockerfile"), "\n") {
		if image, ok := strings.CutPrefix(line, "FROM "); ok && image != "scratch" && !pinned.MatchString(strings.Fields(image)[0]) {
			t.Errorf("Dockerfile: image %s has no version", image)
		}
	}
}

// TestComposeUsers holds the users of ClickHouse and of Kafka against the configuration
// that logs in as them.
func TestComposeUsers(t *testing.T) {
	compose, _ := readComposition(t)
	compose.Services["process"].given(t)
	config, err := loadConfig(compose.Services["process"].mounted("/etc/mimamori/mimamori.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Users struct {
			Each []struct {
				XMLName  xml.Name
				Password struct {
					From string `xml:"from_env,attr"`
				} `xml:"password"`
				Grants []string `xml:"grants>query"`
			} `xml:",any"`
		} `xml:"users"`
	}
	if err := xml.Unmarshal([]byte(readText(t, "examples/compose/clickhouse-users.xml")), &file); err != nil {
		t.Fatal(err)
	}
	server := config.Storage.ClickHouse
	users := map[string]string{server.Username: "writer", server.ForReader().Username: "reader", server.ForAlerter().Username: "alerter", server.ForMigrator().Username: "migrator"}
	for _, user := range file.Users.Each {
		role := users[user.XMLName.Local]
		var want []string
		for _, privilege := range clickhouse.Privileges(role, server.Database) {
			want = append(want, "GRANT "+privilege)
		}
		if role == "" || !slices.Equal(user.Grants, want) {
			t.Errorf("user %s is granted %q, want %q", user.XMLName.Local, user.Grants, want)
		}
		if compose.Services["clickhouse"].Environment[user.Password.From] == "" {
			t.Errorf("user %s has its password from %q, which is not set", user.XMLName.Local, user.Password.From)
		}
		delete(users, user.XMLName.Local)
	}
	if len(users) > 0 {
		t.Errorf("ClickHouse has no users %q", slices.Sorted(maps.Keys(users)))
	}
	if mechanism := config.Ingest.Bus.SASL.Mechanism; mechanism != "scram-sha-512" {
		t.Errorf("Kafka has no users of %s", mechanism)
	}
	for _, role := range []string{"migrate", "process", "poll"} {
		given, made := compose.Services[role].Environment, compose.Services["kafka"].Environment
		if password := made["KAFKA_"+strings.ToUpper(role)+"_PASSWORD"]; given["KAFKA_USER"] != "mimamori_"+role || password == "" || given["KAFKA_PASSWORD"] != password {
			t.Errorf("%s logs in to Kafka as %s with %s, and Kafka makes mimamori_%s with %s", role, given["KAFKA_USER"], given["KAFKA_PASSWORD"], role, password)
		}
	}
	for _, broker := range config.Ingest.Bus.Brokers {
		if properties := readText(t, "examples/compose/kafka.properties"); !strings.Contains(properties, "advertised.listeners=CLIENTS://"+broker+",") {
			t.Errorf("Kafka does not advertise %s", broker)
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
