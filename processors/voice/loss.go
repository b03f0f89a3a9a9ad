package voice

// LossPct returns the share of packets a listener never hears, percent of those
// expected: lost under way or too late for the jitter buffer. Duplicates are no loss.
// Of none expected it is 0.
func LossPct(lost, late, expected uint64) float64 {
	if expected == 0 {
		return 0
	}
	return min(100, 100*float64(lost+late)/float64(expected))
}

// FewLost is the number of lost packets below which burstiness cannot be told from
// chance: BurstR is held at 1.
const FewLost = 5

// Gilbert returns the transition probabilities of the two-state model of loss, counted
// in a sequence of packets: p that a received one is followed by a lost one, q that a
// lost one is followed by a received one. A run of loss that the sequence only shows the
// end or the beginning of is taken to begin or end with it. Where there is nothing to
// count from, p is 0 and q is 1.
func Gilbert(lost []bool) (p, q float64) {
	var from, changes [2]int // received, lost
	for i := 1; i < len(lost); i++ {
		state := 0
		if lost[i-1] {
			state = 1
		}
		from[state]++
		if lost[i] != lost[i-1] {
			changes[state]++
		}
	}
	if len(lost) > 0 && lost[0] && changes[0] == 0 {
		from[0]++
		changes[0]++
	}
	if len(lost) > 0 && lost[len(lost)-1] && changes[1] == 0 {
		from[1]++
		changes[1]++
	}
	q = 1
	if from[0] > 0 {
		p = float64(changes[0]) / float64(from[0])
	}
	if from[1] > 0 {
		q = float64(changes[1]) / float64(from[1])
	}
	return p, q
}

// BurstRatio returns BurstR of G.107, 1/(p+q): how much longer the runs of loss are than
// they would be were packets lost at random; at least 1.
func BurstRatio(p, q float64) float64 { return max(1, 1/(p+q)) }

// burstRatio is the same from a histogram of loss runs, as the mean run times the share
// not lost. Late packets count as a run each.
func burstRatio(runLengths []Count, late, missing uint64, lossPct float64) float64 {
	if missing < FewLost {
		return 1
	}
	runs, packets := late, late
	for _, bar := range runLengths {
		runs += bar.N
		packets += bar.N * uint64(bar.Key)
	}
	if runs == 0 {
		return 1
	}
	return max(1, float64(packets)/float64(runs)*(1-lossPct/100))
}

// Bursts are the bursts of loss of RFC 3611 (Gmin 16) as counted by the appliance:
// stretches that begin and end with a lost packet, hold two at least, and in which
// fewer than 16 packets in a row came through. What is not a burst is a gap.
type Bursts struct {
	Count   uint64
	Packets uint64 // sent in bursts
	Lost    uint64 // lost in bursts
}

// Density returns the share of the packets sent in bursts that were lost, 0 to 1; 0
// without a burst.
func (b Bursts) Density() float64 { return share(b.Lost, b.Packets) }

// GapDensity returns the share of the packets sent outside of bursts that were lost, 0
// to 1, of a stream that sent and lost so many in all.
func (b Bursts) GapDensity(sent, lost uint64) float64 {
	if lost < b.Lost || sent < b.Packets {
		return 0 // a burst may reach into the time after the one that is looked at
	}
	return min(1, share(lost-b.Lost, sent-b.Packets))
}

// MeanMs returns the mean length of a burst for packets sent so many milliseconds
// apart; 0 without a burst.
func (b Bursts) MeanMs(intervalMs float64) float64 {
	if b.Count == 0 {
		return 0
	}
	return float64(b.Packets) * intervalMs / float64(b.Count)
}

func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
