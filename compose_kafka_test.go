package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/apache"
	"mimamori/ingest/bus/apache/apachetest"
	"mimamori/ingest/bus/kafka"
)

// composeKafka is Apache Kafka as its container in docker-compose.yml runs it, with its
// script and its properties, on ports of this machine.
type composeKafka struct {
	compose composition
	address string // of its clients
	sites   string // of the listener for appliances elsewhere, as docs/operating.md adds it
	output  fmt.Stringer

	authority *apachetest.Authority
}

func startComposeKafka(t *testing.T) *composeKafka {
	t.Helper()
	installation, err := apache.Find()
	need(t, err == nil, fmt.Sprint("Apache Kafka; make kafka fetches it: ", err))
	tools, _ := filepath.Glob(filepath.Join(installation.Jars, "kafka-tools-*.jar"))
	need(t, len(tools) > 0, "kafka-acls of Apache Kafka; make kafka fetches it")
	compose, _ := readComposition(t)
	compose.Services["kafka"].given(t)
	directory := t.TempDir()
	sites := fmt.Sprint(freePort(t, "tcp"))
	k := &composeKafka{compose: compose, address: fmt.Sprintf("localhost:%d", freePort(t, "tcp")), sites: "127.0.0.1:" + sites, authority: apachetest.NewAuthority(t, directory, "root")}
	internal, granted := fmt.Sprintf("localhost:%d", freePort(t, "tcp")), filepath.Join(directory, "granted")
	properties := strings.NewReplacer("CLIENTS://:9092", "CLIENTS://"+k.address, "CLIENTS://kafka:9092", "CLIENTS://"+k.address,
		"localhost:9093", fmt.Sprintf("localhost:%d", freePort(t, "tcp")), "localhost:9094", internal,
		"/var/lib/kafka/data", filepath.Join(directory, "data"), "SITES://:9095", "SITES://127.0.0.1:"+sites, "SITES://kafka.example.net:9095", "SITES://"+k.sites,
		"/etc/mimamori/broker.pem", k.authority.Issue(t, "broker", time.Now().Add(time.Hour)).Both).
		Replace(readText(t, "examples/compose/kafka.properties") + "\n" + excerpt(t, "docs/operating.md", "properties", "listeners="))
	for name, class := range map[string]string{"kafka-storage.sh": "kafka.tools.StorageTool", "kafka-server-start.sh": "kafka.Kafka", "kafka-acls.sh": "org.apache.kafka.tools.AclCommand"} {
		path := writeFile(t, filepath.Join(directory, name), fmt.Sprintf("#!/bin/bash\nexec %s -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s/*' %s \"$@\"\n", installation.Java, installation.Jars, class))
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("bash", "examples/compose/kafka.sh")
	command.Env = append(os.Environ(), "KAFKA_BIN="+directory, "KAFKA_PROPERTIES="+writeFile(t, filepath.Join(directory, "kafka.properties"), properties),
		"KAFKA_INTERNAL="+internal, "KAFKA_GRANTED="+granted)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	broker := startCommand(t, command)
	t.Cleanup(func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) })
	until(t, 240*time.Second, func() (bool, string) {
		_, err := os.Stat(granted)
		return err == nil, fmt.Sprintf("%v\n%s", err, broker.output)
	})
	k.output = broker.output
	return k
}

// as returns a client that logs in as a service does.
func (k *composeKafka) as(t *testing.T, name string, change func(*bus.Config)) *kafka.Client {
	t.Helper()
	service := k.compose.Services[name]
	service.given(t)
	config, err := loadConfig(service.mounted("/etc/mimamori/mimamori.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	config.Ingest.Bus.Brokers, config.Ingest.Bus.RetryTimeout = []string{k.address}, 2*time.Second
	if change != nil {
		change(&config.Ingest.Bus)
	}
	client, err := kafka.Open(config.Ingest.Bus, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// TestComposeKafka lets each role of docker-compose.yml do at Kafka what it is for and
// nothing else, and nobody else in.
func TestComposeKafka(t *testing.T) {
	k := startComposeKafka(t)
	migrate := k.as(t, "migrate", func(c *bus.Config) { c.RetryTimeout = time.Minute })
	if err := migrate.EnsureTopics(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, k.output)
	}
	roles := map[string]*kafka.Client{"migrate": migrate}
	for _, role := range []string{"process", "poll"} {
		roles[role] = k.as(t, role, nil)
	}
	message := bus.Message{Key: bus.Key(1), Value: []byte("x")}
	for role, writes := range map[string]string{"migrate": "", "process": "telemetry logs dead-letter", "poll": "telemetry logs"} {
		for _, topic := range []string{bus.TopicTelemetry, bus.TopicLogs, bus.TopicDeadLetter} {
			err := roles[role].ProduceTo(t.Context(), topic, 0, message)
			if may := strings.Contains(writes, topic); may != (err == nil) {
				t.Errorf("%s writes to %s: %v, want that it may: %t", role, topic, err, may)
			}
		}
	}
	for _, role := range []string{"migrate", "process"} {
		if err := roles[role].CheckTopics(t.Context()); err != nil {
			t.Errorf("%s asks for the topics: %v", role, err)
		}
	}
	for role, reads := range map[string]string{"process": "processors telemetry", "poll": ""} {
		group, topic, _ := strings.Cut("processors telemetry", " ")
		if may := reads != ""; k.reads(t, roles[role], group, topic, may) != may {
			t.Errorf("%s reads %s as a member of %s: want that it may: %t", role, topic, group, may)
		}
	}
	elsewhere := func(c *bus.Config) { c.Brokers, c.TLS = []string{k.sites}, &bus.TLS{CAFile: k.authority.File} }
	if err := k.as(t, "poll", elsewhere).Produce(t.Context(), bus.TopicTelemetry, message); err != nil {
		t.Errorf("an appliance elsewhere writes: %v\n%s", err, k.output)
	}
	for name, change := range map[string]func(*bus.Config){
		"an appliance elsewhere in clear": func(c *bus.Config) { c.Brokers = []string{k.sites} },
		"who does not know the password":  func(c *bus.Config) { c.SASL.Password = "another" },
		"a role that needs no Kafka":      func(c *bus.Config) { c.SASL.Username, c.SASL.Password = "nobody", "unused" },
		"who does not log in":             func(c *bus.Config) { c.SASL = nil },
	} {
		if err := k.as(t, "process", change).CheckTopics(t.Context()); err == nil {
			t.Errorf("it lets in %s", name)
		}
	}
}

// reads says whether a message of a topic comes to a member of a group. Who may not read is
// not waited for long.
func (k *composeKafka) reads(t *testing.T, client *kafka.Client, group, topic string, may bool) bool {
	t.Helper()
	patience := 2 * time.Second
	if may {
		patience = time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	read := make(chan struct{}, 1)
	err := client.Consume(ctx, group, []string{topic}, func(ctx context.Context, claim bus.Claim) error {
		for {
			messages, err := claim.Read(ctx, 1<<20, time.Second)
			if err != nil {
				return err
			}
			if len(messages) > 0 {
				select {
				case read <- struct{}{}:
				default:
				}
				cancel()
			}
		}
	})
	if may && err != nil && ctx.Err() == nil {
		t.Error(err)
	}
	return len(read) > 0
}
