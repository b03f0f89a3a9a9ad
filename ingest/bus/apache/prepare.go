package apache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// archiveName is the file beside the jars with their classes as Java keeps them in
// memory. With it a broker starts in a third of the time; without it, or where it was
// made by another Java, it starts all the same.
const archiveName = "classes.jsa"

// Prepare runs a broker once and leaves the classes it needed beside the jars.
func Prepare(ctx context.Context, jars string) (err error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return fmt.Errorf("prepare Apache Kafka: %w; install a Java runtime, version 17 or later", err)
	}
	directory, err := os.MkdirTemp("", "kafka")
	if err != nil {
		return fmt.Errorf("prepare Apache Kafka: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	installation := Installation{Java: java, Jars: jars, options: []string{"-XX:ArchiveClassesAtExit=" + filepath.Join(directory, archiveName)}}
	cluster, err := start(ctx, installation, Options{Directory: filepath.Join(directory, "log")})
	if err != nil {
		return fmt.Errorf("prepare Apache Kafka: %w", err)
	}
	if err := cluster.Stop(0); err != nil {
		return fmt.Errorf("prepare Apache Kafka: %w", err)
	}
	content, err := os.ReadFile(filepath.Join(directory, archiveName))
	if err != nil {
		return fmt.Errorf("prepare Apache Kafka: %w: %s", err, cluster.LastWords(0))
	}
	if err := os.WriteFile(filepath.Join(jars, archiveName), content, 0o644); err != nil {
		return fmt.Errorf("prepare Apache Kafka: %w", err)
	}
	return nil
}
