package peers

import (
	"context"
	"errors"
	"os/exec"
	"strings"
)

// Absent is a program that a benchmark is to be beside, and why it cannot be.
type Absent struct {
	Program string
	Why     error
}

// errNoFping says what to do.
var errNoFping = errors.New("no program fping is found: install Debian's fping")

// LookFor says which of the programs that a benchmark compares with will be left out of it, by its name and arguments: to
// be said before it begins, so that it is no surprise among the results.
func LookFor(ctx context.Context, benchmark string, arguments []string) (absent []Absent) {
	look := func(program string, why error) {
		if why != nil {
			absent = append(absent, Absent{program, why})
		}
	}
	input := map[string]string{"snmp": "snmp", "ping": "ping", "syslog": "syslog", "pipeline": "kafka_consumer"}[benchmark]
	switch benchmark {
	case "snmp":
		_, err := findExporter(flagOf(arguments, "--peer"))
		look(exporterName, err)
	case "ping":
		if _, err := exec.LookPath("fping"); err != nil {
			look("fping", errNoFping)
		}
	case "syslog":
		_, _, err := findRsyslog(ctx, flagOf(arguments, "--peer"))
		look(rsyslogName, err)
		if flagOf(arguments, "--lines") != SyslogRFC5424 {
			look(telegrafName, errTelegrafMixed)
			return absent
		}
	}
	if input != "" {
		binary, err := findTelegraf(flagOf(arguments, "--telegraf"))
		if err == nil {
			err = hasInput(ctx, binary, input)
		}
		look(telegrafName, err)
	}
	return absent
}

// flagOf is the value of a flag, written with a sign of equality or as the next argument.
func flagOf(arguments []string, name string) string {
	for i, argument := range arguments {
		if value, found := strings.CutPrefix(argument, name+"="); found {
			return value
		}
		if argument == name && i+1 < len(arguments) {
			return arguments[i+1]
		}
	}
	return ""
}
