package icmp

import (
	"encoding/binary"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const namespaceMark = "MIMAMORI_TEST_IN_NAMESPACE"

// inNamespace runs the test that calls it once more, in a network namespace of its
// own where the kernel answers no pings, and reports whether this is that run. The
// caller returns when it is not.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(namespaceMark) != "" {
		upLoopback(t)
		setSysctl(t, "icmp_echo_ignore_all", "1")
		return true
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v=true")
	command.Env = append(os.Environ(), namespaceMark+"=1")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		command.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		command.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		command.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	output, err := command.CombinedOutput()
	if command.Process == nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no network namespace can be made: %v", err)
		}
		t.Skipf("no network namespace can be made: %v", err)
	}
	if err != nil {
		t.Fatalf("in a network namespace: %v\n%s", err, output)
	}
	if testing.Verbose() {
		t.Logf("in a network namespace:\n%s", output)
	}
	return false
}

func upLoopback(t *testing.T) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		t.Fatalf("bring up the loopback interface: %v", err)
	}
}

func setSysctl(t *testing.T, name, value string) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0o644); err != nil {
		t.Fatalf("set net.ipv4.%s in the namespace: %v", name, err)
	}
}

// withoutRawSockets runs what must not open a raw socket: on a thread without
// CAP_NET_RAW that ends with it.
func withoutRawSockets(t *testing.T, do func()) {
	t.Helper()
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		lockThreadForGood()
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var sets [2]unix.CapUserData
		if err := unix.Capget(&header, &sets[0]); err != nil {
			t.Errorf("read capabilities: %v", err)
			return
		}
		sets[0].Effective &^= 1 << unix.CAP_NET_RAW
		if err := unix.Capset(&header, &sets[0]); err != nil {
			t.Errorf("drop CAP_NET_RAW: %v", err)
			return
		}
		do()
	}()
	done.Wait()
}

// request is an echo request a responder has seen.
type request struct {
	target, from netip.Addr
	packet       []byte // with its IP header
	number       int    // of the requests to the target, from 0
}

// responder sees all echo requests of a namespace and answers as it is told.
type responder struct {
	t     *testing.T
	fd    int
	out   int
	mutex sync.Mutex
	seen  map[netip.Addr]int
	later sync.WaitGroup // answers that are still to be given
	kept  request        // one that is answered after its successor
}

// after does something later, and before the responder ends.
func (r *responder) after(delay time.Duration, do func()) {
	r.later.Add(1)
	time.AfterFunc(delay, func() {
		defer r.later.Done()
		do()
	})
}

// respond starts a responder that calls answer for each request.
func respond(t *testing.T, answer func(*responder, request)) *responder {
	t.Helper()
	in, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	if err != nil {
		t.Fatal(err)
	}
	out, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW) // with IP_HDRINCL
	if err != nil {
		t.Fatal(err)
	}
	_ = unix.SetsockoptInt(in, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20)
	// So that the loop notices its end.
	_ = unix.SetsockoptTimeval(in, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 50000})
	r := &responder{t: t, fd: in, out: out, seen: map[netip.Addr]int{}}
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 2048)
		for {
			n, _, err := unix.Recvfrom(in, buffer, 0)
			select {
			case <-ended:
				return
			default:
			}
			if err != nil {
				continue
			}
			header, from, target, ok := readIPv4Header(buffer[:n])
			if !ok || buffer[header] != typeEchoRequest {
				continue
			}
			r.mutex.Lock()
			number := r.seen[target]
			r.seen[target]++
			r.mutex.Unlock()
			answer(r, request{target, from, append([]byte(nil), buffer[:n]...), number})
		}
	}()
	t.Cleanup(func() {
		close(ended)
		<-done
		r.later.Wait()
		unix.Close(in)
		unix.Close(out)
	})
	return r
}

// send sends an ICMP message as if it came from an address.
func (r *responder) send(from, to netip.Addr, octets []byte) {
	binary.BigEndian.PutUint16(octets[2:], 0)
	binary.BigEndian.PutUint16(octets[2:], ^sum(octets))
	packet := make([]byte, ipv4HeaderSize, ipv4HeaderSize+len(octets))
	packet[0], packet[8], packet[9] = 0x45, 64, protocolICMP
	source, destination := from.As4(), to.As4()
	copy(packet[12:], source[:])
	copy(packet[16:], destination[:])
	packet = append(packet, octets...)
	if err := unix.Sendto(r.out, packet, 0, &unix.SockaddrInet4{Addr: destination}); err != nil {
		r.t.Errorf("send from %s to %s: %v", from, to, err)
	}
}

// reply answers a request as a device does, changed by a function that may be nil.
func (r *responder) reply(to request, from netip.Addr, change func([]byte)) {
	octets := append([]byte(nil), to.packet[ipv4HeaderSize:]...)
	octets[0] = typeEchoReply
	if change != nil {
		change(octets)
	}
	r.send(from, to.from, octets)
}

// complain sends an ICMP error about a request, quoting as little of it as allowed.
func (r *responder) complain(about request, kind, code byte) {
	octets := append([]byte{kind, code, 0, 0, 0, 0, 0, 0}, about.packet[:ipv4HeaderSize+echoHeaderSize]...)
	r.send(netip.MustParseAddr("127.9.9.9"), about.from, octets)
}

func TestStructOfRecvmmsg(t *testing.T) {
	if size, want := unsafe.Sizeof(multipleMessages{}), unsafe.Sizeof(unix.Msghdr{})+unsafe.Sizeof(uintptr(0)); size != want {
		t.Errorf("struct mmsghdr has %d octets, want %d", size, want)
	}
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(20 * time.Second)
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
