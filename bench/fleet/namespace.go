package fleet

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// echoSwitch keeps the kernel from answering pings itself.
const echoSwitch = "/proc/sys/net/ipv4/icmp_echo_ignore_all"

const loopbackName = "lo"

// PrepareNamespace makes the network namespace this process is in ready for a
// fleet: the loopback interface up, and pings left to the fleet to answer. It
// refuses in a namespace with any other interface that is up, because it would stop
// that machine from answering pings. It needs CAP_NET_ADMIN in the namespace, and
// /proc/sys to be writable.
func PrepareNamespace() error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("prepare the fleet's network namespace: list its interfaces: %w", err)
	}
	for _, other := range interfaces {
		if other.Flags&net.FlagLoopback == 0 && other.Flags&net.FlagUp != 0 {
			return fmt.Errorf("prepare the fleet's network namespace: interface %s is up in it, so it is not the fleet's own; start the fleet in a new one, as with unshare --net", other.Name)
		}
	}
	if err := raiseLoopback(); err != nil {
		return fmt.Errorf("prepare the fleet's network namespace: bring up lo: %w; it takes CAP_NET_ADMIN there", err)
	}
	if err := os.WriteFile(echoSwitch, []byte("1\n"), 0o644); err != nil {
		return fmt.Errorf("prepare the fleet's network namespace: leave pings to the fleet: %w; /proc/sys must be writable", err)
	}
	return nil
}

func raiseLoopback() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq(loopbackName)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, request); err != nil {
		return err
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}
