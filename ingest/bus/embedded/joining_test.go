package embedded

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestShortenRebalance(t *testing.T) {
	for _, test := range []struct {
		version                  int16
		session, rebalance, want int32 // milliseconds
	}{
		{5, 10_000, 20_000, 9_000},
		{1, 10_000, 20_000, 9_000},
		{5, 10_000, 5_000, 5_000},
		{5, -1, 20_000, 20_000}, // refused by the broker
	} {
		asked := kmsg.NewPtrJoinGroupRequest()
		asked.Group, asked.SessionTimeoutMillis, asked.RebalanceTimeoutMillis = "processors", test.session, test.rebalance
		sent := request(asked, test.version)
		content := sent[requestHead-2:]
		shortenRebalance(test.version, content)
		c := cursor{rest: content}
		c.clientID()
		read := kmsg.NewPtrJoinGroupRequest()
		read.Version = test.version
		if err := read.ReadFrom(c.rest); err != nil || read.RebalanceTimeoutMillis != test.want || read.SessionTimeoutMillis != test.session {
			t.Errorf("%+v: %d ms for a rebalance, %d for a session, %v", test, read.RebalanceTimeoutMillis, read.SessionTimeoutMillis, err)
		}
	}
	asked := kmsg.NewPtrJoinGroupRequest()
	asked.SessionTimeoutMillis = 10_000
	whole := request(asked, 0)
	for cut := range len(whole) - requestHead {
		for _, version := range []int16{0, 5} {
			content := bytes.Clone(whole[requestHead-2 : requestHead-2+cut])
			if shortenRebalance(version, content); version == 0 && !bytes.Equal(content, whole[requestHead-2:requestHead-2+cut]) {
				t.Errorf("version 0, which has no rebalance timeout, is changed")
			}
		}
	}
}
