package embedded

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// member is one of a group, by its own connection.
type member struct {
	t    *testing.T
	conn net.Conn
	id   string
}

func newMember(t *testing.T, socket string) *member {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &member{t: t, conn: conn}
}

func (m *member) send(r kmsg.Request, version int16) {
	m.t.Helper()
	if _, err := m.conn.Write(request(r, version)); err != nil {
		m.t.Fatal(err)
	}
}

func (m *member) receive(answer kmsg.Response, version int16) {
	m.t.Helper()
	head := make([]byte, 8) // size and correlation id
	if err := m.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		m.t.Fatal(err)
	}
	if _, err := io.ReadFull(m.conn, head); err != nil {
		m.t.Fatal(err)
	}
	body := make([]byte, binary.BigEndian.Uint32(head)-4)
	if _, err := io.ReadFull(m.conn, body); err != nil {
		m.t.Fatal(err)
	}
	answer.SetVersion(version)
	if err := answer.ReadFrom(body); err != nil {
		m.t.Fatal(err)
	}
}

func (m *member) joins() {
	r := kmsg.NewPtrJoinGroupRequest()
	r.Group, r.MemberID, r.ProtocolType, r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = "g", m.id, "consumer", 1500, 15000
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name = "range"
	r.Protocols = append(r.Protocols, protocol)
	m.send(r, 5)
}

func (m *member) joined() *kmsg.JoinGroupResponse {
	answer := kmsg.NewPtrJoinGroupResponse()
	m.receive(answer, 5)
	return answer
}

// introduce gets an id and asks to join.
func (m *member) introduce() {
	m.joins()
	m.id = m.joined().MemberID
	m.joins()
}

func (m *member) sync(generation int32, members ...string) {
	m.t.Helper()
	m.syncs(generation, members...)
	if code := m.synced(); code != nil {
		m.t.Fatal(code)
	}
}

func (m *member) syncs(generation int32, members ...string) {
	r := kmsg.NewPtrSyncGroupRequest()
	r.Group, r.Generation, r.MemberID = "g", generation, m.id
	for _, id := range members {
		assignment := kmsg.NewSyncGroupRequestGroupAssignment()
		assignment.MemberID, assignment.MemberAssignment = id, []byte("some")
		r.GroupAssignment = append(r.GroupAssignment, assignment)
	}
	m.send(r, 3)
}

// synced returns what the answer to SyncGroup says is wrong.
func (m *member) synced() error {
	answer := kmsg.NewPtrSyncGroupResponse()
	m.receive(answer, 3)
	return kerr.ErrorForCode(answer.ErrorCode)
}

// mustRejoin shows signs of life until the group forms anew.
func (m *member) mustRejoin(generation int32) {
	m.t.Helper()
	every := time.NewTicker(200 * time.Millisecond)
	defer every.Stop()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); <-every.C {
		r := kmsg.NewPtrHeartbeatRequest()
		r.Group, r.Generation, r.MemberID = "g", generation, m.id
		m.send(r, 3)
		answer := kmsg.NewPtrHeartbeatResponse()
		if m.receive(answer, 3); answer.ErrorCode == kerr.RebalanceInProgress.Code {
			return
		}
	}
	m.t.Fatal("the group goes on with a member that has gone")
}

// awaitMembers waits until so many are in the group or ask to be: an answer comes only when it has formed.
func (m *member) awaitMembers(count int) {
	m.t.Helper()
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	found := 0
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); <-every.C {
		r := kmsg.NewPtrDescribeGroupsRequest()
		r.Groups = []string{"g"}
		m.send(r, 3)
		answer := kmsg.NewPtrDescribeGroupsResponse()
		m.receive(answer, 3)
		if found = len(answer.Groups[0].Members); found == count {
			return
		}
	}
	m.t.Fatalf("%d are in the group, want %d", found, count)
}

// TestMemberGoneWhileItJoins holds that a member that was killed before its JoinGroup was answered loses its
// partitions as any other does.
func TestMemberGoneWhileItJoins(t *testing.T) {
	config := testConfig(t)
	run(t, newBroker(t, config))
	socket, err := config.socket()
	if err != nil {
		t.Fatal(err)
	}
	stays, goes := newMember(t, socket), newMember(t, socket)
	stays.introduce()
	first := stays.joined()
	stays.sync(first.Generation, stays.id)

	goes.introduce()
	stays.mustRejoin(first.Generation)
	if err := goes.conn.Close(); err != nil {
		t.Fatal(err)
	}
	stays.joins()
	second := stays.joined()
	if len(second.Members) != 2 {
		t.Fatalf("%d members, want the one that has gone too", len(second.Members))
	}
	stays.sync(second.Generation, stays.id, goes.id)
	stays.mustRejoin(second.Generation)
	stays.joins()
	if third := stays.joined(); len(third.Members) != 1 {
		t.Errorf("%d members are left, want one", len(third.Members))
	}
}

// TestLeaderGoneBeforeItSyncs holds that those who wait for the assignment of a leader that
// has gone are told to join again, and are the same members as before.
func TestLeaderGoneBeforeItSyncs(t *testing.T) {
	config := testConfig(t)
	run(t, newBroker(t, config))
	socket, err := config.socket()
	if err != nil {
		t.Fatal(err)
	}
	leader := newMember(t, socket)
	leader.introduce()
	generation := leader.joined().Generation
	leader.sync(generation, leader.id)
	var others []*member
	for range 5 {
		other := newMember(t, socket)
		other.introduce()
		others = append(others, other)
	}
	newMember(t, socket).awaitMembers(1 + len(others)) // whoever asks later, the group forms without
	leader.mustRejoin(generation)
	leader.joins()
	answer := leader.joined()
	if answer.LeaderID != leader.id {
		t.Fatalf("%s leads, want the first, %s", answer.LeaderID, leader.id)
	}
	for _, other := range others {
		other.syncs(other.joined().Generation)
	}
	for _, other := range others {
		if err := other.synced(); !errors.Is(err, kerr.RebalanceInProgress) {
			t.Fatalf("whoever waited for the leader is told %v, want %v", err, kerr.RebalanceInProgress)
		}
	}
	for _, other := range others {
		other.joins()
	}
	for _, other := range others {
		if answer := other.joined(); answer.ErrorCode != 0 || answer.MemberID != other.id {
			t.Fatalf("joining again, %s became %s: %v", other.id, answer.MemberID, kerr.ErrorForCode(answer.ErrorCode))
		}
	}
}
