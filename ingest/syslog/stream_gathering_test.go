package syslog

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// gatheringPair is a connection over TCP, of which one end gathers.
func gatheringPair(t *testing.T) (reader *gathering, writer net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if writer, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = writer.Close() })
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })
	reader, ok := newGathering(accepted).(*gathering)
	if !ok {
		t.Fatal("a connection over TCP does not gather")
	}
	return reader, writer
}

func (g *gathering) lowWater(t *testing.T) (octets int) {
	t.Helper()
	err := g.raw.Control(func(descriptor uintptr) {
		octets, _ = unix.GetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_RCVLOWAT)
	})
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// TestGatheringMissesNothing: a message is read that comes before, in or after a pause,
// however little it is, and the end of the connection.
func TestGatheringMissesNothing(t *testing.T) {
	reader, writer := gatheringPair(t)
	const messages = 100
	go func() {
		for i := range messages {
			_, _ = writer.Write([]byte{byte(i)}) // what fails is missed below
			until := time.NewTimer(time.Duration(i%7) * readPause / 4)
			<-until.C
		}
		_ = writer.Close()
	}()
	_ = reader.SetReadDeadline(time.Now().Add(20 * time.Second))
	var all []byte
	buffer := make([]byte, 1000)
	for {
		octets, err := reader.Read(buffer)
		all = append(all, buffer[:octets]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("after %d octets: %v", len(all), err)
		}
	}
	for i := range messages {
		if i >= len(all) || all[i] != byte(i) {
			t.Fatalf("%d of %d octets came: %v", len(all), messages, all)
		}
	}
}

// TestGatheringReadsInSpiteOfTheDeadline: what is there is read also where the deadline
// passed before anybody looked, and so is the end.
func TestGatheringReadsInSpiteOfTheDeadline(t *testing.T) {
	reader, writer := gatheringPair(t)
	buffer := make([]byte, 5)
	late := func() (int, error) {
		_ = reader.SetReadDeadline(time.Now().Add(-time.Second))
		return reader.Read(buffer)
	}
	if octets, err := late(); octets != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("of nothing: %d octets, %v", octets, err)
	}
	if _, err := writer.Write([]byte("firstsecond")); err != nil {
		t.Fatal(err)
	}
	err := reader.raw.Control(func(descriptor uintptr) {
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}}, 20_000)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"first", "secon", "d"} {
		if octets, err := late(); err != nil || string(buffer[:octets]) != want {
			t.Fatalf("%q, %v", buffer[:octets], err)
		}
	}
	if octets, err := late(); octets != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("of nothing any more: %d octets, %v", octets, err)
	}
	_ = writer.Close()
	_ = reader.SetReadDeadline(time.Now().Add(20 * time.Second))
	if octets, err := reader.Read(buffer); octets != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("at the end: %d octets, %v", octets, err)
	}
}

// TestGatheringIsQuietOnlyInPauses: while a connection is waited for, the first octet
// wakes up who waits.
func TestGatheringIsQuietOnlyInPauses(t *testing.T) {
	reader, writer := gatheringPair(t)
	buffer := make([]byte, 1000)
	if _, err := writer.Write([]byte("first")); err != nil {
		t.Fatal(err)
	}
	if octets, err := reader.Read(buffer); err != nil || octets != 5 {
		t.Fatalf("%d octets, %v", octets, err)
	}
	if _, err := writer.Write([]byte("second")); err != nil {
		t.Fatal(err)
	}
	if octets, err := reader.Read(buffer); err != nil || octets != 6 {
		t.Fatalf("%d octets, %v", octets, err)
	}
	if got := reader.lowWater(t); got != quietBytes {
		t.Errorf("the kernel speaks of %d octets after a pause, want %d", got, quietBytes)
	}
	_ = reader.SetReadDeadline(time.Now().Add(10 * readPause))
	if octets, err := reader.Read(buffer); octets != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%d octets, %v", octets, err)
	}
	if got := reader.lowWater(t); got != 1 {
		t.Errorf("the kernel speaks of %d octets to who waits, want 1", got)
	}
	// Much is read without a pause.
	_ = reader.SetReadDeadline(time.Now().Add(20 * time.Second))
	go func() { _, _ = writer.Write(bytes.Repeat([]byte{'x'}, 100_000)) }()
	for total := 0; total < 100_000; {
		octets, err := reader.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		if total += octets; octets == len(buffer) && reader.pause {
			t.Fatal("a pause follows memory that was filled")
		}
	}
}
