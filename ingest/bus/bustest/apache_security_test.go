package bustest_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/apache"
	"mimamori/ingest/bus/apache/apachetest"
	"mimamori/ingest/bus/kafka"
)

const (
	migrator, migratorPassword   = "migrate", "of who makes the topics"
	processor, processorPassword = "process", "of who reads them"
	appliance, appliancePassword = "appliance", "of the appliance; 50% = half"
)

// openListener is a listener that knows no security.
var openListener = apache.Listener{Name: "OPEN"}

// secured is a broker with TLS, users and access rules, and who is asked for what there.
type secured struct {
	cluster   *apache.Cluster
	authority *apachetest.Authority
	folder    string
}

func (s *secured) config(mechanism, username, password string) bus.Config {
	config := bus.DefaultConfig()
	config.Brokers = s.cluster.Addresses()
	config.RetryTimeout = time.Second
	config.TLS = &bus.TLS{CAFile: s.authority.File}
	config.SASL = &bus.SASL{Mechanism: mechanism, Username: username, Password: password}
	return config
}

func connected(t *testing.T, config bus.Config) *kafka.Client {
	t.Helper()
	client, err := kafka.Open(config, slog.New(slog.NewTextHandler(t.Output(), nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// said is what a client logs. It ends a context with the first line.
type said struct {
	strings.Builder
	enough context.CancelFunc
}

func (s *said) Write(line []byte) (int, error) {
	s.enough()
	return s.Builder.Write(line)
}

// refusal is what a client says that cannot get in.
func refusal(t *testing.T, config bus.Config) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	log := &said{enough: cancel}
	client, err := kafka.Open(config, slog.New(slog.NewTextHandler(log, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.WaitReady(ctx); err == nil {
		t.Error("the client got in")
	} else if password := config.SASL; password != nil && strings.Contains(err.Error()+log.String(), password.Password) {
		t.Errorf("the password is told: %v\n%s", err, log.String())
	}
	return log.String()
}

func TestApacheSecurity(t *testing.T) {
	apachetest.Require(t)
	folder := t.TempDir()
	authority := apachetest.NewAuthority(t, folder, "root")
	broker := authority.Issue(t, "broker", time.Now().Add(time.Hour))
	s := &secured{authority: authority, folder: folder}
	s.cluster = apachetest.Start(t, apache.Options{
		TLS: &apache.TLS{KeyStore: broker.Both}, ACLs: true, Listeners: []apache.Listener{openListener},
		Users: map[string]string{migrator: migratorPassword, processor: processorPassword, appliance: appliancePassword},
	})
	s.grant(t)
	t.Run("roles have the rights they need and no others", s.testRights)
	t.Run("who cannot get in is told why", s.testRefusals)
	t.Run("mechanisms", s.testMechanisms)
}

// grant grants what docs/security.md lists.
func (s *secured) grant(t *testing.T) {
	t.Helper()
	const topic, group = kafkago.ResourceTypeTopic, kafkago.ResourceTypeGroup
	const read, write, describe, create = kafkago.ACLOperationTypeRead, kafkago.ACLOperationTypeWrite, kafkago.ACLOperationTypeDescribe, kafkago.ACLOperationTypeCreate
	var problems []error
	allow := func(user string, kind kafkago.ResourceType, name string, operations ...kafkago.ACLOperationType) {
		problems = append(problems, s.cluster.Grant(t.Context(), user, kind, name, operations...))
	}
	for _, name := range []string{bus.TopicTelemetry, bus.TopicLogs} {
		allow(migrator, topic, name, create, describe)
		allow(processor, topic, name, describe, read, write)
		allow(appliance, topic, name, describe, write)
	}
	for _, name := range []string{bus.TopicDeadLetter} {
		allow(migrator, topic, name, create, describe)
		allow(processor, topic, name, describe, write)
	}
	allow(processor, group, "processors", read)
	if err := errors.Join(problems...); err != nil {
		t.Fatal(err)
	}
}

func (s *secured) testRights(t *testing.T) {
	if err := connected(t, s.config("", migrator, migratorPassword)).EnsureTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	centre := connected(t, s.config("", processor, processorPassword))
	if err := centre.WaitTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	site := connected(t, s.config("", appliance, appliancePassword))
	message := bus.Message{Key: bus.Key(1), Value: []byte("from the site")}
	for _, topic := range []string{bus.TopicTelemetry, bus.TopicLogs} {
		if err := site.Produce(t.Context(), topic, message); err != nil {
			t.Errorf("the appliance sends to %s: %v", topic, err)
		}
	}
	for _, topic := range []string{bus.TopicDeadLetter} {
		if err := site.ProduceTo(t.Context(), topic, 0, message); err == nil || !strings.Contains(err.Error(), "topic "+topic) && !strings.Contains(err.Error(), topic+"-0") {
			t.Errorf("the appliance sends to %s: %v, want a refusal that names the topic", topic, err)
		}
	}
	if said := s.uninvited(t); !strings.Contains(said, "Read on the group") {
		t.Errorf("the appliance joins the processors:\n%s", said)
	}
	read := make(chan bus.Message, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := centre.Consume(ctx, "processors", []string{bus.TopicTelemetry}, func(ctx context.Context, claim bus.Claim) error {
		for {
			messages, err := claim.Read(ctx, 1<<20, time.Second)
			if err != nil {
				return err
			}
			if len(messages) > 0 {
				read <- messages[0]
				cancel()
			}
		}
	})
	if err != nil || len(read) != 1 || string((<-read).Value) != "from the site" {
		t.Errorf("the centre reads what the appliance sent: %v", err)
	}
}

// uninvited is what is said when the appliance joins the processors.
func (s *secured) uninvited(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	log := &said{enough: cancel}
	client, err := kafka.Open(s.config("", appliance, appliancePassword), slog.New(slog.NewTextHandler(log, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	err = client.Consume(ctx, "processors", []string{bus.TopicTelemetry}, func(context.Context, bus.Claim) error {
		t.Error("the appliance owns a partition")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return log.String()
}

func (s *secured) testMechanisms(t *testing.T) {
	for _, mechanism := range []string{bus.Plain, bus.ScramSHA256, bus.ScramSHA512} {
		if err := connected(t, s.config(mechanism, appliance, appliancePassword)).WaitReady(t.Context()); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
	}
}

func (s *secured) testRefusals(t *testing.T) {
	stranger := apachetest.NewAuthority(t, s.folder, "stranger")
	for _, test := range []struct {
		name  string
		spoil func(*bus.Config)
		want  string
	}{
		{"wrong password", func(c *bus.Config) { c.SASL.Password = "quite another one" }, "correct sasl.username and sasl.password"},
		{"wrong password by plain", func(c *bus.Config) { c.SASL.Mechanism, c.SASL.Password = bus.Plain, "quite another one" }, "correct sasl.username and sasl.password"},
		{"unknown user", func(c *bus.Config) { c.SASL.Username = "nobody" }, "correct sasl.username and sasl.password"},
		{"wrong authority", func(c *bus.Config) { c.TLS.CAFile = stranger.File }, "none of tls.ca_file signed"},
		{"wrong name", func(c *bus.Config) { c.TLS.ServerName = "elsewhere" }, "another name"},
		{"no SASL", func(c *bus.Config) { c.SASL = nil }, "set tls and sasl"},
		{"no TLS", func(c *bus.Config) { c.TLS = nil }, "set tls"},
		{"neither", func(c *bus.Config) { c.TLS, c.SASL = nil, nil }, "set tls"},
		{"TLS where there is none", func(c *bus.Config) { c.Brokers = s.cluster.ListenerAddresses(openListener.Name) }, "set tls and sasl as this port"},
		{"SASL where there is none", func(c *bus.Config) {
			c.TLS, c.Brokers = nil, s.cluster.ListenerAddresses(openListener.Name)
		}, "knows no SASL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := s.config("", appliance, appliancePassword)
			test.spoil(&config)
			if said := refusal(t, config); !strings.Contains(said, test.want) {
				t.Errorf("no %q in\n%s", test.want, said)
			}
		})
	}
}

// TestApacheCertificates asks clients for certificates of their own.
func TestApacheCertificates(t *testing.T) {
	apachetest.Require(t)
	folder := t.TempDir()
	authority, stranger := apachetest.NewAuthority(t, folder, "root"), apachetest.NewAuthority(t, folder, "stranger")
	hour := time.Now().Add(time.Hour)
	cluster := apachetest.Start(t, apache.Options{TLS: &apache.TLS{KeyStore: authority.Issue(t, "broker", hour).Both, TrustStore: authority.File}})
	config := func(identity apachetest.Identity) bus.Config {
		config := bus.DefaultConfig()
		config.Brokers = cluster.Addresses()
		config.TLS = &bus.TLS{CAFile: authority.File, CertificateFile: identity.CertificateFile, KeyFile: identity.KeyFile}
		return config
	}
	good := authority.Issue(t, "appliance", hour)
	client := connected(t, config(good))
	if err := client.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	const refused = "refuses this side's certificate"
	for name, identity := range map[string]apachetest.Identity{
		"none":                {},
		"of another's making": stranger.Issue(t, "foreign", hour),
		"expired":             authority.Issue(t, "expired", time.Now().Add(-time.Hour)),
	} {
		t.Run(name, func(t *testing.T) {
			if said := refusal(t, config(identity)); !strings.Contains(said, refused) {
				t.Errorf("no %q in\n%s", refused, said)
			}
		})
	}
	t.Run("renewed", func(t *testing.T) {
		if err := os.WriteFile(good.CertificateFile, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := client.CheckTopics(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate_file") {
			t.Errorf("a certificate that is spoilt: %v", err)
		}
		authority.Issue(t, "appliance", hour)
		if err := client.EnsureTopics(t.Context()); err != nil {
			t.Errorf("a certificate that is renewed: %v", err)
		}
	})
}
