package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"mimamori/bench/fleet"
)

// place is where the fleet lives: in a network namespace of its own, or in the
// machine's, where the kernel answers every ping.
type place struct {
	shared error // why it is the machine's namespace; nil for one of its own
	noPing error // why the pollers cannot ping there; nil where they can
}

var errAsked = errors.New("--no-namespace asks for it")

// findPlace tries whether a network namespace can be made, unless there is to be
// none.
func findPlace(ctx context.Context, noNamespace bool) place {
	found := place{shared: errAsked}
	if !noNamespace {
		found.shared = tryNamespace(ctx)
	}
	if found.shared != nil {
		found.noPing = fleet.MayPing()
	}
	return found
}

// namespaceTrial is how long a network namespace may take to be made.
const namespaceTrial = 10 * time.Second

// tryNamespace makes a network namespace, prepares it as the fleet needs it and
// leaves it; it returns what was refused.
func tryNamespace(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, namespaceTrial)
	defer cancel()
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	command := exec.CommandContext(ctx, binary, "fleet", "--try")
	command.SysProcAttr = &syscall.SysProcAttr{}
	enterNamespace(command.SysProcAttr)
	output, err := command.CombinedOutput()
	if errors.As(err, new(*exec.ExitError)) && len(output) > 0 {
		return errors.New(strings.TrimPrefix(string(bytes.TrimSpace(output)), "mimamori: "))
	}
	if err != nil {
		return fmt.Errorf("make a network namespace: %w", err)
	}
	return nil
}

// enterNamespace has a process start in a network namespace of its own. An ordinary
// user gets one through a user namespace.
func enterNamespace(attributes *syscall.SysProcAttr) {
	attributes.Cloneflags |= syscall.CLONE_NEWNET
	if os.Geteuid() != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
}

const namespaceRemedy = "run it as root, in a container with --privileged, or allow user namespaces " +
	"(sysctl kernel.unprivileged_userns_clone=1 user.max_net_namespaces=1000, on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0)"

// settle returns the configuration for a fleet that lives there.
func (p place) settle(config fleet.Config) fleet.Config {
	if p.shared == nil {
		return config
	}
	config = config.InSharedNamespace()
	config.NoPing = p.noPing != nil
	return config
}

// tell says what the demo does without, and how it could do with it.
func (p place) tell(plan *fleet.Plan, logger *slog.Logger, terminal io.Writer) {
	if p.shared == nil {
		return
	}
	var kinds []string
	for _, kind := range plan.LeftOut() {
		kinds = append(kinds, string(kind))
	}
	leftOut, remedy := strings.Join(kinds, ", "), namespaceRemedy
	if errors.Is(p.shared, errAsked) {
		remedy = "leave --no-namespace out"
	}
	logger.Warn("the fleet has no network namespace of its own and runs in the machine's, on loopback alone; the kernel answers pings there",
		"reason", p.shared, "left_out", leftOut, "remedy", remedy)
	fmt.Fprintf(terminal, "No network namespace of its own for the fleet (%v).\nIt runs in the machine's, on loopback alone, where the kernel answers pings.\nLeft out: %s.\nTo have them: %s.\n",
		p.shared, leftOut, remedy)
	if p.noPing != nil {
		logger.Warn("nothing is pinged: devices are watched by SNMP alone", "reason", p.noPing, "remedy", pingRemedy)
		fmt.Fprintf(terminal, "Nothing is pinged either (%v).\nTo have pings: %s.\n", p.noPing, pingRemedy)
	}
}

const pingRemedy = `sysctl net.ipv4.ping_group_range="0 2147483647" net.ipv4.icmp_echo_ignore_all=0`
