package apache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Version is the release of Apache Kafka that is run; pom.xml names the same.
const Version = "4.1.1"

// Installation is what a broker is run from.
type Installation struct {
	Java string // the program
	Jars string // the directory of the broker's jars

	options []string // of Java, beside those of every process
}

// Find looks for java in PATH and for the jars in .cache of the working directory or
// of one above it, where "make kafka" puts them.
func Find() (Installation, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return Installation{}, fmt.Errorf("find Java for Apache Kafka: %w; install a Java runtime, version 17 or later", err)
	}
	directory, err := os.Getwd()
	if err != nil {
		return Installation{}, fmt.Errorf("find the jars of Apache Kafka: %w", err)
	}
	for {
		jars := filepath.Join(directory, ".cache", "kafka-"+Version)
		if _, err := os.Stat(jars); err == nil {
			return Installation{Java: java, Jars: jars}, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return Installation{}, fmt.Errorf("find the jars of Apache Kafka: %w", err)
		}
		above := filepath.Dir(directory)
		if above == directory {
			return Installation{}, fmt.Errorf("find the jars of Apache Kafka %s: no .cache/kafka-%s here or above; run `make kafka` to fetch them", Version, Version)
		}
		directory = above
	}
}
