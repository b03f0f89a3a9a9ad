package icmp

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// behindRouter puts a router, in a network namespace of its own, between this one and
// networks that it has a word to say about: 10.1.0.1 and fd00:1::1 on the way here,
// 10.2.0.0/24 and fd00:2::/64 beyond a link with an MTU of 1300, and routes that
// refuse.
func behindRouter(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"ip", "nsenter", "sleep"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, err)
		}
	}
	router := exec.CommandContext(t.Context(), "sleep", "120")
	router.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if err := router.Start(); err != nil {
		missing(t, fmt.Errorf("a second network namespace: %w", err))
	}
	t.Cleanup(func() {
		_ = router.Process.Kill()
		_ = router.Wait()
	})
	run := func(script string, shell ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), shell[0], append(shell[1:], "-e", "-c", script)...)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("lay out the networks: %v\n%s", err, output)
		}
	}
	pid := fmt.Sprint(router.Process.Pid)
	run(`ip link add near type veth peer name far netns `+pid+`
ip addr add 10.1.0.2/24 dev near
ip -6 addr add fd00:1::2/64 dev near nodad
ip addr add 10.1.0.3/24 dev near
ip link set near up`, "sh")
	run(`ip link set lo up
ip addr add 10.1.0.1/24 dev far
ip -6 addr add fd00:1::1/64 dev far nodad
ip link set far up
ip link add narrow type veth peer name end
ip link set narrow mtu 1300
ip addr add 10.2.0.1/24 dev narrow
ip -6 addr add fd00:2::1/64 dev narrow nodad
ip link set narrow up
ip link set end up
ip route add prohibit 10.3.0.0/24
ip route add unreachable 10.4.0.0/24
ip route add blackhole 10.5.0.0/24
ip -6 route add prohibit fd00:3::/64
ip -6 route add unreachable fd00:4::/64
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
echo 0 > /proc/sys/net/ipv6/icmp/ratelimit`, "nsenter", "-t", pid, "-n", "sh")
	run(`ip route add default via 10.1.0.1
ip -6 route add default via fd00:1::1`, "sh")
}

// What a router of Linux says of packets it does not pass on.
func TestRouterErrors(t *testing.T) {
	t.Parallel()
	if inNamespace(t) {
		behindRouter(t)
		askRouter(t)
	}
}

func TestRouterErrorsUnprivileged(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	behindRouter(t)
	setSysctl(t, "ping_group_range", "0 0")
	withoutRawSockets(t, func() { askRouter(t) })
}

func askRouter(t *testing.T) {
	quick := func(change func(*Once)) Once {
		once := aOnce()
		once.Count, once.Interval, once.Timeout = 3, 20*time.Millisecond, 200*time.Millisecond
		if change != nil {
			change(&once)
		}
		return once
	}
	router4, router6 := netip.MustParseAddr("10.1.0.1"), netip.MustParseAddr("fd00:1::1")
	oneHop := quick(func(o *Once) { o.TTL = 1 })
	large := quick(func(o *Once) { o.Size = MaxSize })
	for _, test := range []struct {
		host string
		once Once
		want []Complaint // how often does not count: routers limit it
		all  int         // answers
	}{
		{"10.1.0.1", quick(nil), nil, 3},
		{"10.2.0.1", oneHop, nil, 3}, // an address of the router itself
		{"10.2.0.9", oneHop, []Complaint{{"TTL exceeded", router4, 0, 0}}, 0},
		{"10.2.0.9", large, []Complaint{{"packet too big", router4, 1300, 0}}, 0},
		{"10.3.0.9", quick(nil), []Complaint{{"administratively prohibited", router4, 0, 0}}, 0},
		{"10.4.0.9", quick(nil), []Complaint{{"host unreachable", router4, 0, 0}}, 0},
		{"10.5.0.9", quick(nil), nil, 0},
		{"10.6.0.9", quick(nil), []Complaint{{"network unreachable", router4, 0, 0}}, 0},
		{"fd00:1::1", quick(nil), nil, 3},
		{"fd00:2::9", oneHop, []Complaint{{"TTL exceeded", router6, 0, 0}}, 0},
		{"fd00:2::9", large, []Complaint{{"packet too big", router6, 1300, 0}}, 0},
		{"fd00:3::9", quick(nil), []Complaint{{"administratively prohibited", router6, 0, 0}}, 0},
		{"fd00:4::9", quick(nil), []Complaint{{"network unreachable", router6, 0, 0}}, 0},
		{"fd00:6::9", quick(nil), []Complaint{{"network unreachable", router6, 0, 0}}, 0},
	} {
		var got Result
		waitFor(t, "word of "+test.host, func() bool {
			results, err := Ping(t.Context(), test.once, []string{test.host}, func(Event) {}, quiet)
			if err != nil {
				t.Fatalf("%s: %v", test.host, err)
			}
			got = results[0]
			return len(got.Errors) >= len(test.want)
		})
		for i := range got.Errors {
			got.Errors[i].Count = 0
		}
		if got.Sent != 3 || got.Received != test.all || !slices.Equal(got.Errors, test.want) {
			t.Errorf("%s with TTL %d and size %d: %+v, want %d answers and %v", test.host, test.once.TTL, test.once.Size, got, test.all, test.want)
		}
		if test.all > 0 && got.TTL != 64 {
			t.Errorf("%s answered with a TTL of %d", test.host, got.TTL)
		}
	}
	sourceAndDSCP(t, quick)
}

// sourceAndDSCP holds that requests bear the source and the DSCP they are to have: the
// kernel answers the one and copies the other.
func sourceAndDSCP(t *testing.T, quick func(func(*Once)) Once) {
	t.Helper()
	for _, test := range []struct {
		host, source string
	}{{"10.1.0.1", "10.1.0.3"}, {"fd00:1::1", "fd00:1::2"}} {
		once := quick(func(o *Once) { o.Source, o.DSCP = netip.MustParseAddr(test.source), 46 })
		results, err := Ping(t.Context(), once, []string{test.host}, func(Event) {}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		if got := results[0]; got.Received != 3 || got.DSCP == nil || *got.DSCP != 46 {
			t.Errorf("%s from %s: %+v", test.host, test.source, got)
		}
	}
	elsewhere := quick(func(o *Once) { o.Source = netip.MustParseAddr("192.0.2.77") })
	if _, err := Ping(context.Background(), elsewhere, []string{"10.1.0.1"}, func(Event) {}, quiet); err == nil || !strings.Contains(err.Error(), "192.0.2.77") {
		t.Errorf("from an address of another machine: %v", err)
	}
}
