package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"

	"mimamori/bench/child"
)

const rsyslogName = "rsyslog"

var rsyslogVersion = regexp.MustCompile(`rsyslogd\s+v?([0-9][0-9.]*)`)

// findRsyslog returns where the program is and its version, or why it cannot be had.
func findRsyslog(ctx context.Context, path string) (binary, version string, err error) {
	for _, candidate := range []string{path, "rsyslogd", "/usr/sbin/rsyslogd"} {
		if candidate == "" {
			continue
		}
		if binary, err = exec.LookPath(candidate); err == nil || path != "" {
			break
		}
	}
	if err != nil {
		return "", "", errors.New("no program rsyslogd is found: install Debian's rsyslog, or say --peer PATH")
	}
	output, err := exec.CommandContext(ctx, binary, "-v").CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("ask %s for its version: %w", binary, err)
	}
	parts := rsyslogVersion.FindSubmatch(output)
	if parts == nil {
		return "", "", fmt.Errorf("ask %s for its version: it says %q", binary, output)
	}
	return binary, string(parts[1]), nil
}

// rsyslog is a running rsyslogd that writes what it receives to a file.
type rsyslog struct {
	command *exec.Cmd
	address string
	output  written
	log     bytes.Buffer // once it has ended
}

// startRsyslog starts the program with a configuration of its own in the folder.
func startRsyslog(binary, folder, transport string) (*rsyslog, error) {
	own := filepath.Join(folder, rsyslogName+"-"+transport)
	if err := os.Mkdir(own, 0o700); err != nil {
		return nil, fmt.Errorf("configure rsyslog: %w", err)
	}
	address, err := freeSyslogAddress(transport)
	if err != nil {
		return nil, err
	}
	r := &rsyslog{address: address, output: written{path: filepath.Join(own, "messages")}}
	config := filepath.Join(own, "rsyslog.conf")
	content, err := rsyslogConfig(own, r.output.path, transport, address)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, content, 0o600); err != nil {
		return nil, fmt.Errorf("configure rsyslog: %w", err)
	}
	r.command = exec.Command(binary, "-n", "-f", config, "-i", filepath.Join(own, "pid"))
	r.command.Stdout, r.command.Stderr = &r.log, &r.log
	r.command.SysProcAttr = child.Leashed()
	if err := r.command.Start(); err != nil {
		return nil, fmt.Errorf("start rsyslog: %w", err)
	}
	return r, nil
}

// rsyslogConfig receives by one input and writes to one file, by what its documentation
// says is fastest: many datagrams a system call, the time asked for once for several, no
// look-up of names, a buffer before the file.
func rsyslogConfig(folder, output, transport, address string) ([]byte, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("configure rsyslog: %w", err)
	}
	var file bytes.Buffer
	fmt.Fprintf(&file, "global(workDirectory=%q net.enableDNS=\"off\" maxMessageSize=\"8k\")\n", folder)
	if transport == SyslogUDP {
		fmt.Fprintf(&file, "module(load=\"imudp\" timeRequery=\"10\" batchSize=\"256\" threads=\"1\")\n")
		fmt.Fprintf(&file, "input(type=\"imudp\" address=%q port=%q rcvbufSize=\"8m\" ruleset=\"write\")\n", host, port)
	} else {
		fmt.Fprintf(&file, "module(load=\"imptcp\" threads=\"1\")\n")
		fmt.Fprintf(&file, "input(type=\"imptcp\" address=%q port=%q ruleset=\"write\")\n", host, port)
	}
	fmt.Fprintf(&file, "ruleset(name=\"write\") {\n  action(type=\"omfile\" file=%q template=\"RSYSLOG_TraditionalFileFormat\" asyncWriting=\"off\" ioBufferSize=\"64k\" flushOnTXEnd=\"off\")\n}\n", output)
	return file.Bytes(), nil
}

// flush has it write what stands in its buffer.
func (r *rsyslog) flush() error {
	if err := r.command.Process.Signal(syscall.SIGHUP); err != nil {
		return fmt.Errorf("have rsyslog write its buffer: %w", err)
	}
	return nil
}

// stop ends the program. What it says of its end is of no interest.
func (r *rsyslog) stop() error {
	_ = r.command.Process.Kill() // it keeps nothing
	_ = r.command.Wait()
	return nil
}
