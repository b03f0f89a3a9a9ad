package child

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// drain is how long a process has to end once its input has.
const drain = 5 * time.Second

// Process is a process that is told what to do by lines of JSON on its standard input,
// and answers each with one line on its standard output. The end of its input ends it.
type Process struct {
	name    string
	command *exec.Cmd
	input   io.WriteCloser
	encoder *json.Encoder
	output  *json.Decoder
}

// Start starts a program, usually this one with other arguments. The name is that of errors.
func Start(binary, name string, arguments ...string) (*Process, error) {
	c := &Process{name: name, command: exec.Command(binary, arguments...)}
	c.command.Stderr = os.Stderr
	c.command.SysProcAttr = Leashed()
	input, err := c.command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	output, err := c.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	c.input, c.encoder, c.output = input, json.NewEncoder(input), json.NewDecoder(bufio.NewReader(output))
	return c, nil
}

// PID is the id of the process.
func (c *Process) PID() int { return c.command.Process.Pid }

// Kill ends the process at once, so that whoever asks it hears of it.
func (c *Process) Kill() { _ = c.command.Process.Kill() }

// Leashed puts a process into a group of its own, because Ctrl-C is to reach the
// measurement alone, which ends the others; and ends it with the thread that starts it.
func Leashed() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// Ask sends an order and waits for its answer.
func (c *Process) Ask(order, answer any) error {
	if err := c.encoder.Encode(order); err != nil {
		return fmt.Errorf("tell the %s what to do: %w", c.name, err)
	}
	if err := c.output.Decode(answer); err != nil {
		return fmt.Errorf("hear from the %s, which has ended perhaps: %w", c.name, err)
	}
	return nil
}

// Stop ends the process and waits for it.
func (c *Process) Stop() error {
	_ = c.input.Close() // one that has ended already does not mind
	late := time.AfterFunc(drain, func() { _ = c.command.Process.Kill() })
	defer late.Stop()
	if err := c.command.Wait(); err != nil {
		return fmt.Errorf("end the %s: %w", c.name, err)
	}
	return nil
}

// Obey answers orders until the input ends. Each order is answered by what do returns for
// it.
func Obey[Order any](input io.Reader, output io.Writer, do func(Order) (any, error)) error {
	decoder, encoder := json.NewDecoder(input), json.NewEncoder(output)
	for {
		var order Order
		if err := decoder.Decode(&order); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read what to do: %w", err)
		}
		answer, err := do(order)
		if err != nil {
			return err
		}
		if err := encoder.Encode(answer); err != nil {
			return fmt.Errorf("say what was done: %w", err)
		}
	}
}
