package embedded

import (
	"encoding/binary"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// The broker forgets a member whose session ends while it waits for the answer to its
// SyncGroup: it gives no answer, and counts from then on one member less than wait to
// join. The group then forms only once nobody has asked to join for a whole rebalance,
// and two members that give up and ask again in turn never let that happen. A member
// that falls silent in between must therefore be given up, which takes a rebalance,
// before the sessions of those that wait for it end.

// rebalanceTenths is how much of its session a member may have for a rebalance.
const rebalanceTenths = 9

// shortenRebalance lowers the rebalance timeout in a JoinGroup request, from its client
// id on, to what its session allows. What is malformed stays as it is: the broker says so.
func shortenRebalance(version int16, content []byte) {
	if version == 0 { // the session stands for both
		return
	}
	c := cursor{rest: content}
	c.clientID()
	c.clientID() // the group, which is written in the same way
	if c.bad || len(c.rest) < 8 {
		return
	}
	session, rebalance := int32(binary.BigEndian.Uint32(c.rest)), int32(binary.BigEndian.Uint32(c.rest[4:]))
	if most := session / 10 * rebalanceTenths; most > 0 && rebalance > most {
		binary.BigEndian.PutUint32(c.rest[4:], uint32(most))
	}
}

// isJoin says whether a request asks to join a group.
func isJoin(key int16) bool { return key == int16(kmsg.JoinGroup) }
