package clickhouse

import (
	"context"
	"fmt"
	"math"

	"mimamori/storage"
)

// rankRow is what an arm, or all, say of a link: see rankArm.columns.
type rankRow struct {
	linkKey
	bits            float64
	slow, fast      uint64
	busy            float64
	in, out         float64
	covered         int64
	inPeak, outPeak float64
	repeated        uint8
	inMost, outMost float64
}

// columns are where the columns of an arm are scanned to.
func (r *rankRow) columns(by rankFigure) []any {
	keys := []any{&r.customer, &r.device, &r.port}
	switch by {
	case rankBits:
		return append(keys, &r.bits)
	case rankMean:
		return append(keys, &r.slow, &r.fast, &r.in, &r.out, &r.covered, &r.inPeak, &r.outPeak, &r.repeated, &r.inMost, &r.outMost)
	case rankPercentile:
	}
	return append(keys, &r.slow, &r.fast, &r.busy)
}

// add adds what another arm says of the same link.
func (r *rankRow) add(other *rankRow) {
	r.bits += other.bits
	r.slow, r.fast = min(r.slow, other.slow), max(r.fast, other.fast)
	r.busy = max(r.busy, other.busy)
	r.in, r.out, r.covered = r.in+other.in, r.out+other.out, r.covered+other.covered
	r.inPeak, r.outPeak = max(r.inPeak, other.inPeak), max(r.outPeak, other.outPeak)
	r.repeated = max(r.repeated, other.repeated)
	r.inMost, r.outMost = max(r.inMost, other.inMost), max(r.outMost, other.outMost)
}

// most is the bound of a link, of which polls and hours that reach out were read over some time (ms).
func (r *rankRow) most(by rankFigure, profile storage.LinkProfile, partlyMs int64) float64 {
	in, out := r.busy, r.busy
	switch by {
	case rankBits:
		return r.bits
	case rankMean:
		in, out = r.rate(r.in, r.inPeak, r.inMost, partlyMs), r.rate(r.out, r.outPeak, r.outMost, partlyMs)
	case rankPercentile:
	}
	subrates := profile.RxBps > 0 && profile.TxBps > 0
	switch {
	case r.slow == math.MaxUint64, r.fast == 0 && !subrates: // never measured, no speed
		return -1
	case r.slow == 0 && !subrates:
		return math.Inf(1)
	}
	load, _ := profile.Percent(in, out, r.slow)
	return load
}

// rate is the highest that a mean rate can be: that of the hours and days, and of the rest as if all were the highest of it.
func (r *rankRow) rate(bits, peak, most float64, partlyMs int64) float64 {
	if r.repeated != 0 || r.covered <= 0 {
		return max(peak, most)
	}
	covered, partly := float64(r.covered), float64(partlyMs)
	mean := bits * 1000 / covered
	if most <= mean {
		return mean
	}
	return (mean*covered + most*partly) / (covered + partly)
}

// rankRows reads what an arm says of each link that a query may be about.
func (s *Store) rankRows(ctx context.Context, query storage.Query, arm rankArm, by rankFigure) ([]rankRow, error) {
	where, err := rankedOf(query)
	if err != nil {
		return nil, err
	}
	where += " AND " + arm.when()
	var rows []rankRow
	var row rankRow
	// An interface's id is made of its device's: grouping by both takes twice the time.
	err = s.query(ctx, "utilization_rank", "SELECT customer_id, any(device_id), interface_id, "+arm.columns(by)+"\nFROM "+arm.table+" WHERE "+where+" GROUP BY customer_id, interface_id",
		parameters(query), row.columns(by), func() { rows = append(rows, row) })
	return rows, err
}

// rankedOf selects the rows of the links that a query may be about, and of others, whose kind is looked at later.
func rankedOf(query storage.Query) (string, error) {
	where := conditions(query, entityDevice)
	if query.Kind == "" || query.Kind == storage.LinkLAN.String() {
		return where, nil
	}
	// Few links are of the kind: the rows of others need not be added up.
	kind, err := storage.ParseLinkKind(query.Kind)
	owner := query
	owner.Site = ""
	return where + fmt.Sprintf(" AND interface_id IN (SELECT interface_id FROM links WHERE kind = %d AND %s)", kind, conditions(owner, entityDevice)), err
}
