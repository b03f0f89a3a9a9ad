package apache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopTimeout bounds how long a broker may take to end in good order, and to write the
// archive of its classes where it is to.
const stopTimeout = 90 * time.Second

// OrderlyExit is the exit code of a broker that was asked to end and had nothing to
// complain of: Java's own after SIGTERM.
const OrderlyExit = 128 + int(syscall.SIGTERM)

// virtualMachine are the options of every Java process: small, and quick to start.
func virtualMachine() []string {
	return []string{"-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto",
		"-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
		"-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"}
}

// java is the command that runs a class of the jars. Every path among the arguments is
// absolute: the command runs beside the jars, whose names an archive of their classes
// knows only as they were given when it was made.
func (i Installation) java(ctx context.Context, class string, options []string, arguments ...string) (*exec.Cmd, error) {
	jars, err := filepath.Glob(filepath.Join(i.Jars, "*.jar"))
	if err != nil {
		return nil, err
	}
	for at := range jars {
		jars[at] = filepath.Base(jars[at])
	}
	line := append(virtualMachine(), options...)
	if _, err := os.Stat(filepath.Join(i.Jars, archiveName)); err == nil {
		line = append(line, "-XX:SharedArchiveFile="+archiveName)
	}
	line = append(line, "-cp", strings.Join(jars, string(filepath.ListSeparator)), class)
	command := exec.CommandContext(ctx, i.Java, append(line, arguments...)...)
	command.Dir = i.Jars
	// A group of its own: Ctrl-C reaches the test alone, which ends the brokers.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return command, nil
}

// format makes a broker's directory one of the cluster, unless it is already.
func (i Installation) format(ctx context.Context, cluster, properties string, credentials []string) error {
	// Pdeathsig follows the thread that started the child, so the thread must stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	arguments := append([]string{"format", "--ignore-formatted", "--cluster-id", cluster, "--config", properties}, credentials...)
	command, err := i.java(ctx, "kafka.tools.StorageTool", nil, arguments...)
	if err != nil {
		return fmt.Errorf("format the storage of %s: %w", properties, err)
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("format the storage of %s: %w: %s", properties, err, strings.TrimSpace(string(output)))
	}
	return nil
}

// process is one life of a broker.
type process struct {
	command *exec.Cmd
	log     string // path
	ended   chan struct{}
	err     error // how it ended, once ended is closed
}

// run starts a broker and returns once it is a process.
func (i Installation) run(properties, log string) (*process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start a broker: %w", err)
	}
	defer file.Close() // the child has its own
	command, err := i.java(context.Background(), "kafka.Kafka", i.options, properties)
	if err != nil {
		return nil, fmt.Errorf("start a broker: %w", err)
	}
	p := &process{command: command, log: log, ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = file, file
	started := make(chan error, 1)
	go func() {
		// See format.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.command.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = p.command.Wait()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start a broker: %w", err)
	}
	return p, nil
}

// signal sends a signal; a process that has ended is no error.
func (p *process) signal(which syscall.Signal) error {
	if err := p.command.Process.Signal(which); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// kill ends the process as a power cut would and waits for its end.
func (p *process) kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.ended
	return nil
}

// stop ends the process in good order.
func (p *process) stop() error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-p.ended:
		return nil
	case <-timer.C:
		return errors.Join(fmt.Errorf("the broker did not end within %s and was killed; it said: %s", stopTimeout, p.lastWords()), p.kill())
	}
}

func (p *process) lastWords() string { return lastWords(p.log) }

// lastWords is the end of what a broker wrote into its log.
func lastWords(log string) string {
	const most = 4 << 10
	content, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(content[max(0, len(content)-most):]))
}

// LastWords is the end of what a broker said in all its lives.
func (c *Cluster) LastWords(broker int) string {
	return lastWords(c.path("broker-%d.log", broker))
}
