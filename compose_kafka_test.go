package main

import (
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

	"mimamori/ingest/bus/apache"
	"mimamori/ingest/bus/kafka"
)

// TestComposeKafka starts Apache Kafka as its container in docker-compose.yml does, with
// its script and its properties, and lets the roles' configuration in and nobody else.
func TestComposeKafka(t *testing.T) {
	installation, err := apache.Find()
	need(t, err == nil, fmt.Sprint("Apache Kafka; make kafka fetches it: ", err))
	compose, _ := readComposition(t)
	service := compose.Services["process"]
	service.given(t)
	config, err := loadConfig(service.mounted("/etc/mimamori/mimamori.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	clients := fmt.Sprintf("localhost:%d", freePort(t, "tcp"))
	properties := strings.NewReplacer("CLIENTS://:9092", "CLIENTS://"+clients, "CLIENTS://kafka:9092", "CLIENTS://"+clients,
		"localhost:9093", fmt.Sprintf("localhost:%d", freePort(t, "tcp")), "localhost:9094", fmt.Sprintf("localhost:%d", freePort(t, "tcp")),
		"/var/lib/kafka/data", filepath.Join(directory, "data")).Replace(readText(t, "examples/compose/kafka.properties"))
	for name, class := range map[string]string{"kafka-storage.sh": "kafka.tools.StorageTool", "kafka-server-start.sh": "kafka.Kafka"} {
		path := writeFile(t, filepath.Join(directory, name), fmt.Sprintf("#!/bin/bash\nexec %s -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '%s/*' %s \"$@\"\n", installation.Java, installation.Jars, class))
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("bash", "examples/compose/kafka.sh")
	command.Env = append(os.Environ(), "KAFKA_BIN="+directory, "KAFKA_PROPERTIES="+writeFile(t, filepath.Join(directory, "kafka.properties"), properties))
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	broker := startCommand(t, command)
	t.Cleanup(func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) })

	config.Ingest.Bus.Brokers = []string{clients}
	client, err := kafka.Open(config.Ingest.Bus, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	until(t, 60*time.Second, func() (bool, string) {
		err := client.EnsureTopics(t.Context())
		return err == nil, fmt.Sprintf("%v\n%s", err, broker.output)
	})
	if err := client.CheckTopics(t.Context()); err != nil {
		t.Errorf("%v\n%s", err, broker.output)
	}
	config.Ingest.Bus.SASL.Password = "another"
	config.Ingest.Bus.RetryTimeout = time.Second
	stranger, err := kafka.Open(config.Ingest.Bus, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := stranger.CheckTopics(t.Context()); err == nil {
		t.Error("it lets in who does not know the password")
	} else {
		t.Log(err)
	}
}
